import { Command as Parser } from 'commander'
import { VERSION } from '../version.ts'
import { type Command, examples, type Group } from './command.ts'
import { aliases } from './commands/aliases.ts'
import { config } from './commands/config/subcommands.ts'
import { count } from './commands/count.ts'
import { doctor } from './commands/doctor.ts'
import { fields } from './commands/fields.ts'
import { get } from './commands/get.ts'
import { indices } from './commands/indices.ts'
import { info } from './commands/info.ts'
import { mapping } from './commands/mapping.ts'
import { ping } from './commands/ping.ts'
import { request } from './commands/request.ts'
import { search } from './commands/search.ts'
import { addGlobalOptions, type GlobalOptions } from './options.ts'

/** Every command there is: adding one is one file and one line. */
export const COMMANDS: readonly (Command | Group)[] = [
  search,
  get,
  count,
  indices,
  mapping,
  fields,
  request,
  ping,
  info,
  aliases,
  config,
  doctor,
]

/** A command that was typed, with its options and the words after it. */
export type ParsedCommand = { command: Command; globals: GlobalOptions; options: object; words: string[] }

/**
 * Reads the command line.
 *
 * @param show receives the text of --help and --version
 * @throws {CommanderError} for what it does not understand, and for `--help` and `--version`
 */
export function parseCommandLine(
  argv: readonly string[],
  show: (text: string) => void,
): ParsedCommand | undefined {
  let parsed: ParsedCommand | undefined
  const program = buildProgram(show, found => {
    parsed = found
  })
  program.parse(argv, { from: 'user' })
  return parsed
}

/** All commands with their options, for parsing, completion and documentation. */
export function buildProgram(
  show: (text: string) => void,
  onCommand: (parsed: ParsedCommand) => void,
): Parser {
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
  for (const entry of COMMANDS) declareEntry(program, entry, onCommand)
  return program
}

/** Declares a command, or a group and the commands in it. */
function declareEntry(
  parent: Parser,
  entry: Command | Group,
  onCommand: (parsed: ParsedCommand) => void,
): void {
  const parser = parent.command(entry.name).description(entry.summary)
  if ('commands' in entry) {
    addGlobalOptions(parser)
    for (const command of entry.commands) declareEntry(parser.enablePositionalOptions(), command, onCommand)
    return
  }
  entry.declare?.(parser)
  addGlobalOptions(parser) // after its own, as the help lists them
  parser.action((...received: unknown[]) => {
    const words = received.slice(0, -2).flat() as string[]
    const options = received.at(-2) as object
    onCommand({ command: entry, options, words, globals: globalsOf(parser) })
  })
}

/** The global options given before and after each command name; the last one counts. */
function globalsOf(parser: Parser): GlobalOptions {
  return parser.parent
    ? { ...globalsOf(parser.parent), ...parser.opts<GlobalOptions>() }
    : parser.opts<GlobalOptions>()
}
