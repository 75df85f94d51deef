import * as v from 'valibot'
import type { Connection } from '../../connection.ts'
import { WireError } from '../../errors.ts'
import { elementsOf, textAtPath } from '../../json/members.ts'
import { resolveName } from '../../query/index-names.ts'
import { formatSize } from '../../units.ts'
import { parseObject } from '../../wire/errors/http.ts'
import { type Call, type Reply, readLongArray, readLongObject } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { noIndex } from '../no-hits.ts'
import { printRequest } from '../output/dry-run.ts'
import { printReply } from '../output/formats.ts'
import { type ListFlags, listFlags, listFormat, printList } from '../output/list.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'

const COLUMNS = ['index', 'health', 'status', 'docs', 'size', 'aliases', 'data_stream']

/** All but the indices of the cluster itself, whose names begin with a dot as those of data streams do. */
const USUAL = '*,-.*,.ds-*,-.ds-.*'

export const indices: Command = {
  dryRun: 'prints',
  pages: true,
  completers: [indexNames],
  declare: parser =>
    listFlags(
      parser.argument(
        '[pattern]',
        "a name in `indices` of the alias, or an index expression such as 'logs-*'; hidden indices are listed where it names them or begins with a dot (default: all indices whose names do not begin with a dot, and those of data streams)",
      ),
    ).addHelpText(
      'after',
      examples(
        'esconn indices',
        "esconn indices 'logs-*'",
        'esconn indices --no-header | cut -f 1,4    # names, and numbers of documents, nested ones included',
        "esconn indices '.*' --format json | jq -r '.[].uuid'",
      ),
    ),
  run: async (context, flags: ListFlags, name?: string) => {
    const connection = await context.session.connect()
    const call = catCall(name === undefined ? USUAL : connection.indexPath(name))
    if (isDryRun(context)) return await printRequest(context, connection, call)
    const reply = await connection.transport.exchange(call, readLongArray, context.exchangeOptions)
    if (listFormat(flags, context) === 'json') await printReply(context, reply)
    else await printIndices(context, connection, reply, flags)
    if (elementsOf(reply).length === 0)
      context.messages.print(`${connection.alias}: ${whyNone(name, connection)}`)
    return COMPLETE
  },
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-cat-indices */
const catCall = (expression: string): Call => ({
  method: 'GET',
  path: `/_cat/indices/${expression}`,
  querystring: 'format=json&bytes=b&s=index',
})

const whyNone = (name: string | undefined, { names }: Connection): string =>
  name === undefined
    ? 'no index, apart from those whose names begin with a dot'
    : noIndex(name, resolveName(name, names).index)

/** Prints what the reply lists, with the aliases and data streams that another request tells. */
async function printIndices(
  context: Context,
  connection: Connection,
  reply: Buffer,
  flags: ListFlags,
): Promise<void> {
  const { alias } = connection
  const listed = elementsOf(reply).map(({ start, end }) => toCells(reply.subarray(start, end), alias))
  const { belongs, refusal } = await findBelongings(context, connection, listed)
  const isTable = listFormat(flags, context) === 'table'
  const rows = listed.map(([index, health, status, docs, size]) => {
    const { aliases = [], data_stream = '' } = belongs.get(index) ?? {}
    const shownSize = isTable && size ? formatSize(Number(size)) : size
    return [index, health, status, docs, shownSize, aliases.join(','), data_stream]
  })
  await printList(context, alias, { columns: COLUMNS, rows }, flags)
  if (refusal) reportIncomplete(context, alias, `aliases and data streams are left out: ${refusal.what}`)
}

/** The first of our columns: numbers as the cluster wrote them, and nothing where a closed index has none. */
type Cells = [index: string, health: string, status: string, docs: string, size: string]

function toCells(row: Buffer, alias: string): Cells {
  const text = (name: string) => textAtPath(row, [name]) ?? ''
  if (text('index') === '')
    throw new WireError('foreign', 'the reply to /_cat/indices has a row without an index', { alias })
  return [text('index'), text('health'), text('status'), text('docs.count'), text('store.size')]
}

const resolvedSchema = v.object({
  indices: v.array(
    v.object({
      name: v.string(),
      aliases: v.optional(v.array(v.string())),
      data_stream: v.optional(v.string()),
    }),
  ),
})

/** What an index belongs to. */
type Belongings = v.InferOutput<typeof resolvedSchema>['indices'][number]

/**
 * The aliases and the data stream of each index; where the cluster refuses to tell them, why
 * (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-resolve-index).
 */
async function findBelongings(
  { exchangeOptions }: Context,
  { transport }: Connection,
  listed: readonly Cells[],
): Promise<{ belongs: ReadonlyMap<string, Belongings>; refusal?: WireError }> {
  const none = new Map<string, Belongings>()
  if (listed.length === 0) return { belongs: none }
  const call = resolveCall(listed)
  try {
    const resolved = await transport.exchange(call, readResolved, exchangeOptions)
    return { belongs: new Map(resolved.map(index => [index.name, index])) }
  } catch (error) {
    if (error instanceof WireError && error.status !== undefined) return { belongs: none, refusal: error }
    throw error
  }
}

async function readResolved(reply: Reply): Promise<Belongings[]> {
  const parsed = parseObject((await readLongObject(reply)).toString())
  const { success, output } = v.safeParse(resolvedSchema, parsed)
  if (success) return output.indices
  throw new WireError('foreign', 'the reply to /_resolve/index does not list indices', { node: reply.node })
}

/** A request line may have 4 KiB. */
const MAX_NAMES = 3000

/** By their own names: asked for an alias the cluster would not tell the other aliases, and a right for more may be missing. */
function resolveCall(listed: readonly Cells[]): Call {
  const names = listed.map(([index]) => encodeURIComponent(index)).join(',')
  const path = `/_resolve/index/${names.length <= MAX_NAMES ? names : '*'}`
  return { method: 'GET', path, querystring: 'expand_wildcards=all' }
}
