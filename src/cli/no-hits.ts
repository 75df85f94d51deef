import type { Connection } from '../connection.ts'
import { type FieldCaps, fieldCaps } from '../query/field-caps.ts'
import { resolveName } from '../query/index-names.ts'
import { bodyHas } from '../query/search.ts'
import { shorten } from '../text.ts'
import type { Call } from '../wire/exchange.ts'
import type { Context } from './context.ts'
import type { AskedField } from './query-flags.ts'

/** A query that found nothing. */
interface Question {
  /** What the user called the index. */
  name: string
  asked: readonly AskedField[]
  call: Call
}

/** A hint is not worth a longer wait. */
const LOOKUP = { retries: 0, whole: true, timeout: 2000 }

/** More would hide the first. */
const MAX_LINES = 2

/**
 * Says why a query may have found nothing, after looking at the mappings: the name matches no index, no index has the
 * field, or, on a terminal only, a field is searched in a way that rarely finds anything. Says nothing where that cannot
 * be looked up.
 */
export async function explainNoHits(
  context: Context,
  connection: Connection,
  question: Question,
): Promise<void> {
  const asked = question.asked.filter(({ role }) => role !== 'not')
  await explain(context, connection, { ...question, asked }, (ask, caps) =>
    context.out.isTerminal || context.io.stderr.isTTY ? mannerReason(ask, caps) : [],
  )
}

/**
 * Says which fields no index has although their flags decide which documents are found: under `--not` all are found
 * then, and under `--any` those of the other flags.
 */
export async function explainHits(
  context: Context,
  connection: Connection,
  question: Question,
): Promise<void> {
  const asked = question.asked.filter(({ role }) => role !== 'must')
  if (asked.length > 0) await explain(context, connection, { ...question, asked }, () => [])
}

type Reasons = (ask: AskedField, caps: FieldCaps) => string[]

async function explain(
  context: Context,
  connection: Connection,
  question: Question,
  reasonsOfKnown: Reasons,
): Promise<void> {
  const reasons = await findReasons(context, connection, question, reasonsOfKnown).catch(() => [])
  for (const reason of [...new Set(reasons)].slice(0, MAX_LINES))
    context.messages.print(`${connection.alias}: ${shorten(connection.transport.redact(reason))}`)
}

async function findReasons(
  { exchangeOptions }: Context,
  { names, transport }: Connection,
  { name, asked, call }: Question,
  reasonsOfKnown: Reasons,
): Promise<string[]> {
  const { index } = resolveName(name, names)
  const looked = definesFields(call) ? [] : asked
  if (looked.length === 0 && !index.includes('*')) return [] // an index that does not exist is refused without it
  const fields = looked.length > 0 ? '*' : '_index'
  const caps = await fieldCaps({ index, fields }, transport, { ...exchangeOptions, ...LOOKUP })
  if (!caps.matchesIndex) return [noIndex(name, index)]
  const { closestName } = await import('../config/mistakes.ts')
  return looked.flatMap(ask => {
    if (isKnown(ask.field, caps)) return reasonsOfKnown(ask, caps)
    const meant = closestName(ask.field, valueFields(caps))
    return `no field \`${ask.field}\` in ${name}${meant ? `; did you mean \`${meant}\`?` : ''}`
  })
}

/** Whether the body defines fields of its own, which no mapping has. */
const definesFields = (call: Call): boolean => bodyHas(call, 'runtime_mappings', 'derived')

/** What is said of a name whose index expression `index` matches nothing. */
export const noIndex = (name: string, index: string): string =>
  name === index
    ? `${name} matches no index`
    : `${name} (${index}) matches no index: check \`indices\` of the alias`

/** A pattern is not looked up, and what is inside a flattened object is in no mapping. */
const isKnown = (field: string, { types }: FieldCaps): boolean =>
  types.has(field) ||
  field.includes('*') ||
  [...types].some(([parent, [type = '']]) => field.startsWith(`${parent}.`) && FLATTENED.has(type))

const FLATTENED: ReadonlySet<string> = new Set(['flattened', 'flat_object'])

/** The fields that have values in documents. */
const valueFields = ({ types }: FieldCaps): string[] =>
  [...types.keys()].filter(field => !field.startsWith('_') && !types.get(field)?.some(isContainer))

const isContainer = (type: string): boolean => type === 'object' || type === 'nested'

/** Why a field that there is may not be found in the way in which it is asked for. */
const mannerReason: Reasons = (ask, caps) => nestedReason(ask, caps) ?? textReason(ask, caps)

/** The fields of nested objects are found by a query of their own alone. */
function nestedReason({ field }: AskedField, { types }: FieldCaps): string[] | undefined {
  const parent = [...types.keys()].find(
    name => field.startsWith(`${name}.`) && types.get(name)?.includes('nested'),
  )
  return parent === undefined
    ? undefined
    : [`\`${parent}\` is nested: its fields are found by a query of the type nested, in --body`]
}

/** What to do where a whole value is looked for in text, of which only the words are indexed. */
function textReason({ flag, field }: AskedField, { types }: FieldCaps): string[] {
  const isOnly = (name: string, type: string) => types.get(name)?.join() === type
  if (!['term', 'terms'].includes(flag) || !isOnly(field, 'text')) return []
  const keywords = [...types.keys()].filter(name => name.startsWith(`${field}.`) && isOnly(name, 'keyword'))
  const [keyword] = keywords.sort()
  const exact = keyword ? `, or --${flag} ${keyword}=… for the whole value` : ''
  return [
    `\`${field}\` is analyzed text: --${flag} finds only single words as they are indexed, usually in lower case; try --match ${field}=…${exact}`,
  ]
}
