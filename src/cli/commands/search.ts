import type { Command as Parser } from 'commander'
import { UsageError } from '../../errors.ts'
import { sortClause } from '../../query/clauses.ts'
import { bodyHas } from '../../query/search.ts'
import type { Call } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE, NEGATIVE } from '../exit-status.ts'
import { chooseFormat, type FormatOptions, formatAdditions, formatFlags } from '../format-flags.ts'
import { explainHits, explainNoHits } from '../no-hits.ts'
import { countOption, fieldsOption, repeatable } from '../options.ts'
import { type PrintOptions, printBody, printSearch } from '../output/search.ts'
import { naming, type QueryOptions, queryAdditions, queryBody, queryFlags } from '../query-flags.ts'

interface SearchFlags extends QueryOptions, FormatOptions {
  size?: string
  from?: string
  sort?: string[]
  source?: string[]
  collapse?: string
  highlight?: string[]
  searchAfter?: string
  explain?: boolean
  profile?: boolean
  exitStatus?: boolean
  all?: boolean
  limit?: string
}

export const search: Command = {
  dryRun: 'prints',
  pages: true,
  completers: [indexNames],
  declare,
  run: async (context, options: SearchFlags, name) => {
    const format = chooseFormat(options, context)
    const all = allOption(options, context)
    const connection = await context.session.connect()
    const { additions, asked } = await queryAdditions(options, name, { connection, context })
    const { members, defaults } = formatAdditions(format)
    const spliced = { ...additions, defaults, members: new Map([...members, ...searchMembers(options)]) }
    const call = connection.searchCall(name, await queryBody(options, context), spliced)
    if (format.name === 'aggs') refuseWithoutAggregations(call)
    if (options.showQuery) return await printBody(context, call)
    const printed = await printSearch(context, connection, call, { format, all })
    if (printed?.isWhole)
      await (printed.isEmpty ? explainNoHits : explainHits)(context, connection, { name, asked, call })
    return options.exitStatus && printed?.isEmpty ? NEGATIVE : COMPLETE
  },
}

function declare(parser: Parser): void {
  parser.argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
  formatFlags(
    queryFlags(parser)
      .option('-n, --size <n>', 'maximum number of hits (default: 10)', countOption('--size'))
      .option('--all', 'all hits, page by page; without --sort in the order of the index')
      .option('--limit <n>', 'with --all: end after this many hits', countOption('--limit'))
      .option('--from <n>', 'number of hits to skip', countOption('--from'))
      .option('--sort <field[:order]>', 'field, field:asc, field:desc or -field (repeatable)', repeatable)
      .option(
        '--source <field,field>',
        'only these fields of the documents (repeatable)',
        fieldsOption('--source'),
      )
      .option('--collapse <field>', 'only the best hit of each value of a field')
      .option(
        '--highlight <field,field>',
        'show where these fields match (repeatable)',
        fieldsOption('--highlight'),
      )
      .option(
        '--search-after <json>',
        'the hits after these sort values: the `sort` of a hit, with the same --sort',
      )
      .option('--explain', 'explain how each score is computed')
      .option('--profile', 'where the time went; printed with --format response')
      .option('-e, --exit-status', 'exit 1 if there is no hit'),
  ).addHelpText(
    'after',
    examples(
      "esconn search entry --term author='Ada Lovelace'",
      "esconn search entry --match title='quick fox' --sort -published --size 5",
      "esconn search 'logs-*' --since 15m --not --term level=debug",
      'esconn search entry --any --term tags=maths --term tags=logic --not --exists draft',
      'esconn search entry --since 2d --format csv --fields slug,author,rating > entries.csv',
      'esconn search entry --body \'{"query":{"prefix":{"slug":"a"}}}\' | jq -r ._id',
      "esconn search entry -q 'author:ada AND tags:maths' -e && echo found",
    ),
  )
}

/** Flags that make no sense with --all, and what to use instead. */
const PAGED_FLAGS = {
  size: '--limit N ends after N hits',
  from: undefined,
  searchAfter: undefined,
  collapse: undefined,
  profile: undefined,
} as const

/**
 * Whether all hits are read, and up to how many.
 *
 * @throws {UsageError} for flags that make no sense with it
 */
function allOption(options: SearchFlags, context: Context): PrintOptions['all'] {
  const { all, limit, format } = options
  if (!all && limit !== undefined)
    throw new UsageError('--limit is for --all', {
      advice: `--size ${limit} is the number of hits of one response`,
    })
  if (!all) return undefined
  for (const [option, advice] of Object.entries(PAGED_FLAGS))
    if (options[option as keyof typeof PAGED_FLAGS] !== undefined)
      throw new UsageError(`--all and ${flagOf(option)} cannot be used together`, { advice })
  if (format === 'response' || format === 'aggs')
    throw new UsageError(`--all prints hits, and --format ${format} does not`)
  if (isDryRun(context))
    throw new UsageError('--all sends several requests', { advice: '--show-query prints the body' })
  return { limit: limit === undefined ? undefined : Number(limit) }
}

const flagOf = (option: string): string =>
  `--${option.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

function refuseWithoutAggregations(call: Call): void {
  if (bodyHas(call, 'aggs', 'aggregations')) return
  throw new UsageError('--format aggs: the body has no aggregations', {
    advice: 'for example: --body \'{"aggs":{"levels":{"terms":{"field":"level"}}}}\'',
  })
}

/** What the flags set in the body, as JSON by member (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search). */
function searchMembers(options: SearchFlags): Map<string, string> {
  const { size, from, sort, source, collapse, highlight, searchAfter, explain, profile } = options
  const orders = sort
    ?.join(',')
    .split(',')
    .map(typed => naming('--sort', typed, sortClause))
  const members = {
    size,
    from,
    sort: orders && `[${orders.join(',')}]`,
    _source: source && JSON.stringify(source),
    collapse: collapse === undefined ? undefined : naming('--collapse', collapse, collapseOn),
    highlight:
      highlight && JSON.stringify({ fields: Object.fromEntries(highlight.map(field => [field, {}])) }),
    search_after: searchAfter === undefined ? undefined : naming('--search-after', searchAfter, checkArray),
    explain: explain ? 'true' : undefined,
    profile: profile ? 'true' : undefined,
  }
  return new Map(
    Object.entries(members).filter((member): member is [string, string] => member[1] !== undefined),
  )
}

function collapseOn(field: string): string {
  if (field.trim() === '') throw new UsageError('the name of a field is blank')
  return JSON.stringify({ field })
}

/** Sort values as they were printed: no digit of them is lost. */
function checkArray(json: string): string {
  try {
    if (Array.isArray(JSON.parse(json))) return json
  } catch {
    // said below
  }
  throw new UsageError('expected a JSON array, as in the `sort` of a hit', {
    advice: 'for example: --sort n,id --search-after \'[3,"b"]\'',
  })
}
