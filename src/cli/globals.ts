import { type Command, Option } from 'commander'
import { bytes, milliseconds } from './units.ts'

/** When colours are used. */
const COLORS = ['auto', 'always', 'never'] as const

/** The options that every command takes, before or after its name. */
export interface Globals {
  alias?: string
  config?: string
  /** Milliseconds to the first byte and of every silence after it. */
  timeout?: number
  /** Milliseconds for the whole command. */
  maxTime?: number
  /** Bytes of one response. */
  maxSize?: number
  allowPartial?: boolean
  verbose?: boolean
  dryRun?: boolean
  curl?: boolean
  color?: (typeof COLORS)[number]
}

const OPTIONS = () => [
  new Option('-a, --alias <name>', 'the cluster to ask (default: $ESCONN_ALIAS, else "default")'),
  new Option('--config <file>', 'read this configuration only (or $ESCONN_CONFIG)'),
  new Option(
    '--timeout <duration>',
    'to the first byte, and of every silence after it (default: 30s)',
  ).argParser(typed => milliseconds('--timeout', typed)),
  new Option('--max-time <duration>', 'for the whole command (default: no limit)').argParser(typed =>
    milliseconds('--max-time', typed),
  ),
  new Option('--max-size <size>', 'of one response (default: 2GiB)').argParser(typed =>
    bytes('--max-size', typed),
  ),
  new Option('--allow-partial', 'exit 0 although shards failed or the search timed out'),
  new Option('-v, --verbose', 'tell on standard error what is sent and what answers'),
  new Option('--dry-run', 'print the request instead of sending it, secrets replaced'),
  new Option('--curl', 'the same, as a command line of curl'),
  new Option('--color <when>', 'use colours (default: auto, on a terminal)').choices(COLORS),
]

/** Declares the global options on a command, in a group of their own. */
export function withGlobals(command: Command): Command {
  for (const option of OPTIONS()) command.addOption(option.helpGroup('Global options:'))
  return command
}
