import { UsageError } from '../errors.ts'
import { indexPath, resolveName } from '../query/index-names.ts'
import { bodyHas } from '../query/search.ts'
import type { ComparedSide } from '../walk/side-reader.ts'
import type { NamedSide } from './alias-name.ts'
import type { Context } from './context.ts'
import { type AskedField, queryBody } from './query-flags.ts'
import { type ShardFlags, walkCall } from './walk-flags.ts'

/** As the second name of a command: each index of the first side, and that of the same name. */
export const SAME_NAMES = '*'

/** Two sides that are compared. */
export interface ComparedPair {
  from: ComparedSide
  to: ComparedSide
}

/** The flags of a query that several searches are made of: its body is read once, also from standard input. */
export async function withBody<Flags extends ShardFlags>(options: Flags, context: Context): Promise<Flags> {
  const body = (await queryBody(options, context))?.toString()
  return body === undefined ? options : { ...options, body }
}

/** A side, with the search that finds its documents, and the fields that it asks. */
export async function askSide(
  options: ShardFlags,
  { connection, name }: NamedSide,
  { context, command, started }: { context: Context; command: string; started: string },
): Promise<{ side: ComparedSide; asked: AskedField[] }> {
  const format = 'ndjson'
  const { call, asked } = await walkCall({ ...options, format }, { context, connection, name, started })
  if (bodyHas(call, '_source'))
    throw new UsageError(`the body's "_source" has no meaning for ${command}, which takes whole documents`)
  return { side: { context: connection, target: resolveName(name, connection.names), call }, asked }
}

/** The same search in one of the indices of a side. */
export const inIndex = (side: ComparedSide, index: string): ComparedSide => ({
  ...side,
  target: { ...side.target, index },
  call: { ...side.call, path: `/${indexPath(index)}/_search` },
})

export const nameOf = ({ connection, name }: NamedSide): string => `${connection.alias}:${name}`
