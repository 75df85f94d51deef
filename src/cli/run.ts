import { CommanderError } from 'commander'
import { UsageError } from '../errors.ts'
import { COMMANDS } from './command-list.ts'
import { isDryRun, outputSignal, requestLimits, Session } from './context.ts'
import { COMPLETE, exitStatusOf } from './exit-status.ts'
import { addSuggestion } from './hints.ts'
import { type Io, type Messages, type Output, StandardError, StandardOutput } from './output/streams.ts'
import { printError } from './print-error.ts'
import { buildProgram, type ParsedCommand, parseCommandLine } from './program.ts'

/**
 * Runs one command line.
 *
 * @returns the exit status; nothing is thrown
 */
export async function run(io: Io): Promise<number> {
  const messages = new StandardError(io)
  try {
    const help: string[] = []
    const parsed = await parseArgs(io.argv, text => help.push(text))
    if (parsed) return await execute(parsed, io, messages)
    await new StandardOutput(io.stdout, io.signal).write(help.join(''))
    return COMPLETE
  } catch (error) {
    printError(error, messages)
    return exitStatusOf(error)
  }
}

/** The command that was typed; undefined for --help and --version. */
async function parseArgs(
  argv: readonly string[],
  show: (text: string) => void,
): Promise<ParsedCommand | undefined> {
  try {
    refuseUnreadable(argv)
    return await parseCommandLine(argv, show)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    if (error.code === 'commander.help') throw missingCommand(argv)
    throw await usageError(error, argv)
  }
}

/** @throws {UsageError} for an argument that is not UTF-8: Node has replaced bytes of it, so that it says something else */
function refuseUnreadable(argv: readonly string[]): void {
  const unreadable = argv.find(word => word.includes('\ufffd'))
  if (unreadable === undefined) return
  throw new UsageError(`the argument ${unreadable} is not UTF-8`, {
    advice: 'use a UTF-8 locale, or put the text into a file: --body @FILE',
  })
}

/** Commander's words for a mistake, without its prefix, and with its suggestion in our form. */
async function usageError(cause: CommanderError, argv: readonly string[]): Promise<UsageError> {
  const [what = '', suggestion = ''] = cause.message.replace(/^error: /, '').split('\n')
  const [, name] = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(suggestion) ?? []
  return new UsageError(what, {
    cause,
    advice:
      (await ownerAdvice(what, argv)) ?? (name ? `did you mean \`${name}\`?` : usageAdvice(cause, argv)),
  })
}

/** Which commands have an option that was given to another one, or before them. */
async function ownerAdvice(what: string, argv: readonly string[]): Promise<string | undefined> {
  const [, flag] = /^unknown option '(-[^'=]+)/.exec(what) ?? []
  if (flag === undefined) return undefined
  const { commands } = await buildProgram()
  const owners = commands.filter(({ options }) =>
    options.some(({ short, long, hidden }) => !hidden && (flag === short || flag === long)),
  )
  const names = owners.map(command => command.name()).join(', ')
  return names ? `${flag} is an option of ${names}; ${helpFor(argv)}` : undefined
}

function usageAdvice({ code, message }: CommanderError, argv: readonly string[]): string {
  if (code === 'commander.excessArguments' && /Expected 0 arguments/.test(message))
    return `if it is an alias, name it with -a; ${helpFor(argv)}`
  if (code === 'commander.excessArguments')
    return `quote words that belong together, and patterns such as 'logs-*', which the shell expands; ${helpFor(argv)}`
  const excluded = code === 'commander.unknownOption' && argv.find(word => /^-.*[*,]/.test(word))
  return excluded ? `if it is a name: esconn search -- '${excluded}'` : helpFor(argv)
}

/** The help to read next: that of the command that was typed, if there is one. */
function helpFor(argv: readonly string[]): string {
  const words = argv.filter(word => !word.startsWith('-'))
  const entries = words.map(word => COMMANDS.find(({ name }) => name === word))
  const at = entries.findIndex(found => found !== undefined)
  const [entry, second] = [entries[at], words[at + 1]]
  if (entry === undefined) return 'see esconn --help'
  const inner = 'commands' in entry ? entry.commands.find(({ name }) => name === second) : undefined
  return `see esconn ${[entry, inner ?? []]
    .flat()
    .map(({ name }) => name)
    .join(' ')} --help`
}

/** Commander would print its whole help for no command, and for help about one that is not there. */
function missingCommand(argv: readonly string[]): UsageError {
  const [first, topic] = argv.filter(word => !word.startsWith('-'))
  const group = COMMANDS.find(({ name }) => name === first)
  const what = first === 'help' && topic ? `unknown command '${topic}'` : 'a command is missing'
  const [before, known] = group && 'commands' in group ? [`${first}: `, group.commands] : ['', COMMANDS]
  const advice = `commands: ${known.map(({ name }) => name).join(', ')}; ${helpFor(argv)}`
  return new UsageError(before + what, { advice })
}

async function execute(parsed: ParsedCommand, io: Io, messages: Messages): Promise<number> {
  const { name, command, globals, options, words } = parsed
  if (isDryRun({ globals }) && command.dryRun === undefined)
    throw new UsageError(`--dry-run and --curl are for commands that send one request, which ${name} is not`)
  const exchange = requestLimits(globals, io, messages)
  const { signal } = exchange
  const limited: Io = Object.create(io, { signal: { value: signal } })
  const session = new Session(globals, limited, messages)
  if (command.movesIndices) await keepMemorySmall()
  const screen = new StandardOutput(io.stdout, outputSignal(signal))
  const paged = command.pages ? await pagedOutput(limited, { screen, messages }) : undefined
  const [out, talk] = [paged ?? screen, paged?.messages ?? messages]
  const context = { io: limited, out, messages: talk, globals, exchangeOptions: exchange, session }
  try {
    return await command.run(context, options, ...words)
  } catch (error) {
    throw command.completers ? await addSuggestion(error, parsed, context) : error
  } finally {
    await session.close()
    await paged?.close()
  }
}

/** V8 would let what is young fill 32 MiB more before it looks for garbage; collecting it more often takes 2 % more time. */
async function keepMemorySmall(): Promise<void> {
  if ('bun' in process.versions) return
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
}

async function pagedOutput(io: Io, outputs: { screen: Output; messages: Messages }) {
  if (!io.stdout.isTTY) return undefined
  const { findPager, PagedOutput } = await import('./output/pager.ts')
  const pager = findPager(io)
  return pager === undefined ? undefined : new PagedOutput(pager, io, outputs)
}
