import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Command as Parser } from 'commander'
import { COMMANDS } from '../../src/cli/command-list.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { answer, raw } from '../support/raw.ts'

const ROOT = join(import.meta.dirname, '../..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const TESTS = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts'))
  .map(file => readFileSync(join(ROOT, 'test', file), 'utf8'))
  .join('\n')

/** Every command with the words by which it is called, `config show` for example. */
function commandsBelow(parser: Parser, words: readonly string[] = []): [words: string[], parser: Parser][] {
  return parser.commands.flatMap(command => {
    const path = [...words, command.name()]
    return command.commands.length > 0
      ? commandsBelow(command, path)
      : [[path, command] as [string[], Parser]]
  })
}

/** The help of a command, its examples included. */
function helpOf(parser: Parser): string {
  let help = ''
  parser.configureOutput({ writeOut: text => (help += text) }).outputHelp()
  return help
}

const program = await buildProgram()

/** The commands that print a request with --dry-run. */
const printing: string[] = []
for (const entry of COMMANDS)
  if ('load' in entry && (await entry.load()).dryRun === 'prints') printing.push(entry.name)

for (const [words, parser] of commandsBelow(program)) {
  const name = words.join(' ')
  test(`${name}: help has an example, README a line, and a test calls it`, t => {
    const examples = helpOf(parser).split(/^Examples?:$/m)[1] ?? ''
    t.true(new RegExp(`esconn (?:[^\\n]* )?${name}\\b`).test(examples), 'no example in its help')
    t.true(new RegExp(`esconn (?:[^\\n|]* )?${name}\\b`).test(README), 'no line in README')
    t.true(new RegExp(`[['"]${words.join("',\\s*'")}'`).test(TESTS), 'no test calls it')
  })
}

test('commands that are only listed look in the help as they declare themselves', async t => {
  const listed = await buildProgram({ isAsked: () => false })
  t.is(helpOf(listed), helpOf(program))
  const group = await buildProgram({ isAsked: name => name === 'config' })
  const helpOfConfig = ({ commands }: Parser) =>
    helpOf(commands.find(parser => parser.name() === 'config') as Parser)
  t.is(helpOfConfig(group), helpOfConfig(program))
})

for (const name of printing)
  test(`${name} --dry-run prints a request and sends none`, async t => {
    const parser = program.commands.find(parser => parser.name() === name)
    const words =
      parser?.registeredArguments.map(argument => (argument.name() === 'method' ? 'GET' : 'entry')) ?? []
    const { url, requests } = await raw(t, answer())
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const { status, stdout } = await esconn([name, '--dry-run', ...words], { cwd })
    t.deepEqual([status, requests.length], [0, 0])
    t.regex(stdout, /^(?:GET|POST) http/)
  })
