import { didYouMean } from '../../config/mistakes.ts'
import type { Connection } from '../../connection.ts'
import { WireError } from '../../errors.ts'
import { elementsOf, memberOf, membersOf, textAtPath, textOf } from '../../json/members.ts'
import { OPEN_BRACKET } from '../../json/scan.ts'
import { fieldCaps, fieldCapsCall } from '../../query/field-caps.ts'
import { resolveName } from '../../query/index-names.ts'
import { type Reply, readLongObject } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { noIndex } from '../no-hits.ts'
import { printRequest } from '../output/dry-run.ts'
import { printReply } from '../output/formats.ts'
import { type ListFlags, listFlags, listFormat, printList } from '../output/list.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'

const COLUMNS = ['field', 'type', 'searchable', 'aggregatable', 'indices']

export const fields: Command = {
  dryRun: 'prints',
  pages: true,
  completers: [indexNames],
  declare: parser =>
    listFlags(
      parser
        .argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
        .argument(
          '[pattern]',
          "fields, with * and commas; '_*' lists those that every index has, such as _id (default: all others)",
        ),
    ).addHelpText(
      'after',
      examples(
        'esconn fields entry',
        "esconn fields 'logs-*' 'http.*'",
        "esconn fields 'logs-*' --no-header | awk -F '\\t' '$5'    # where indices disagree",
      ),
    ),
  run: async (context, flags: ListFlags, name, pattern = '*') => {
    const connection = await context.session.connect()
    const call = fieldCapsCall(connection.indexPath(name), pattern)
    if (isDryRun(context)) return await printRequest(context, connection, call)
    const reply = await connection.transport.exchange(call, readFields, context.exchangeOptions)
    const rows = rowsOf(reply, pattern.split(','))
    if (listFormat(flags, context) === 'json') await printReply(context, reply.body)
    else await printList(context, connection.alias, { columns: COLUMNS, rows }, flags)
    const failed = textAtPath(reply.body, ['failed_indices']) ?? '0'
    if (failed !== '0') reportIncomplete(context, connection.alias, `indices that did not answer: ${failed}`)
    if (rows.length === 0)
      context.messages.print(`${connection.alias}: ${await whyNone(context, connection, { name, pattern })}`)
    return COMPLETE
  },
}

/** A reply, and its member `fields`. */
interface FieldsReply {
  body: Buffer
  fields: Buffer
}

async function readFields(reply: Reply): Promise<FieldsReply> {
  const body = await readLongObject(reply)
  const fields = memberOf(body, 'fields')
  if (fields) return { body, fields }
  throw new WireError('foreign', 'the reply has no fields', { node: reply.node })
}

/** A row for each type that a field has, sorted. */
function rowsOf({ fields }: FieldsReply, wanted: readonly string[]): string[][] {
  const rows = membersOf(fields).flatMap(field => {
    const types = fields.subarray(field.start, field.end)
    return membersOf(types).map(type => ({
      field: field.key,
      type: type.key,
      caps: types.subarray(type.start, type.end),
    }))
  })
  return rows
    .filter(row => isWanted(row, wanted))
    .map(({ field, type, caps }) => [field, type, ...capabilities(caps)])
    .sort()
}

interface FieldOfType {
  field: string
  type: string
  /** What the cluster says about it, as a JSON object. */
  caps: Buffer
}

/** Fields that every index has, and objects, only where somebody names them; OpenSearch does not say which are which. */
function isWanted({ field, type, caps }: FieldOfType, wanted: readonly string[]): boolean {
  const isMetadata = textAtPath(caps, ['metadata_field']) ?? String(field.startsWith('_'))
  if (isMetadata === 'true') return wanted.some(part => part.startsWith('_'))
  return type !== 'object' || wanted.includes(field)
}

/** Whether it is searchable and aggregatable, and in which indices, where not all agree. */
function capabilities(caps: Buffer): string[] {
  const flags = ['searchable', 'aggregatable'].map(name => textAtPath(caps, [name]) ?? '')
  const differing = Object.entries(DIFFERING).flatMap(([member, label]) => {
    const indices = memberOf(caps, member)
    return indices?.[0] === OPEN_BRACKET
      ? label +
          elementsOf(indices)
            .map(index => textOf(indices.subarray(index.start, index.end)))
            .join(',')
      : []
  })
  return [...flags, differing.join('; ')]
}

/** Lists of indices that there are only where indices disagree: those of this type, and those that lack an ability. */
const DIFFERING = {
  indices: '',
  non_searchable_indices: 'not searchable: ',
  non_aggregatable_indices: 'not aggregatable: ',
}

/** Why no field is listed. */
async function whyNone(
  { exchangeOptions }: Context,
  { names, transport }: Connection,
  { name, pattern }: { name: string; pattern: string },
): Promise<string> {
  const { index } = resolveName(name, names)
  const { matchesIndex, types } = await fieldCaps({ index, fields: '*' }, transport, exchangeOptions)
  if (!matchesIndex) return noIndex(name, index)
  if (pattern === '*') return `${name} has no fields`
  if (pattern.includes('*')) return `no field of ${name} matches ${pattern}`
  if (types.has(pattern)) return `\`${pattern}\` is an object: '${pattern}.*' lists its fields`
  return `no field \`${pattern}\` in ${name}${didYouMean(pattern, [...types.keys()])}`
}
