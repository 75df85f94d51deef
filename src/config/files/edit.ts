import { basename, extname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
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
import { ConfigError } from '../../errors.ts'
import { formatLocation, type Position, quoteName, type Source } from '../mistakes.ts'
import { fileSchema } from '../schema/alias.ts'
import { validate } from '../schema/validate.ts'
import { parseFile } from '../syntax/parse.ts'
import { readContent } from './read.ts'
import { realFile } from './write.ts'

/** A configuration that an alias can be added to; the file may not exist yet. */
export interface EditableFile {
  /** Absolute path, not of a symbolic link. */
  file: string
  /** Undefined where there is no such file. */
  text: string | undefined
  /** Undefined for an empty file. */
  source: Source | undefined
}

/**
 * Reads a file in order to add to it; a symbolic link is followed.
 *
 * @throws {ConfigError} where it cannot be read, has mistakes, or is a `package.json`
 */
export function openForEdit(path: string): EditableFile {
  const file = realFile(path)
  if (basename(file, extname(file)) === 'package') {
    const advice = 'add the alias to it by hand, or name another file'
    throw new ConfigError('a file of this name is never written', { location: formatLocation(file), advice })
  }
  const text = readContent(file)?.toString()
  const source = text?.trim() ? parseFile(file, text) : undefined
  if (source !== undefined) validate(fileSchema, source.data, { source, path: [] })
  return { file, text, source }
}

/** The position of an alias in the file; undefined where the file does not define it. */
export function positionOf({ source }: EditableFile, alias: string): Position | undefined {
  return Object.hasOwn(aliasesOf(source), alias) ? source?.position(['aliases', alias]) : undefined
}

/**
 * The file's text with an alias added or replaced. Its comments, order and spacing stay.
 *
 * @throws {ConfigError} for an alias that is not valid, and where the text has a form to which nothing can be added
 */
export function withAlias({ file, text, source }: EditableFile, alias: NewAlias): string {
  const changed = spliceAlias(source === undefined ? initialText(file, text) : (text ?? ''), alias)
  const after = changed === undefined ? undefined : reread(file, changed)
  const wanted = { ...Object(source?.data), aliases: { ...aliasesOf(source), [alias.key]: alias.value } }
  if (changed === undefined || !isDeepStrictEqual(after?.data, wanted)) {
    const advice = `add the alias ${quoteName(alias.key)} by hand`
    throw new ConfigError('an alias cannot be added to a file of this form', {
      location: formatLocation(file),
      advice,
    })
  }
  validate(fileSchema, after?.data, { source: after as Source, path: [] })
  return changed
}

/** The text of a file without aliases: its comments, if there are any. */
function initialText(file: string, text = ''): string {
  if (extname(file) === '.json') return '{\n  "aliases": {}\n}\n'
  return text.trim() ? text : '# All fields of an alias: esconn config schema\n'
}

function reread(file: string, text: string): Source | undefined {
  try {
    return parseFile(file, text)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}

const aliasesOf = (source: Source | undefined): object => Object(Object(source?.data).aliases)

/** A member of a mapping: its key, and plain data of strings, numbers, lists and mappings. */
export interface NewAlias {
  key: string
  value: object
}

/** A mapping in its text; `depth` counts the mappings around it and itself. */
interface MappingPlace {
  text: string
  map: YAMLMap
  depth: number
}

/** The part of a text from one offset to another, and what replaces it. */
type Splice = [from: number, to: number, what: string]

const PARSE_OPTIONS = {
  version: '1.2',
  schema: 'core',
  stringKeys: true,
  uniqueKeys: false,
  logLevel: 'silent',
} as const

/**
 * The text of a configuration with an alias added or replaced. Everything else stays unchanged, byte for byte. Inside
 * braces the alias is written as JSON, else as YAML on lines of its own.
 *
 * @param content text without mistakes, which may contain nothing but comments
 * @returns undefined where the aliases have a form to which nothing can be added
 */
function spliceAlias(content: string, alias: NewAlias): string | undefined {
  const text = content.replace(/\r(?!\n)/g, '\n') // a line end in YAML, but not for the parser; same length
  const { contents } = parseDocument(text, PARSE_OPTIONS)
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

function spliceOf(top: MappingPlace, alias: NewAlias): Splice | undefined {
  const aliases = memberOf(top.map, 'aliases')
  if (aliases === undefined) return addMember(top, { key: 'aliases', value: { [alias.key]: alias.value } })
  const map = aliases.value
  if (!isMap(map)) return undefined
  const place = { text: top.text, map: map as YAMLMap, depth: 2 }
  const old = memberOf(place.map, alias.key)
  if (old !== undefined) return replaceMember(place, old, alias)
  if (map.items.length > 0) return addMember(place, alias)
  return replaceMember(top, aliases, { key: 'aliases', value: { [alias.key]: alias.value } })
}

function replaceMember(place: MappingPlace, old: Pair, member: NewAlias): Splice {
  const from = startOf(old)
  const replaced = place.text.slice(from, endOf(old.value as Node)).trimEnd()
  return [from, from + replaced.length, renderMember(place, member).trimStart()]
}

const memberOf = (map: YAMLMap, name: string): Pair | undefined =>
  map.items.find(({ key }) => (key as Scalar).value === name)

/** Adds after the last member of a mapping; an empty one has braces. */
function addMember(place: MappingPlace, member: NewAlias): Splice {
  const { text, map } = place
  const last = map.items.at(-1)
  const what = renderMember(place, member)
  if (last === undefined) return [(map.range?.[0] ?? 0) + 1, endOf(map) - 1, `${what} `]
  const end = endOf(last.value as Node)
  if (map.flow) return [end, end, `,${what}`]
  const at = endOfBlock(text, end, columnOf(text, startOf(last)))
  return [at, at, text[at - 1] === '\n' ? `${what.slice(1)}\n` : what]
}

/** The text of a member in the style of its mapping, with the white space before it. */
function renderMember({ text, map, depth }: MappingPlace, { key, value }: NewAlias): string {
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

/** Where a value ends, before any comments after it. */
function endOf(node: Node): number {
  if (!isCollection(node) || node.flow) return node.range?.[1] ?? 0
  const last = node.items.at(-1) as Pair | Node
  return endOf('value' in last && 'key' in last ? (last.value as Node) : (last as Node))
}

/** How many characters of its line are before an offset. */
const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1)

/** The indentation of the line of the key at `offset`; undefined where something else is before the key. */
function indentOf(text: string, offset: number): string | undefined {
  const line = text.slice(offset - columnOf(text, offset), offset)
  return /^\s*$/.test(line) ? line : undefined
}

/** The end of the line at `offset` and of the comments after it that are indented like the block. */
function endOfBlock(text: string, offset: number, column: number): number {
  let end = text[offset - 1] === '\n' ? offset : lineEnd(text, offset)
  for (let at = end; at < text.length; ) {
    const next = lineEnd(text, at)
    const [, indent = '', sign] = /^([ \t]*)(\S?)/.exec(text.slice(at, next)) ?? []
    if (sign && (sign !== '#' || indent.length < column)) break
    if (sign) end = next
    at = next
  }
  return end
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}
