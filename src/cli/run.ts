import { CommanderError } from 'commander'
import { EsconnError, type Fault, UsageError } from '../errors.ts'
import { COMPLETE, statusOf } from './exit.ts'
import { type Io, Output, Talk } from './io.ts'
import { type Asked, COMMANDS, parse } from './program.ts'
import { CommandRegistry } from './registry.ts'
import { rehearser } from './rehearse.ts'
import { exchangeOptions } from './settings.ts'

/**
 * Runs one command line.
 *
 * @returns the exit status; nothing is thrown, and the process itself is left alone
 */
export async function run(io: Io): Promise<number> {
  const talk = new Talk(io)
  try {
    const help: string[] = []
    const asked = understand(io.argv, text => help.push(text))
    if (asked) return await obey(asked, io, talk)
    await new Output(io.stdout, io.signal).write(help.join(''))
    return COMPLETE
  } catch (error) {
    report(error, talk)
    return statusOf(error)
  }
}

const SEE_HELP = 'see esconn --help'

/** What the user asked for, or undefined where it was only for help or the version. */
function understand(argv: readonly string[], show: (text: string) => void): Asked | undefined {
  try {
    return parse(argv, show)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    if (error.code === 'commander.help') throw noCommand(argv)
    const [what = '', hint = `(${SEE_HELP})`] = error.message.replace(/^error: /, '').split('\n')
    throw new UsageError(what, { cause: error, advice: hint.slice(1, -1) })
  }
}

/** Commander would print its whole help for no command, and for help about one that is not there. */
function noCommand(argv: readonly string[]): UsageError {
  const [first, topic] = argv.filter(word => !word.startsWith('-'))
  const group = COMMANDS.find(({ name }) => name === first)
  const what = first === 'help' && topic ? `unknown command '${topic}'` : 'a command is missing'
  const [before, known] = group && 'commands' in group ? [`${first}: `, group.commands] : ['', COMMANDS]
  const advice = `${known.map(({ name }) => name).join(', ')}; ${SEE_HELP}`
  return new UsageError(before + what, { advice })
}

async function obey(asked: Asked, io: Io, talk: Talk): Promise<number> {
  const { command, globals, options, words } = asked
  const limits = exchangeOptions(globals, io, talk)
  const out = new Output(io.stdout, limits.signal ?? io.signal)
  const limited: Io = Object.create(io, { signal: { value: limits.signal ?? io.signal } })
  const exchange = { ...limits, rehearse: rehearser(globals, out, talk) }
  const registry = new CommandRegistry(globals, limited, talk)
  try {
    return await command.run({ io: limited, out, talk, globals, exchange, registry }, options, ...words)
  } finally {
    await registry.close()
  }
}

/** What the user asked for or knows already. */
const SILENT: ReadonlySet<Fault> = new Set(['closed', 'aborted', 'rehearsed'])

/** One line that says what happened, and where it helps a second one that says what to do. */
function report(error: unknown, talk: Talk): void {
  if (!(error instanceof EsconnError)) {
    talk.say(`a defect of esconn's own: ${error instanceof Error ? error.message : error}`)
    if (error instanceof Error)
      talk.say(`please report it with this line: ${error.stack?.split('\n')[1]?.trim()}`)
    return
  }
  if (SILENT.has(error.fault)) return
  talk.say(error.message)
  if (error.advice) talk.say(error.advice)
}
