import { closestMatch } from 'leven'
import { ConfigError } from '../errors.ts'

/** The keys that lead to a field, from the top of the file; a number counts in a list, from 0. */
export type Path = readonly (string | number)[]

/** Lines and columns count from 1. */
export interface Position {
  line: number
  column: number
}

/** What holds a configuration: a file, or an object that a program handed over. */
export interface Source {
  /** Absolute path; undefined for an object. */
  readonly file: string | undefined
  /** Plain data; each number of a file is a `Numeral`. */
  readonly data: unknown
  /** Where the field at `path`, or the nearest one around it, stands; undefined in an object. */
  position(path: Path): Position | undefined
}

/** A fault of one field; `what` never repeats what the field holds, which may be a secret. */
export interface Mistake {
  path: Path
  what: string
}

/** `file:line:column`, or `config` for an object. */
export function place(file: string | undefined, position: Position | undefined): string {
  const name = file ?? 'config'
  return position === undefined ? name : `${name}:${position.line}:${position.column}`
}

/** `file:line:column: aliases.logs.tls`: how every message about a field begins. */
export function at(source: Source, path: Path): string {
  const where = place(source.file, source.position(path))
  return path.length === 0 ? where : `${where}: ${dotted(path)}`
}

/** A refusal of the whole source that tells its first mistake and counts the others; at least one is given. */
export function refuse(source: Source, mistakes: readonly Mistake[]): ConfigError {
  const placed = mistakes.map(mistake => ({ mistake, position: source.position(mistake.path) }))
  placed.sort((one, other) => byPosition(one.position, other.position))
  return firstOf(placed.map(({ mistake }) => `${at(source, mistake.path)}: ${mistake.what}`))
}

/** A refusal out of finished lines, of which it tells the first. */
export function firstOf(lines: readonly string[]): ConfigError {
  const more = lines.length - 1
  const rest = more === 0 ? '' : ` (and ${more} more ${more === 1 ? 'mistake' : 'mistakes'})`
  return new ConfigError(`${lines[0]}${rest}`)
}

/** `; did you mean …?`, or nothing where no known name is near. */
export function nearest(name: string, known: readonly string[]): string {
  const maxDistance = Math.min(2, name.length - 1) // two letters that changed places count as two
  const found = maxDistance > 0 ? closestMatch(name, known, { maxDistance }) : undefined
  return found === undefined ? '' : `; did you mean \`${shown(found)}\`?`
}

/** ` (known: …)`, or nothing where there are none. */
export const list = (known: readonly string[]): string =>
  known.length === 0 ? '' : ` (known: ${known.map(shown).join(', ')})`

/** A name as messages show it: one that could be misread, or could reach a terminal's controls, is quoted. */
export function shown(name: string): string {
  return /^[\p{L}\p{N}_$*+-]+$/u.test(name) ? name : JSON.stringify(name).replace(/[\p{C}\p{Z}]/gu, escaped)
}

const escaped = (character: string) =>
  character === ' ' ? ' ' : `\\u{${character.codePointAt(0)?.toString(16)}}`

function dotted(path: Path): string {
  const parts = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${shown(key)}`))
  return parts.join('').replace(/^\./, '')
}

function byPosition(one: Position | undefined, other: Position | undefined): number {
  if (one === undefined || other === undefined) return 0
  return one.line - other.line || one.column - other.column
}
