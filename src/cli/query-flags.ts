import type { Command as Parser } from 'commander'
import { UsageError } from '../errors.ts'
import type { Additions } from '../query/body.ts'
import { fieldClause, luceneClause, sortClause } from '../query/clauses.ts'
import type { Context } from './context.ts'
import { readInput } from './input.ts'
import { once, repeatable } from './options.ts'

/** The values of the flags that every command with a query takes, and of those of a search, as typed. */
export interface QueryOptions {
  term?: string[]
  match?: string[]
  query?: string[]
  body?: string
  size?: string
  from?: string
  sort?: string[]
}

/** Declares the flags that make a query. */
export const queryFlags = (parser: Parser): Parser =>
  parser
    .option('--term <field=value>', 'the field has exactly this value (repeatable)', repeatable)
    .option('--match <field=text>', 'the field matches the text (repeatable)', repeatable)
    .option('-q, --query <lucene>', 'a query in Lucene syntax (repeatable: all must match)', repeatable)
    .option('--body <json>', "the search body: '{…}', @file, or - for standard input", once('--body'))

/** The body that the user gives, or undefined. */
export async function queryBody({ body }: QueryOptions, { io, exchangeOptions: exchange }: Context) {
  return body === undefined ? undefined : await readInput(body, { io, signal: exchange.signal })
}

/**
 * What the flags add to the body.
 *
 * @throws {UsageError} naming the flag that makes no sense
 */
export function queryAdditions({ term, match, sort, query, size, from }: QueryOptions): Additions {
  const clauses = [
    each('--term', term, typed => fieldClause('term', typed)),
    each('--match', match, typed => fieldClause('match', typed)),
    each('-q', query, luceneClause),
  ].flat()
  const orders = each('--sort', sort?.join(',').split(','), sortClause)
  const members = { size, from, sort: orders.length > 0 ? `[${orders.join(',')}]` : undefined }
  const given = Object.entries(members).filter(
    (member): member is [string, string] => member[1] !== undefined,
  )
  return { clauses, members: new Map(given) }
}

/** The JSON of each value of a flag. */
function each(flag: string, typed: readonly string[] = [], toJson: (typed: string) => string): string[] {
  return typed.map(value => {
    try {
      return toJson(value)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      throw new UsageError(`${flag} ${value}: ${error.what}`, { cause: error, advice: error.advice })
    }
  })
}
