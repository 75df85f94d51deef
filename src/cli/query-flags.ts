import type { Command as Parser } from 'commander'
import type { Connection } from '../connection.ts'
import { UsageError } from '../errors.ts'
import type { Additions } from '../query/body.ts'
import {
  type Clause,
  existsClause,
  fieldClause,
  idsClause,
  idsIn,
  luceneClause,
  rangeClause,
  type TimeContext,
  termsClause,
  timeClause,
} from '../query/clauses.ts'
import { DEFAULT_TIME_FIELD, findTimeField } from '../query/time-field.ts'
import { type Context, isDryRun } from './context.ts'
import { readInput } from './input.ts'
import { once } from './options.ts'

/** The values of the flags that every command with a query takes, as typed. */
export interface QueryOptions {
  clauses: TypedClauses
  any?: boolean
  since?: string
  until?: string
  timeField?: string
  utc?: boolean
  body?: string
  showQuery?: boolean
}

/** The clauses in the order in which they were typed, and whether a `--not` still waits for its clause. */
interface TypedClauses {
  typed: { flag: string; value: string; excluded: boolean }[]
  excludesNext: boolean
}

/** A flag that makes a clause, and how. */
interface ClauseFlag {
  usage: string
  description: string
  toClause: (typed: string) => Clause
}

/** By name. Each may be repeated. */
const CLAUSE_FLAGS: Readonly<Record<string, ClauseFlag>> = {
  term: {
    usage: '--term <field=value>',
    description: 'the field has exactly this value; field:=json for a number or another JSON value',
    toClause: typed => fieldClause('term', typed),
  },
  terms: {
    usage: '--terms <field=a,b>',
    description: 'the field has one of these values',
    toClause: termsClause,
  },
  match: {
    usage: '--match <field=text>',
    description: 'the field matches the words of a text',
    toClause: typed => fieldClause('match', typed),
  },
  phrase: {
    usage: '--phrase <field=text>',
    description: 'the field contains the words in this order',
    toClause: typed => fieldClause('phrase', typed),
  },
  prefix: {
    usage: '--prefix <field=text>',
    description: 'a value begins with this',
    toClause: typed => fieldClause('prefix', typed),
  },
  wildcard: {
    usage: '--wildcard <field=pattern>',
    description: 'a value matches a pattern with * and ?',
    toClause: typed => fieldClause('wildcard', typed),
  },
  regexp: {
    usage: '--regexp <field=pattern>',
    description: 'a whole value matches a regular expression of Lucene',
    toClause: typed => fieldClause('regexp', typed),
  },
  range: {
    usage: '--range <limits>',
    description: "'age>=18', 'age<65', or age=18..64, which includes both ends",
    toClause: rangeClause,
  },
  exists: {
    usage: '--exists <field>',
    description: 'the field has a value',
    toClause: existsClause,
  },
  ids: { usage: '--ids <id,id>', description: 'documents by their ids', toClause: idsClause },
  query: {
    usage: '-q, --query <lucene>',
    description: 'a query in Lucene syntax',
    toClause: luceneClause,
  },
}

/** Declares the flags that make a query. */
export function queryFlags(parser: Parser): Parser {
  const clauses: TypedClauses = { typed: [], excludesNext: false }
  parser.setOptionValue('clauses', clauses)
  for (const [flag, { usage, description }] of Object.entries(CLAUSE_FLAGS))
    parser.option(usage, `${description} (repeatable)`, value => {
      clauses.typed.push({ flag, value, excluded: clauses.excludesNext })
      clauses.excludesNext = false
      return value
    })
  parser.option('--not', 'the next of these flags must not match')
  parser.on('option:not', () => {
    if (clauses.excludesNext) throw new UsageError('--not is given twice before one flag')
    clauses.excludesNext = true
  })
  return parser
    .option('--any', 'one of the flags above is enough; what follows --not, and times, always apply')
    .option(
      '--since <time>',
      'from this time on: 15m or 2d (ago), yesterday, monday, 2026-11-27, …',
      once('--since'),
    )
    .option('--until <time>', 'up to this time; a day is a whole one', once('--until'))
    .option(
      '--time-field <field>',
      'the field of --since and --until (default: @timestamp, else the one date field)',
    )
    .option('--utc', 'read times without an offset as UTC instead of local time')
    .option('--body <json>', "the search body: '{…}', @file, or - for standard input", once('--body'))
    .option('--show-query', 'print the body that would be sent, and send nothing')
}

/** The body that the user gives, or undefined. */
export async function queryBody({ body }: QueryOptions, { io, exchangeOptions: exchange }: Context) {
  return body === undefined ? undefined : await readInput(body, { io, signal: exchange.signal })
}

/** A field that a query asks for. */
export interface AskedField {
  /** `term`, for example. */
  flag: string
  field: string
  /** Whether it must match, one of several must, or it must not. */
  role: 'must' | 'any' | 'not'
}

/** Where a query comes from. */
interface QueryOrigin {
  connection: Connection
  context: Context
  /** What relative times are counted from. Default: the present. */
  now?: Date
}

/**
 * What the flags add to the body, and the fields that they ask.
 *
 * @throws {UsageError} naming the flag that makes no sense
 */
export async function queryAdditions(
  options: QueryOptions,
  name: string,
  { connection, context, now = new Date() }: QueryOrigin,
): Promise<{ additions: Additions; asked: AskedField[] }> {
  const { clauses, any } = options
  if (clauses.excludesNext)
    throw new UsageError('--not: the flag that must not match is missing after it', { advice: NOT_ADVICE })
  const compiled = withIdsJoined(clauses.typed).map(({ flag, value, excluded }) => ({
    flag,
    excluded,
    ...clauseOf(flag, value),
  }))
  const positive = compiled.filter(({ excluded }) => !excluded)
  const excluded = compiled.filter(({ excluded }) => excluded)
  const filters = await timeClauses(options, name, { connection, context, now })
  return {
    additions: { clauses: jsonOf(positive), any, excluded: jsonOf(excluded), filters: jsonOf(filters) },
    asked: [
      ...askedIn(positive, any && positive.length > 1 ? 'any' : 'must'),
      ...askedIn(filters, 'must'),
      ...askedIn(excluded, 'not'),
    ],
  }
}

const NOT_ADVICE =
  'it is followed by --term, --match, -q or another flag of the query: --not --term level=debug'

const askedIn = (clauses: readonly (Clause & { flag: string })[], role: AskedField['role']): AskedField[] =>
  clauses.flatMap(({ flag, field }) => (field === undefined ? [] : { flag, field, role }))

/** Several `--ids` are one list: no document has two ids. */
function withIdsJoined(typed: TypedClauses['typed']): TypedClauses['typed'] {
  const others = typed.filter(({ flag }) => flag !== 'ids')
  const joined = [false, true].flatMap(excluded => {
    const given = typed.filter(one => one.flag === 'ids' && one.excluded === excluded)
    const ids = given.flatMap(({ value }) => naming('--ids', value, idsIn))
    return given.length === 0 ? [] : { flag: 'ids', value: `:=${JSON.stringify(ids)}`, excluded }
  })
  return [...others, ...joined]
}

const jsonOf = (clauses: readonly Clause[]): string[] => clauses.map(({ json }) => json)

const clauseOf = (flag: string, value: string): Clause =>
  naming(flag === 'query' ? '-q' : `--${flag}`, value, (CLAUSE_FLAGS[flag] as ClauseFlag).toClause)

/** What is said of a field that nobody named; a command that sends nothing does not look it up. */
function timeFieldNote(field: string, isLookedUp: boolean): string | undefined {
  const isDefault = field === DEFAULT_TIME_FIELD
  if (isLookedUp) return isDefault ? undefined : `the times are those of ${field}`
  return isDefault ? ASSUMED : undefined
}

const ASSUMED = 'the times are those of @timestamp, or of the one date field of an index that lacks it'

async function timeClauses(
  { since, until, timeField, utc = false, showQuery }: QueryOptions,
  name: string,
  { connection, context, now }: Required<QueryOrigin>,
): Promise<(Clause & { flag: string })[]> {
  if (since === undefined && until === undefined) return []
  if (timeField?.trim() === '') throw new UsageError('--time-field: the name of a field is blank')
  const asks = !showQuery && !isDryRun(context)
  const field =
    timeField ?? (await findTimeField(connection, name, asks ? context.exchangeOptions : undefined))
  const note = timeField === undefined && timeFieldNote(field, asks)
  if (note) context.messages.print(`${connection.alias}: ${note}`)
  const times: TimeContext = { field, clock: { now, utc } }
  const ends = Object.entries({ since, until }) as ['since' | 'until', string | undefined][]
  const clauses = ends.flatMap(([flag, typed]) =>
    typed === undefined ? [] : { flag, ...naming(`--${flag}`, typed, () => timeClause(flag, typed, times)) },
  )
  const [first, last] = clauses.map(({ moment }) => moment)
  if (first && last && first > last) throw new UsageError(`--since ${since} is later than --until ${until}`)
  return clauses
}

/** Adds the flag to the error about its value. */
export function naming<T>(flag: string, typed: string, read: (typed: string) => T): T {
  try {
    return read(typed)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${flag} ${typed}: ${error.what}`, { cause: error, advice: error.advice })
  }
}
