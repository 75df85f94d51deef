import { allValues, namedValues } from '../../hits/fields.ts'
import type { Batch } from '../../hits/scanner.ts'
import { textOf } from '../../json/members.ts'
import { QUOTE } from '../../json/scan.ts'
import { escapeControls, firstTen } from '../../text.ts'
import type { Context } from '../context.ts'
import { chalkFor } from './color.ts'
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

/** The JSON of a value; undefined where a hit does not have it. */
type Cell = Buffer | undefined

/** Writes rows as text. */
interface RowWriter {
  header: (columns: readonly string[], first: readonly (readonly Cell[])[]) => string
  row: (cells: readonly Cell[]) => string
  /** Whether the first rows decide how the header is written. */
  needsRows: boolean
  /** After the last row: what the user should know. */
  note?: () => string | undefined
}

/** Hits as rows of text, a column for each field: the parts of a format that are its own. */
export function rowFormat(name: RowFormatName, options: RowOptions, context: Context) {
  const writer = name === 'table' ? tableWriter(context) : delimitedWriter(name, options.csvSafe, context.out)
  const rows = new HitRows(writer, options)
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

/** Turns hits into rows; where no columns are named, the fields of the first hits are kept until they decide. */
class HitRows {
  readonly #writer: RowWriter
  readonly #options: RowOptions
  #columns: readonly string[] = []
  /** The values of the first hits; undefined once the header is written. */
  #first: ReadonlyMap<string, Buffer>[] | undefined = []
  #firstBytes = 0
  /** Fields without a column, because they came after the first hits. */
  readonly #late = new Set<string>()
  /** Named columns that have had no value yet. */
  readonly #empty: Set<string>
  #count = 0

  constructor(writer: RowWriter, options: RowOptions) {
    this.#writer = writer
    this.#options = options
    this.#empty = new Set(options.fields)
  }

  add(hits: readonly Buffer[]): string {
    return hits.map(hit => this.#add(hit)).join('')
  }

  end(): string {
    return this.#first === undefined ? '' : this.#begin()
  }

  /** What is said of columns without any value. */
  get empty(): string | undefined {
    if (this.#count === 0 || this.#empty.size === 0) return undefined
    return `no hit has ${firstTen([...this.#empty].map(name => `\`${name}\``))}`
  }

  /** What is said of hits that have nothing to make a column of. */
  get withoutColumns(): string | undefined {
    if (this.#count === 0 || this.#columns.length > 0) return undefined
    return `${this.#count} hits without any field`
  }

  /** What is said of fields that have no column. */
  get unnamed(): string | undefined {
    if (this.#late.size === 0) return undefined
    return `no column for ${firstTen([...this.#late])}, which the first hits do not have: name the columns with --fields`
  }

  #add(hit: Buffer): string {
    if (this.#first === undefined) return this.#row(this.#valuesOf(hit))
    if (this.#options.fields && !this.#writer.needsRows) return this.#begin() + this.#row(this.#valuesOf(hit))
    this.#first.push(this.#valuesOf(Buffer.from(hit))) // a hit is a view of the chunk
    this.#firstBytes += hit.length
    return this.#first.length < FIRST_HITS && this.#firstBytes < FIRST_BYTES ? '' : this.#begin()
  }

  #begin(): string {
    const first = this.#first ?? []
    this.#first = undefined
    this.#columns = this.#options.fields ?? [...new Set(first.flatMap(values => [...values.keys()]))]
    if (this.#columns.length === 0) return ''
    const rows = first.map(values => this.#cells(values))
    const header = this.#writer.header(this.#columns, rows)
    return (this.#options.header ? header : '') + rows.map(this.#writer.row).join('')
  }

  #row(values: ReadonlyMap<string, Buffer>): string {
    const cells = this.#cells(values)
    if (values.size > cells.filter(Boolean).length)
      for (const name of values.keys()) if (!this.#columns.includes(name)) this.#late.add(name)
    return this.#writer.row(cells)
  }

  #cells(values: ReadonlyMap<string, Buffer>): Cell[] {
    return this.#columns.map(name => values.get(name))
  }

  #valuesOf(hit: Buffer): Map<string, Buffer> {
    const { fields } = this.#options
    this.#count++
    if (fields === undefined) return allValues(hit)
    const values = namedValues(hit, fields)
    if (this.#empty.size > 0) for (const name of values.keys()) this.#empty.delete(name)
    return values
  }
}

/** The comma of csv with its quotes (https://www.rfc-editor.org/rfc/rfc4180), or the tab of tsv with its escapes. */
function delimitedWriter(name: 'csv' | 'tsv', safe: boolean, { isTerminal }: Context['out']): RowWriter {
  const { delimiter, end, quote, empty } = DELIMITED[name]
  const line = (cells: readonly string[]): string =>
    `${(isTerminal ? cells.map(escapeControls) : cells).join(delimiter) || empty}${end}`
  return {
    header: columns => line(columns.map(column => quote(safe ? withApostrophe(column) : column, false))),
    row: cells => line(cells.map(cell => (cell ? quote(...textIn(cell, safe)) : ''))),
    needsRows: false,
  }
}

const DELIMITED = {
  csv: { delimiter: ',', end: '\r\n', quote: csvCell, empty: '""' },
  tsv: { delimiter: '\t', end: '\n', quote: tsvCell, empty: '' },
}

/** The text of a value, and whether it is a string that would otherwise read as a missing value or as null. */
function textIn(cell: Buffer, safe: boolean): [text: string, isAmbiguous: boolean] {
  const text = textOf(cell)
  const isString = cell[0] === QUOTE
  return [safe && isString ? withApostrophe(text) : text, isString && (text === '' || text === 'null')]
}

/** What spreadsheets run (https://owasp.org/www-community/attacks/CSV_Injection). */
const withApostrophe = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)

function csvCell(text: string, isAmbiguous: boolean): string {
  return isAmbiguous || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const TSV_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' }

function tsvCell(text: string): string {
  return text.replace(/[\t\n\r\\]/g, character => TSV_ESCAPES[character] ?? '')
}

/** A table as wide as the terminal; in a pipe nothing is cut. */
function tableWriter(context: Context): RowWriter {
  const chalk = chalkFor(context)
  const texts = (cells: readonly Cell[]) => cells.map(cell => (cell ? textOf(cell) : ''))
  let table: Table | undefined
  return {
    header: (columns, first) => {
      table = new Table(columns, first.map(texts), { chalk, width: context.out.columns })
      return table.header
    },
    row: cells => table?.line(texts(cells)) ?? '',
    needsRows: true,
    note: () => hiddenNote(table?.hidden ?? []),
  }
}

const hiddenNote = (hidden: readonly string[]): string | undefined =>
  hidden.length === 0
    ? undefined
    : `the terminal is too narrow for ${firstTen(hidden)}; --fields names the columns to show`
