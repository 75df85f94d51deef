import { Option, type Command as Parser } from 'commander'
import { UsageError } from '../errors.ts'
import { parseDuration, parseSize } from '../units.ts'

/** When colors are used. */
const COLORS = ['auto', 'always', 'never'] as const

/** The options that every command takes, before or after its name. */
export interface GlobalOptions {
  /** One alias, or several joined by commas. */
  alias?: string
  config?: string
  /** Longest wait for the first byte and longest pause after it, in milliseconds. */
  timeout?: number
  /** Milliseconds for the whole command. */
  maxTime?: number
  /** Bytes of one response. */
  maxSize?: number
  /** Bytes of one hit. */
  maxHit?: number
  allowPartial?: boolean
  verbose?: boolean
  dryRun?: boolean
  curl?: boolean
  color?: (typeof COLORS)[number]
}

const OPTIONS = () => [
  new Option(
    '-a, --alias <name>',
    'the cluster to query, or several joined by commas (default: $ESCONN_ALIAS, else "default")',
  ),
  new Option('--config <file>', 'read only this configuration file (default: $ESCONN_CONFIG)'),
  new Option(
    '--timeout <duration>',
    'longest wait for the first byte, and longest pause after it (default: 30s)',
  ).argParser(durationOption('--timeout')),
  new Option('--max-time <duration>', 'limit for the whole command (default: none)').argParser(
    durationOption('--max-time'),
  ),
  new Option('--max-size <size>', 'limit for one response (default: 2GiB)').argParser(
    sizeOption('--max-size'),
  ),
  new Option('--max-hit <size>', 'limit for one hit (default: 256MiB)').argParser(sizeOption('--max-hit')),
  new Option('--allow-partial', 'exit 0 although shards failed or the search timed out'),
  new Option('-v, --verbose', 'log requests and responses to stderr'),
  new Option('--dry-run', 'print the request instead of sending it, secrets redacted'),
  new Option('--curl', 'print the request as a curl command instead of sending it, secrets redacted'),
  new Option('--color <when>', 'use colors (default: auto, on a terminal)').choices(COLORS),
]

/** When and how progress is shown. */
const PROGRESS = ['auto', 'json', 'never'] as const

export type ProgressChoice = (typeof PROGRESS)[number]

/** For commands that may take long. */
export const progressOption = () =>
  new Option(
    '--progress <how>',
    'show progress on stderr (default: auto, a line on a terminal; json is a line a second)',
  ).choices(PROGRESS)

/** Declares the global options on a command, in a group of their own. */
export function addGlobalOptions(parser: Parser): Parser {
  for (const option of OPTIONS()) parser.addOption(option.helpGroup('Global options:'))
  return parser
}

/** Collects the values of an option that may be repeated. */
export const repeatable = (value: string, earlier: string[] = []): string[] => [...earlier, value]

/** Collects names of fields, joined by commas or by repeating the option; blanks around them do not count. */
export const fieldsOption =
  (flag: string) =>
  (typed: string, earlier: string[] = []): string[] => {
    const fields = typed.split(',').map(field => field.trim())
    if (fields.includes('')) throw new UsageError(`${flag} ${typed}: the name of a field is blank`)
    return [...earlier, ...fields]
  }

/** Refuses a second value of an option whose first one would be lost. */
export const once =
  (flag: string) =>
  (value: string, earlier?: string): string => {
    if (earlier === undefined) return value
    throw new UsageError(`${flag} is given twice`)
  }

/** Reads `30s`, `1.5m`, `200ms` as milliseconds; a number without its unit is refused. */
export const durationOption =
  (flag: string) =>
  (typed: string): number => {
    const value = parseDuration(typed)
    if (value !== undefined) return value
    throw new UsageError(`${flag} ${typed}: not a duration`, {
      advice:
        Number(typed) > 0
          ? `the unit is missing: ${flag} ${typed}s`
          : 'for example: 30s, 500ms, 2m; at most 24d',
    })
  }

/** Reads `100MB`, `2GiB` or a plain number as bytes. */
export const sizeOption =
  (flag: string) =>
  (typed: string): number => {
    const value = parseSize(typed)
    if (value !== undefined) return value
    throw new UsageError(`${flag} ${typed}: not a size`, { advice: 'for example: 100MB, 2GiB' })
  }

/** Reads a whole number from 0; its digits stay as typed. */
export const countOption =
  (flag: string) =>
  (typed: string): string => {
    if (/^(?:0|[1-9]\d*)$/.test(typed)) return typed
    const isBelow = /^-\d+$/.test(typed)
    throw new UsageError(`${flag} ${typed}: ${isBelow ? 'must be 0 or greater' : 'not a whole number'}`)
  }
