import { didYouMean, listKnown, quoteName } from '../config/mistakes.ts'
import type { Connection } from '../connection.ts'
import { UsageError } from '../errors.ts'
import type { Session } from './context.ts'

/** A word such as `logs:access`, taken apart. */
interface AliasName {
  /** Undefined for a name alone. */
  alias: string | undefined
  name: string
}

/** An index, or several, and the cluster that has them. */
export interface NamedSide {
  connection: Connection
  /** What its alias calls the index. */
  name: string
}

/** Not in date math, `<logs-{now/d{HH:mm}}>`, and not the two before a part of a data stream, `logs::failures`. */
const COLON = /(?<!:):(?!:)(?![^<]*>)/

/**
 * Splits a word at its first colon.
 *
 * @param known the configured aliases
 * @throws {UsageError} where what stands before the colon is none of them
 */
export function splitAliasName(typed: string, known: readonly string[]): AliasName {
  const { index } = COLON.exec(typed) ?? {}
  if (index === undefined) return { alias: undefined, name: typed }
  const alias = typed.slice(0, index)
  if (known.includes(alias)) return { alias, name: typed.slice(index + 1) }
  throw new UsageError(
    `${quoteName(typed)}: there is no alias ${quoteName(alias)}${didYouMean(alias, known)}${listKnown(known)}`,
    { advice: 'what stands before the first colon is an alias: ALIAS:NAME' },
  )
}

/**
 * The side of a command that `logs:access` means, or `access` alone: an index of the alias that --alias names, or of `default`.
 *
 * @throws {UsageError} for an alias that is not configured
 */
export async function openSide(session: Session, typed: string): Promise<NamedSide> {
  const { aliases } = await session.configuration()
  const { alias, name } = splitAliasName(
    typed,
    aliases.map(({ name }) => name),
  )
  return { connection: await session.connect(alias), name }
}
