import { closestMatch } from 'leven'
import { ConfigError, type ErrorDetails } from '../errors.ts'
import { escapeControls } from '../text.ts'

/** The keys that lead to a field, from the top of the file; a number is an index into a list, from 0. */
export type Path = readonly (string | number)[]

/** Lines and columns count from 1. */
export interface Position {
  line: number
  column: number
}

/** Where a configuration comes from: a file, or an object that a program passed. */
export interface Source {
  /** Absolute path; undefined for an object. */
  readonly file: string | undefined
  /** The text of the configuration in the file, unchanged; undefined for an object. */
  readonly text?: string | undefined
  /** Plain data; each number of a file is a `RawNumber`. */
  readonly data: unknown
  /** The position of the field at `path`, or of its nearest ancestor that exists; undefined in an object. */
  position(path: Path): Position | undefined
}

/** What is wrong with one field; `what` never repeats the field's value, which may be a secret. */
export interface Mistake {
  path: Path
  what: string
}

/** A mistake at an offset of a text. */
export interface SyntaxFault {
  offset: number
  what: string
  /** The field that it is about, where that is known. */
  path?: Path | undefined
}

/** What is wrong with one field of a configuration. */
export class FieldError extends ConfigError {
  /** The keys that lead to the field, from the top of the file. */
  readonly path: Path

  constructor(source: Source, { path, what }: Mistake, details?: ErrorDetails) {
    super(what, { ...details, location: locationOf(source, path) })
    this.name = 'ConfigError'
    this.path = path
  }
}

/** A mistake with its location as messages show it, `file:line:column: aliases.logs.tls`. */
export interface LocatedMistake extends Mistake {
  location: string
}

/** All mistakes of a configuration, at least one; its message contains the first and counts the others. */
export class ConfigMistakes extends ConfigError {
  /** In the order of the file. */
  readonly mistakes: readonly LocatedMistake[]
  /** The field of the first mistake; empty where none is known. */
  readonly path: Path

  constructor(mistakes: readonly [LocatedMistake, ...LocatedMistake[]]) {
    const [{ location, path, what }, ...others] = mistakes
    const count = others.length
    super(count === 0 ? what : `${what} (and ${count} more ${count === 1 ? 'error' : 'errors'})`, {
      location,
      ...(count > 0 && {
        advice: '`mistakes` of the error lists all of them',
        hint: { kind: 'list-mistakes' },
      }),
    })
    this.name = 'ConfigError'
    this.mistakes = mistakes
    this.path = path
  }
}

/** The error for mistakes in the fields of a source, of which there is at least one. */
export function mistakesIn(source: Source, mistakes: readonly Mistake[]): ConfigMistakes {
  const positioned = mistakes.map(mistake => ({ mistake, position: source.position(mistake.path) }))
  positioned.sort((one, other) => byPosition(one.position, other.position))
  const located = positioned.map(({ mistake }) => ({
    ...mistake,
    location: locationOf(source, mistake.path),
  }))
  return new ConfigMistakes(located as [LocatedMistake])
}

function byPosition(one: Position | undefined, other: Position | undefined): number {
  if (one === undefined || other === undefined) return 0
  return one.line - other.line || one.column - other.column
}

/** `file:line:column: aliases.logs.tls`: the location of every error about a field. */
export function locationOf(source: Source, path: Path): string {
  const place = formatLocation(source.file, source.position(path))
  return path.length === 0 ? place : `${place}: ${formatPath(path)}`
}

/** `file:line:column`, or `config` for an object. */
export function formatLocation(file: string | undefined, position?: Position): string {
  const name = file === undefined ? 'config' : escapeControls(file)
  return position === undefined ? name : `${name}:${position.line}:${position.column}`
}

/** `aliases.logs.nodes[1]`: a field without its file. */
export function formatPath(path: Path): string {
  const parts = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${quoteName(keyStart(key))}`))
  return parts.join('').replace(/^\./, '')
}

/** A key up to a colon or a space: the rest may be a value, where the separator was forgotten. */
const keyStart = (key: string): string => key.replace(/(?<=[:=\s]).+$/s, '…')

/** Longer than a name that a person gives. */
const MAX_NAME = 64

/** A name as messages show it: in quotes, with control characters escaped, unless it is a plain word. */
export function quoteName(name: string): string {
  const text = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name
  return /^[\p{L}\p{N}_$*+-]+$/u.test(text) ? text : escapeControls(JSON.stringify(text))
}

/** The known name that was probably meant; undefined where none is similar. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const allowed = name.length > 6 ? 3 : 2 // two letters that changed places count as two
  const maxDistance = Math.min(allowed, name.length - 1)
  return maxDistance > 0 ? closestMatch(name, known, { maxDistance }) : undefined
}

/** The same as messages show it. */
export function similarName(name: string, known: readonly string[]): string | undefined {
  const found = closestName(name, known)
  return found && quoteName(found)
}

/** `; did you mean …?`, or nothing where no known name is similar. */
export function didYouMean(name: string, known: readonly string[]): string {
  const found = similarName(name, known)
  return found === undefined ? '' : `; did you mean \`${found}\`?`
}

const MAX_LISTED = 20

/** ` (known: …)`, or nothing where there are none. */
export function listKnown(known: readonly string[]): string {
  const more = known.length > MAX_LISTED ? `, and ${known.length - MAX_LISTED} more` : ''
  return known.length === 0 ? '' : ` (known: ${known.slice(0, MAX_LISTED).map(quoteName).join(', ')}${more})`
}
