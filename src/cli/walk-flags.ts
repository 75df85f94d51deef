import { Option, type Command as Parser } from 'commander'
import type { Connection } from '../connection.ts'
import { UsageError } from '../errors.ts'
import type { Call } from '../wire/exchange.ts'
import type { Context } from './context.ts'
import { formatAdditions } from './format-flags.ts'
import { countOption, fieldsOption, sizeOption } from './options.ts'
import type { FormatChoice, FormatName } from './output/formats.ts'
import { type AskedField, type QueryOptions, queryAdditions, queryBody } from './query-flags.ts'
import type { Task } from './state-file.ts'

/** What documents are written as. */
const WALK_FORMATS = ['ndjson', 'source', 'ids', 'csv'] as const satisfies readonly FormatName[]

/** The values of the flags that every command takes which reads whole shards. */
export interface ShardFlags extends QueryOptions {
  parallel?: string
  page?: number
}

/** Those of a command that writes what it reads. */
export interface WalkFlags extends ShardFlags {
  format: (typeof WALK_FORMATS)[number]
  fields?: string[]
}

/** Flags of search that are about an order or a part of the hits. */
const OF_SEARCH = ['sort', 'from', 'size', 'limit', 'all', 'collapse', 'highlight']

/** Declares the flags of a command that reads whole shards, and hidden those of search that are refused. */
export function shardFlags(parser: Parser): Parser {
  for (const flag of OF_SEARCH)
    parser.addOption(new Option(`--${flag}${flag === 'all' ? '' : ' <value>'}`).hideHelp())
  return parser
    .option('--parallel <n>', 'how many shards are read at a time (default: 4)', countOption('--parallel'))
    .option('--page <size>', 'how much is read with one request (default: 4MiB)', sizeOption('--page'))
}

/** The same for one that writes what it reads. */
export function walkFlags(parser: Parser): Parser {
  parser
    .addOption(
      new Option('--format <format>', 'how documents are written').choices(WALK_FORMATS).default('ndjson'),
    )
    .option('--fields <field,field>', 'the columns of csv (repeatable)', fieldsOption('--fields'))
  return shardFlags(parser)
}

/** @throws {UsageError} for flags that make no sense with the command */
export function refuseShardFlags(options: ShardFlags, command: string): void {
  const flag = OF_SEARCH.find(flag => flag in options)
  if (flag)
    throw new UsageError(`--${flag} has no meaning for ${command}, which reads whole shards`, {
      hint: { kind: 'search-instead' },
    })
  if (options.parallel === '0') throw new UsageError('--parallel 0: must be 1 or greater')
}

/** @throws {UsageError} for flags that make no sense with the command, or with each other */
export function refuseWalkFlags(options: WalkFlags, command: string): void {
  refuseShardFlags(options, command)
  const { format, fields } = options
  if ((format === 'csv') !== (fields !== undefined))
    throw new UsageError(
      format === 'csv' ? '--format csv needs --fields, its columns' : '--fields is for --format csv',
      { advice: 'for example: --format csv --fields _id,title' },
    )
  if (fields?.some(field => field.includes('*')))
    throw new UsageError('--fields names the columns one by one, without *')
}

export const walkFormat = ({ format: name, fields }: WalkFlags, header = true): FormatChoice => ({
  name,
  fields,
  header,
  csvSafe: false,
})

/** What is read, and by which command. */
interface WalkQuery {
  context: Context
  connection: Connection
  /** What the user calls the index. */
  name: string
  /** When the first run began, as ISO 8601. */
  started: string
}

/** The search that finds the documents, and the fields that it asks. */
export async function walkCall(
  options: WalkFlags,
  { context, connection, name, started }: WalkQuery,
): Promise<{ call: Call; asked: AskedField[] }> {
  const origin = { connection, context, now: new Date(started) }
  const { additions, asked } = await queryAdditions(options, name, origin)
  const defaults = new Map(options.format === 'ids' ? [['_source', 'false']] : [])
  const { members } = formatAdditions(walkFormat(options))
  const call = connection.searchCall(name, await queryBody(options, context), {
    ...additions,
    defaults,
    members,
  })
  return { call, asked }
}

/** What the state of a run is recognized by. */
export const walkTask = (
  command: string,
  { connection, name, call }: Pick<WalkQuery, 'connection' | 'name'> & { call: Call },
  { format, fields }: Pick<WalkFlags, 'format' | 'fields'>,
): Task => ({
  command,
  alias: connection.alias,
  index: decodeURIComponent(connection.indexPath(name)),
  format,
  ...(fields === undefined ? {} : { fields: fields.join() }),
  query: call.body?.toString() ?? '{}',
})
