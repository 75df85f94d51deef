import { ColumnReader, type Row } from '../../hits/columns.ts'
import type { Batch } from '../../hits/scanner.ts'
import { textOf } from '../../json/members.ts'
import { firstTen } from '../../text.ts'
import type { Context } from '../context.ts'
import { Bytes } from './bytes.ts'
import { chalkFor } from './color.ts'
import { DelimitedWriter } from './delimited.ts'
import { Table } from './table.ts'

export type RowFormatName = 'csv' | 'tsv' | 'table'

/** How rows are written. */
export interface RowOptions {
  /** The columns; without them the fields of the first hits. */
  fields?: readonly string[] | undefined
  /** Whether the names of the columns come first. */
  header: boolean
  /** Whether texts that a spreadsheet would run get an apostrophe before them. */
  csvSafe: boolean
}

/** Writes rows into the bytes of the output. */
interface RowWriter {
  /** @param sample the first rows */
  header: (columns: readonly string[], sample: Iterable<Row>) => string
  row: (row: Row) => void
  /** Whether the first rows decide how the header is written. */
  needsRows: boolean
  /** After the last row: what the user should know. */
  note?: () => string | undefined
}

/** Hits as rows of text, a column for each field: the parts of a format that are its own. */
export function rowFormat(name: RowFormatName, options: RowOptions, context: Context) {
  const out = new Bytes()
  const writer: RowWriter =
    name === 'table'
      ? tableWriter(out, context)
      : new DelimitedWriter(out, name, { isTerminal: context.out.isTerminal, isSafe: options.csvSafe })
  const rows = new HitRows(out, writer, options)
  const notes = () => [writer.note?.(), rows.empty, name === 'table' ? rows.unnamed : undefined]
  return {
    batch: ({ hits }: Batch) => rows.add(hits),
    end: () => rows.end(),
    atFault: () => rows.end(),
    note: () => notes().find(note => note !== undefined),
    missing: () => rows.withoutColumns ?? (name === 'table' ? undefined : rows.unnamed),
  }
}

/** How many hits decide the columns, at most, and how many bytes of them. */
const FIRST_HITS = 10_000
const FIRST_BYTES = 8 * 2 ** 20

/** Turns hits into rows; the first ones are kept until they decide the columns, or how wide these are. */
class HitRows {
  readonly #out: Bytes
  readonly #writer: RowWriter
  readonly #options: RowOptions
  readonly #reader: ColumnReader
  /** The first hits; undefined once the header is written. */
  #first: Buffer[] | undefined = []
  #firstBytes = 0
  /** Named columns that have had no value yet, by their index. */
  readonly #empty: Set<number>
  #count = 0

  constructor(out: Bytes, writer: RowWriter, options: RowOptions) {
    this.#out = out
    this.#writer = writer
    this.#options = options
    this.#reader = new ColumnReader(options.fields)
    this.#empty = new Set(options.fields?.keys())
  }

  add(hits: readonly Buffer[]): Buffer {
    for (const hit of hits) this.#add(hit)
    return this.#out.take()
  }

  end(): Buffer {
    if (this.#first) this.#begin(this.#first)
    return this.#out.take()
  }

  /** What is said of columns without any value. */
  get empty(): string | undefined {
    if (this.#count === 0 || this.#empty.size === 0) return undefined
    const names = [...this.#empty].map(column => `\`${this.#reader.names[column]}\``)
    return `no hit has ${firstTen([...new Set(names)])}`
  }

  /** What is said of hits that have nothing to make a column of. */
  get withoutColumns(): string | undefined {
    if (this.#count === 0 || this.#reader.names.length > 0) return undefined
    return `${this.#count} hits without any field`
  }

  /** What is said of fields that have no column. */
  get unnamed(): string | undefined {
    const { late } = this.#reader
    if (late.size === 0) return undefined
    return `no column for ${firstTen([...late])}, which the first hits do not have: name the columns with --fields`
  }

  #add(hit: Buffer): void {
    this.#count++
    if (this.#first === undefined) this.#row(hit)
    else this.#addFirst(this.#first, hit)
  }

  #addFirst(first: Buffer[], hit: Buffer): void {
    first.push(Buffer.from(hit)) // a hit is a view of the chunk
    this.#firstBytes += hit.length
    const isDecided = this.#options.fields !== undefined && !this.#writer.needsRows
    if (isDecided || first.length >= FIRST_HITS || this.#firstBytes >= FIRST_BYTES) this.#begin(first)
  }

  #begin(first: readonly Buffer[]): void {
    this.#first = undefined
    this.#reader.choose(first)
    const { names } = this.#reader
    if (names.length === 0) return
    const header = this.#writer.header(names, this.#rows(first))
    if (this.#options.header) this.#out.text(header)
    for (const hit of first) this.#row(hit)
  }

  *#rows(hits: readonly Buffer[]): Generator<Row> {
    for (const hit of hits) yield this.#reader.read(hit)
  }

  #row(hit: Buffer): void {
    const row = this.#reader.read(hit)
    for (const column of this.#empty) if (row.ends[column] !== 0) this.#empty.delete(column)
    const begin = this.#out.length
    try {
      this.#writer.row(row)
    } catch (error) {
      this.#out.cutTo(begin) // of a value that is not JSON: no half of a row
      throw error
    }
  }
}

/** A table as wide as the terminal; in a pipe nothing is cut. */
function tableWriter(out: Bytes, context: Context): RowWriter {
  const chalk = chalkFor(context)
  let table: Table | undefined
  return {
    header: (columns, sample) => {
      table = new Table(columns, Array.from(sample, textsOf), { chalk, width: context.out.columns })
      return table.header
    },
    row: row => table?.write(row, out),
    needsRows: true,
    note: () => hiddenNote(table?.hidden ?? []),
  }
}

const textsOf = ({ bytes, starts, ends }: Row): string[] =>
  ends.map((end, column) => (end === 0 ? '' : textOf(bytes.subarray(starts[column], end))))

const hiddenNote = (hidden: readonly string[]): string | undefined =>
  hidden.length === 0
    ? undefined
    : `the terminal is too narrow for ${firstTen(hidden)}; --fields names the columns to show`
