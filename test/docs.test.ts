import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { load, request } from './cluster/request.ts'
import { onServers, uniqueName } from './cluster/servers.ts'
import { configured } from './support/configured.ts'
import { esconn, sink } from './support/esconn.ts'
import { ESCONN } from './support/process.ts'

const eachServer = onServers(test)
const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')

/** A command in a document, and the lines that it prints there. */
interface Example {
  command: string
  printed: string[]
}

/** The indented examples of a document: `$ `, a command, and the output up to the next blank or unindented line. */
function examplesIn(document: string): Example[] {
  const blocks = document.matchAll(/^ {4}\$ (.+)\n((?: {4}(?!\$ ).+\n)*)/gm)
  return [...blocks].map(([, command = '', printed = '']) => ({
    command,
    printed: printed
      .split('\n')
      .slice(0, -1)
      .map(line => line.slice(4)),
  }))
}

/** What is printed, as a pattern: `…` stands for anything in a line, and alone in a line for any lines. */
function patternOf(printed: readonly string[]): RegExp {
  const lines = printed.map(line =>
    line === '…' ? '(?:.*\n)*' : `${line.split('…').map(escaped).join('.*')}\n`,
  )
  return new RegExp(`^${lines.join('')}$`)
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** The configuration that a document shows. */
const configurationIn = (document: string): string =>
  (/(?:^ {4}.*\n)+/m.exec(document.slice(document.indexOf('    aliases:')))?.[0] ?? '').replace(/^ {4}/gm, '')

/** What a command line prints on both streams, in a shell. */
const inShell = async (line: string, options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> =>
  (await run('sh', ['-c', `{ ${line}\n} 2>&1; true`], { ...options, maxBuffer: 2 ** 24 })).stdout

/** The same of a command alone, which needs no process of its own; the shell splits its words. */
async function inProcess(line: string, cwd: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `printf '%s\\0' ${line}`])
  const [, ...argv] = stdout.split('\0').slice(0, -1)
  const printed: Buffer[] = []
  await esconn(argv, { cwd, stdout: sink(printed), stderr: sink(printed) })
  return Buffer.concat(printed).toString()
}

process.env.TZ = 'UTC' // as in the examples

eachServer('docs/querying.md: every example prints what stands there', async (t, { url }) => {
  t.timeout(600_000)
  const demo = (file: string) => readFileSync(join(ROOT, 'scripts/demo', file), 'utf8')
  const index = uniqueName('blog-entries')
  await request(url, `PUT /${index}`, demo('index.json'))
  await load(url, index, demo('entries.ndjson').trimEnd().split('\n'))
  const document = readFileSync(join(ROOT, 'docs/querying.md'), 'utf8')
  const configuration = configurationIn(document)
    .replaceAll('http://localhost:9200', url)
    .replaceAll('blog-entries', index)
  const cwd = configured(t, configuration)
  mkdirSync(join(cwd, 'bin'))
  symlinkSync(String(ESCONN.at(-1)), join(cwd, 'bin/esconn'))
  const env = {
    PATH: [join(cwd, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: '/nonexistent',
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
  }
  const examples = examplesIn(document)
  t.true(examples.length > 40)
  const wrong: string[] = []
  const check = async ({ command, printed }: Example) => {
    const line = command.replaceAll('blog-entries', index)
    const printing = /[|;]/.test(line) ? inShell(line, { cwd, env }) : inProcess(line, cwd)
    const shown = (await printing)
      .replaceAll(index, 'blog-entries')
      .replaceAll(url, 'http://localhost:9200')
      .replaceAll('\r\n', '\n')
    if (!patternOf(printed).test(shown.replace(/[^\n]$/, '$&\n'))) wrong.push(`$ ${command}\n${shown}`)
  }
  for (let at = 0; at < examples.length; at += 3) await Promise.all(examples.slice(at, at + 3).map(check))
  t.deepEqual(wrong, [])
})
