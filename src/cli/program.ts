import { Command as Parser } from 'commander'
import { VERSION } from '../version.ts'
import type { Command, Group } from './command.ts'
import { aliases } from './commands/aliases.ts'
import { config } from './commands/config.ts'
import { doctor } from './commands/doctor.ts'
import { ping } from './commands/ping.ts'
import { search } from './commands/search.ts'
import { type Globals, withGlobals } from './globals.ts'

/** Every command there is: adding one is one file and one line. */
export const COMMANDS: readonly (Command | Group)[] = [search, ping, aliases, config, doctor]

/** What the user asked for: a command with its options, or text to show. */
export type Asked = { command: Command; globals: Globals; options: object; words: string[] }

/**
 * Reads the command line.
 *
 * @throws {CommanderError} for what it does not understand, and for `--help` and `--version`
 */
export function parse(argv: readonly string[], show: (text: string) => void): Asked | undefined {
  let asked: Asked | undefined
  const program = withGlobals(new Parser('esconn'))
    .description('Ask Elasticsearch and OpenSearch clusters by alias; get the hits byte for byte.')
    .version(`esconn ${VERSION}`, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: show, writeErr: () => {} })
    .addHelpText('after', HELP_AFTER)
  for (const entry of COMMANDS) {
    add(program, entry, found => {
      asked = found
    })
  }
  program.parse(argv, { from: 'user' })
  return asked
}

/** Declares a command, or a group and the commands in it. */
function add(parent: Parser, entry: Command | Group, chosen: (asked: Asked) => void): void {
  const parser = withGlobals(parent.command(entry.name).description(entry.summary))
  if ('commands' in entry) {
    for (const command of entry.commands) add(parser.enablePositionalOptions(), command, chosen)
    return
  }
  entry.declare?.(parser)
  parser.action((...received: unknown[]) => {
    const words = received.slice(0, -2) as string[]
    const options = received.at(-2) as Globals
    chosen({ command: entry, options, words, globals: globalsOf(parser) })
  })
}

/** Global options as they stand before and behind each word; the last one counts. */
function globalsOf(parser: Parser): Globals {
  return parser.parent ? { ...globalsOf(parser.parent), ...parser.opts<Globals>() } : parser.opts<Globals>()
}

const HELP_AFTER = `
Examples:
  esconn search entry --term text=words
  esconn --alias logs ping
  esconn aliases`
