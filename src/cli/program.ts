import { Command as Parser } from 'commander'
import { VERSION } from '../version.ts'
import { type Command, examples, type Group, type ListedCommand } from './command.ts'
import { COMMANDS } from './command-list.ts'
import { addGlobalOptions, type GlobalOptions } from './options.ts'

/** A command that was typed, with its options and the words after it. */
export type ParsedCommand = {
  name: string
  command: Command
  globals: GlobalOptions
  options: object
  words: string[]
}

/**
 * Reads the command line.
 *
 * @param show receives the text of --help and --version
 * @throws {CommanderError} for what it does not understand, and for `--help` and `--version`
 */
export async function parseCommandLine(
  argv: readonly string[],
  show: (text: string) => void,
): Promise<ParsedCommand | undefined> {
  let parsed: ParsedCommand | undefined
  const program = await buildProgram({
    show,
    isAsked: name => argv.includes(name),
    onCommand: found => {
      parsed = found
    },
  })
  program.parse(argv, { from: 'user' })
  return parsed
}

/** What is done with a program. */
interface Uses {
  /** Receives the text of --help and --version. */
  show?: (text: string) => void
  /** Whether a command is loaded, with its options, or only listed in the help; default: all are loaded. */
  isAsked?: (name: string) => boolean
  onCommand?: (parsed: ParsedCommand) => void
}

/** The commands with their options, for parsing, completion and documentation. */
export async function buildProgram({
  show = () => {},
  isAsked = () => true,
  onCommand = () => {},
}: Uses = {}): Promise<Parser> {
  const program = addGlobalOptions(new Parser('esconn'))
    .description('Query Elasticsearch and OpenSearch clusters by alias; get the hits byte for byte.')
    .version(`esconn ${VERSION}`, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: show, writeErr: () => {} })
    .addHelpText(
      'after',
      examples('esconn search entry --match text=words', 'esconn --alias logs ping', 'esconn aliases'),
    )
  for (const entry of COMMANDS) await declareEntry(program, entry, { isAsked, onCommand })
  return program
}

/** Declares a command, or a group and the commands in it. */
async function declareEntry(
  parent: Parser,
  entry: ListedCommand | Group,
  { isAsked, onCommand }: Required<Omit<Uses, 'show'>>,
): Promise<void> {
  const { name, summary } = entry
  if (!isAsked(name)) {
    const takes = 'takes' in entry ? entry.takes : ''
    parent.command(`${name} [options] ${takes}`).description(summary)
    return
  }
  const parser = parent.command(name).description(summary)
  if ('commands' in entry) {
    addGlobalOptions(parser).enablePositionalOptions()
    for (const command of entry.commands) await declareEntry(parser, command, { isAsked, onCommand })
    return
  }
  const command = await entry.load()
  command.declare?.(parser)
  addGlobalOptions(parser) // after its own, as the help lists them
  parser.action((...received: unknown[]) => {
    const words = received.slice(0, -2).flat() as string[]
    const options = received.at(-2) as object
    onCommand({ name, command, options, words, globals: globalsOf(parser) })
  })
}

/** The global options given before and after each command name; the last one counts. */
function globalsOf(parser: Parser): GlobalOptions {
  return parser.parent
    ? { ...globalsOf(parser.parent), ...parser.opts<GlobalOptions>() }
    : parser.opts<GlobalOptions>()
}
