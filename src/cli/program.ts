import { Command as Parser } from 'commander'
import { VERSION } from '../version.ts'
import type { Command } from './command.ts'
import { aliases } from './commands/aliases.ts'
import { ping } from './commands/ping.ts'
import { search } from './commands/search.ts'
import { type Globals, withGlobals } from './globals.ts'

/** Every command there is: adding one is one file and one line. */
const COMMANDS: readonly Command[] = [search, ping, aliases]

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
  for (const command of COMMANDS) {
    const parser = program.command(command.name).description(command.summary)
    command.declare?.(parser)
    withGlobals(parser).action((...received: unknown[]) => {
      const words = received.slice(0, -2) as string[]
      const options = received.at(-2) as Globals
      asked = { command, options, words, globals: { ...program.opts<Globals>(), ...options } }
    })
  }
  program.parse(argv, { from: 'user' })
  return asked
}

const HELP_AFTER = `
Examples:
  esconn search entry --term text=words
  esconn --alias logs ping
  esconn aliases`
