import { isUtf8 } from 'node:buffer'
import { type Field, LeafScanner } from '../json/leaves.ts'
import { OPEN_BRACKET } from '../json/scan.ts'
import { allValues, namedValues, onlyElement } from './fields.ts'

/** The values of a hit by column: where in `bytes` the JSON of each begins and ends; both are 0 where it has none. */
export interface Row {
  bytes: Buffer
  starts: readonly number[]
  ends: readonly number[]
}

/** Where a hit may have the value of a column; the first counts. */
const PLACE = { own: 0, document: 1, made: 2, member: 3, nowhere: 4 } as const
type Place = (typeof PLACE)[keyof typeof PLACE]

/** A column for which a field has the value, and the place where the field then is. */
interface Target {
  column: number
  place: Place
}

/** What a field is for the columns. */
interface FieldUse {
  targets: readonly Target[]
  /** Whether a column is below it, so that in an array each object has to be searched. */
  isAbove: boolean
}

/**
 * Reads the values of hits by column, fast where hits are alike. What the values are is defined by `namedValues` and,
 * without names, by `allValues`, which read the hits that are unusual.
 */
export class ColumnReader {
  /** Names of fields that have no column. */
  readonly late = new Set<string>()
  readonly #names: readonly string[] | undefined
  /** By name; a name may be given twice. */
  readonly #columns = new Map<string, number[]>()
  readonly #leaves: LeafScanner
  /** By the field's id. */
  readonly #uses: FieldUse[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #places: Place[] = []
  #isChosen = false

  /** @param names of the columns; without them `choose` makes them */
  constructor(names?: readonly string[]) {
    this.#names = names
    this.#leaves = new LeafScanner({ withObjects: names !== undefined })
    for (const name of names ?? []) this.#add(name)
  }

  get names(): readonly string[] {
    return this.#names ?? [...this.#columns.keys()]
  }

  /** Without names: each field of these hits is a column, and no other. */
  choose(hits: readonly Buffer[]): void {
    if (!this.#names) for (const hit of hits) this.read(hit)
    this.#isChosen = true
  }

  /** Valid until the next call. */
  read(hit: Buffer): Row {
    const bytes = this.#readUsual(hit) ? hit : this.#readAny(hit)
    return { bytes, starts: this.#starts, ends: this.#ends }
  }

  /** Returns whether the hit is one that this can read. */
  #readUsual(hit: Buffer): boolean {
    this.#clear()
    if (!isUtf8(hit) || !this.#leaves.scan(hit)) return false
    const { count, fields, starts, ends } = this.#leaves
    for (let index = 0; index < count; index++) {
      const { targets, isAbove } = this.#useOf(fields[index] as Field)
      const start = starts[index] as number
      if (isAbove && hit[start] === OPEN_BRACKET) return false
      for (const target of targets) if (!this.#put(target, hit, start, ends[index] as number)) return false
    }
    return true
  }

  /** Returns false for a second value at the same place. */
  #put({ column, place }: Target, hit: Buffer, start: number, end: number): boolean {
    const earlier = this.#places[column] as Place
    if (earlier <= place) return earlier < place
    const only = place === PLACE.made ? onlyElement(hit.subarray(start, end)) : undefined
    this.#places[column] = place
    this.#starts[column] = only ? start + only.start : start
    this.#ends[column] = only ? start + only.end : end
    return true
  }

  #readAny(hit: Buffer): Buffer {
    this.#clear()
    const values = this.#names ? namedValues(hit, this.#names) : allValues(hit)
    let end = 0
    const texts = [...values].map(([name, value]) => {
      const text = Buffer.from(value.toString()) // what is not UTF-8 becomes U+FFFD
      const start = end
      end += text.length
      for (const column of this.#columnsOf(name)) {
        this.#starts[column] = start
        this.#ends[column] = end
      }
      return text
    })
    return Buffer.concat(texts)
  }

  #clear(): void {
    this.#starts.fill(0)
    this.#ends.fill(0)
    this.#places.fill(PLACE.nowhere)
  }

  #useOf(field: Field): FieldUse {
    const known = this.#uses[field.id]
    if (known) return known
    const candidates = this.#names ? candidatesOf(field) : candidatesOf(field).filter(isOfDocument)
    const targets = candidates.flatMap(([name, place]) =>
      this.#columnsOf(name).map(column => ({ column, place })),
    )
    const isAbove = candidates.some(([path]) => this.#names?.some(name => name.startsWith(`${path}.`)))
    this.#uses[field.id] = { targets, isAbove }
    return { targets, isAbove }
  }

  #columnsOf(name: string): readonly number[] {
    const columns = this.#columns.get(name)
    if (columns || this.#names) return columns ?? []
    if (!this.#isChosen) return this.#add(name)
    this.late.add(name)
    return []
  }

  #add(name: string): number[] {
    const columns = this.#columns.get(name) ?? []
    columns.push(this.#starts.length)
    this.#columns.set(name, columns)
    this.#starts.push(0)
    this.#ends.push(0)
    this.#places.push(PLACE.nowhere)
    return columns
  }
}

type Candidate = [name: string, place: Place]

/** The names of the columns that a field may be for. */
function candidatesOf({ keys }: Field): Candidate[] {
  const [top = '', ...inner] = keys
  const member: Candidate = [keys.join('.'), PLACE.member]
  if (inner.length === 0) return top.startsWith('_') ? [[top, PLACE.own]] : [member]
  if (top === '_source') return [[inner.join('.'), PLACE.document], member]
  return top === 'fields' ? [[inner.join('.'), PLACE.made], member] : [member]
}

/** Whether it is one of the fields that are columns where none are named. */
const isOfDocument = ([, place]: Candidate): boolean => place === PLACE.document || place === PLACE.made
