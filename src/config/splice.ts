import {
  isCollection,
  isMap,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  stringify,
  type YAMLMap,
} from 'yaml'
import { columnOf, endOfBlock, indentOf } from './textlines.ts'

/** What is to stand in a mapping: the key, and plain data of strings, numbers, lists and mappings. */
export interface Member {
  key: string
  value: object
}

/** A mapping in its text, and how many mappings it stands in. */
interface Place {
  text: string
  map: YAMLMap
  depth: number
}

/** Room of the text, from one offset to another, and what comes there. */
type Splice = [from: number, to: number, what: string]

const PARSING = {
  version: '1.2',
  schema: 'core',
  stringKeys: true,
  uniqueKeys: false,
  logLevel: 'silent',
} as const

/**
 * The text of a configuration with one more alias, or another one by a name that is there. All else stays as it is,
 * byte for byte. JSON is written where the text is JSON, or has braces; YAML in lines elsewhere.
 *
 * @param content text without mistakes, in which comments and nothing else may stand
 * @returns undefined where the aliases are written in a way that cannot be added to
 */
export function withAlias(content: string, alias: Member): string | undefined {
  const text = content.replace(/\r(?!\n)/g, '\n') // a line end of YAML's that its parser has not; lengths stay
  const { contents } = parseDocument(text, PARSING)
  const whole = { aliases: { [alias.key]: alias.value } }
  if (!isMap(contents)) return appended(content, stringify(whole, { lineWidth: 0 }))
  const splice = spliceOf({ text, map: contents, depth: 1 }, alias)
  if (splice === undefined) return undefined
  const [from, to, what] = splice
  const lines = text.includes('\r\n') ? what.replaceAll('\n', '\r\n') : what
  return content.slice(0, from) + lines + content.slice(to)
}

function appended(content: string, lines: string): string {
  return `${content}${/[^\n]$/.test(content) ? '\n' : ''}${lines}`
}

function spliceOf(top: Place, alias: Member): Splice | undefined {
  const aliases = memberOf(top.map, 'aliases')
  if (aliases === undefined) return added(top, { key: 'aliases', value: { [alias.key]: alias.value } })
  const map = aliases.value
  if (!isMap(map)) return undefined
  const place = { text: top.text, map: map as YAMLMap, depth: 2 }
  const old = memberOf(place.map, alias.key)
  if (old !== undefined) return replaced(place, old, alias)
  if (map.items.length > 0) return added(place, alias)
  return replaced(top, aliases, { key: 'aliases', value: { [alias.key]: alias.value } })
}

function replaced(place: Place, old: Pair, member: Member): Splice {
  const from = startOf(old)
  const gone = place.text.slice(from, endOf(old.value as Node)).trimEnd()
  return [from, from + gone.length, rendered(place, member).trimStart()]
}

const memberOf = (map: YAMLMap, name: string): Pair | undefined =>
  map.items.find(({ key }) => (key as Scalar).value === name)

/** Behind the last member of a mapping; an empty one has braces. */
function added(place: Place, member: Member): Splice {
  const { text, map } = place
  const last = map.items.at(-1)
  const what = rendered(place, member)
  if (last === undefined) return [(map.range?.[0] ?? 0) + 1, endOf(map) - 1, `${what} `]
  const end = endOf(last.value as Node)
  if (map.flow) return [end, end, `,${what}`]
  const at = endOfBlock(text, end, columnOf(text, startOf(last)))
  return [at, at, text[at - 1] === '\n' ? `${what.slice(1)}\n` : what]
}

/** A member as it stands in its mapping, with what sets it off from what is before it. */
function rendered({ text, map, depth }: Place, { key, value }: Member): string {
  const first = map.items[0]
  if (!map.flow) {
    const column = first ? columnOf(text, startOf(first)) : 0
    const lines = stringify({ [key]: value }, { lineWidth: 0, indent: column || 2 }).trimEnd()
    return `\n${lines.replace(/^(?=.)/gm, ' '.repeat(column))}`
  }
  const json = (space: string | number) => `${JSON.stringify(key)}: ${JSON.stringify(value, null, space)}`
  const indent = first && indentOf(text, startOf(first))
  if (indent === undefined) return ` ${json(1).replace(/\n\s*/g, ' ')}`
  return `\n${json(indent.slice(0, Math.ceil(indent.length / depth))).replace(/^/gm, indent)}`
}

const startOf = ({ key }: Pair): number => (key as Node).range?.[0] ?? 0

/** Where a value ends, without comments behind it. */
function endOf(node: Node): number {
  if (!isCollection(node) || node.flow) return node.range?.[1] ?? 0
  const last = node.items.at(-1) as Pair | Node
  return endOf('value' in last && 'key' in last ? (last.value as Node) : (last as Node))
}
