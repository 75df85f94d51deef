import { closestMatch } from 'leven'
import { ConfigError } from '../errors.ts'

/** Longer than a name that a person gives. */
const MAX_NAME = 64
const MAX_LISTED = 20

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
  /** What of the file was read, byte for byte; undefined for an object. */
  readonly text?: string | undefined
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

/** A mistake at an offset of a text. */
export interface Fault {
  offset: number
  what: string
}

/** A refusal out of finished lines, at least one: the message tells the first and counts the others. */
export class Mistakes extends ConfigError {
  /** Each mistake, with its place, in the order in which they stand there. */
  readonly lines: readonly string[]

  constructor(lines: readonly string[]) {
    const more = lines.length - 1
    const rest = more === 0 ? '' : ` (and ${more} more ${more === 1 ? 'mistake' : 'mistakes'})`
    super(`${lines[0]}${rest}`, more === 0 ? {} : { advice: 'esconn config check lists them all' })
    this.name = 'ConfigError' // how many mistakes there are makes it no other kind of error
    this.lines = lines
  }
}

/** `file:line:column`, or `config` for an object. */
export function place(file: string | undefined, position: Position | undefined): string {
  const name = file === undefined ? 'config' : onOneLine(file)
  return position === undefined ? name : `${name}:${position.line}:${position.column}`
}

/** `file:line:column: aliases.logs.tls`: how every message about a field begins. */
export function at(source: Source, path: Path): string {
  const where = place(source.file, source.position(path))
  return path.length === 0 ? where : `${where}: ${dotted(path)}`
}

/** A refusal of the whole source for mistakes in its fields, of which there is at least one. */
export function refuse(source: Source, mistakes: readonly Mistake[]): Mistakes {
  const placed = mistakes.map(mistake => ({ mistake, position: source.position(mistake.path) }))
  placed.sort((one, other) => byPosition(one.position, other.position))
  return new Mistakes(placed.map(({ mistake }) => `${at(source, mistake.path)}: ${mistake.what}`))
}

/** `; did you mean …?`, or nothing where no known name is near. */
export function nearest(name: string, known: readonly string[]): string {
  const maxDistance = Math.min(2, name.length - 1) // two letters that changed places count as two
  const found = maxDistance > 0 ? closestMatch(name, known, { maxDistance }) : undefined
  return found === undefined ? '' : `; did you mean \`${shown(found)}\`?`
}

/** ` (known: …)`, or nothing where there are none. */
export function list(known: readonly string[]): string {
  const more = known.length > MAX_LISTED ? `, and ${known.length - MAX_LISTED} more` : ''
  return known.length === 0 ? '' : ` (known: ${known.slice(0, MAX_LISTED).map(shown).join(', ')}${more})`
}

/** A name as messages show it: one that could be misread, or could reach a terminal's controls, is quoted. */
export function shown(name: string): string {
  const text = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name
  return /^[\p{L}\p{N}_$*+-]+$/u.test(text) ? text : JSON.stringify(text).replace(/[\p{C}\p{Z}]/gu, escaped)
}

/** A path as messages show it, which may hold anything but NUL. */
export const onOneLine = (path: string): string => path.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)

const escaped = (character: string) =>
  character === ' ' ? ' ' : `\\u{${character.codePointAt(0)?.toString(16)}}`

/** `aliases.logs.nodes[1]`: where a field is, without its file. */
export function dotted(path: Path): string {
  const parts = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${shown(begin(key))}`))
  return parts.join('').replace(/^\./, '')
}

/** A key up to a colon or a space: what follows may be a value, where what divides them was forgotten. */
const begin = (key: string): string => key.replace(/(?<=[:=\s]).+$/s, '…')

function byPosition(one: Position | undefined, other: Position | undefined): number {
  if (one === undefined || other === undefined) return 0
  return one.line - other.line || one.column - other.column
}
