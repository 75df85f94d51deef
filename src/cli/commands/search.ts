import { Option, type Command as Parser } from 'commander'
import { IncompleteError, UsageError } from '../../errors.ts'
import { FORMATS, type Format, partsOf } from '../../hits/print.ts'
import { drain } from '../../hits/read.ts'
import type { Batch } from '../../hits/scanner.ts'
import type { Additions } from '../../query/body.ts'
import { clause, lucene } from '../../query/clauses.ts'
import type { Command, Context } from '../command.ts'
import { COMPLETE, NEGATIVE } from '../exit.ts'
import { inputOf } from '../input.ts'
import { printer } from '../printer.ts'
import { count } from '../units.ts'

interface Options {
  term?: string[]
  match?: string[]
  query?: string
  body?: string
  size?: string
  from?: string
  sort?: string[]
  format: Format
  exitStatus?: boolean
}

const EXAMPLES = `
Examples:
  esconn search entry --term text=words
  esconn search entry --match title='quick fox' --sort published:desc --size 5
  esconn search entry --body '{"query":{"prefix":{"slug":"a"}}}' | jq -r ._id
  esconn search entry -q 'author:ada AND tags:maths' -e && echo found`

export const search: Command = {
  name: 'search',
  summary: 'Print the hits of a search, byte for byte as the cluster sent them',
  declare,
  run: async (context, options: Options, name) => {
    const { exchange, out, io, globals } = context
    const connection = await context.registry.connect()
    const { format } = options
    const { print, end } = printer(format, out, { env: io.env, color: globals.color })
    const delivers = (batch: Batch) => partsOf(batch, format).length > 0
    const additions = additionsOf(options)
    const body =
      options.body === undefined
        ? undefined
        : await inputOf(options.body, { io, signal: exchange.signal ?? io.signal })
    let found = 0
    const { missing, beside } = await drain(
      connection.scan(name, body, { ...exchange, additions, delivers }),
      async batch => {
        found += batch.hits.length
        await out.write(print(batch))
      },
    )
    await out.write(end)
    if (beside.length > 0 && format !== 'response') {
      context.talk.say(
        `${connection.alias}: the response also holds ${beside.join(' and ')}: --format response prints all`,
      )
    }
    if (missing !== undefined) tellMissing(context, connection.alias, missing)
    return options.exitStatus && found === 0 ? NEGATIVE : COMPLETE
  },
}

function declare(parser: Parser): void {
  const collect = (value: string, earlier: string[] = []) => [...earlier, value]
  parser
    .argument('<name>', "what the alias calls the index, or an index expression such as 'logs-*'")
    .option('--term <field=value>', 'the field holds exactly this value (repeatable)', collect)
    .option('--match <field=text>', 'the field matches the text (repeatable)', collect)
    .option('-q, --query <lucene>', "a query in Lucene's syntax")
    .option('--body <json>', "the search's body: '{…}', @file, or - for standard input")
    .option('--size <n>', 'how many hits at the most (the cluster says 10)', typed => count('--size', typed))
    .option('--from <n>', 'how many hits to leave out first', typed => count('--from', typed))
    .option('--sort <field[:order]>', 'asc or desc (repeatable)', collect)
    .addOption(new Option('--format <format>', 'how the hits are written').choices(FORMATS).default('ndjson'))
    .option('-e, --exit-status', 'exit 1 if there is no hit')
    .addHelpText('after', EXAMPLES)
}

function additionsOf({ term = [], match = [], sort = [], query, size, from }: Options): Additions {
  const clauses = [
    ...term.map(typed => clause('term', typed)),
    ...match.map(typed => clause('match', typed)),
    ...(query === undefined ? [] : [lucene(query)]),
  ]
  const sorts = sort.flatMap(typed => typed.split(',')).map(order)
  const members = Object.entries({ size, from, sort: sorts.length > 0 ? `[${sorts.join(',')}]` : undefined })
  return {
    clauses,
    members: new Map(members.filter((member): member is [string, string] => member[1] !== undefined)),
  }
}

/** `published:desc` as the text of a sort; without an order the cluster's own holds. */
function order(typed: string): string {
  const colon = typed.lastIndexOf(':')
  const [field, direction] = colon < 0 ? [typed, ''] : [typed.slice(0, colon), typed.slice(colon + 1)]
  if (field === '' || (colon >= 0 && !['asc', 'desc'].includes(direction))) {
    throw new UsageError(`--sort ${typed}: expected field, field:asc or field:desc`)
  }
  return direction ? `{${JSON.stringify(field)}:{"order":"${direction}"}}` : JSON.stringify(field)
}

/** Hits are missing: a failure, unless the user allowed it. */
function tellMissing({ globals, talk }: Context, alias: string, reason: string): void {
  const advice = 'what did arrive was printed; --allow-partial makes this no failure'
  const error = new IncompleteError(reason, { alias, advice })
  if (!globals.allowPartial) throw error
  talk.say(error.message)
}
