import type { Row } from '../../hits/columns.ts'
import { QUOTE } from '../../json/scan.ts'
import { textBytes } from '../../json/text-bytes.ts'
import { escapeControls } from '../../text.ts'
import { type Bytes, bytesWithout } from './bytes.ts'

/** The comma of csv with its quotes (https://www.rfc-editor.org/rfc/rfc4180), or the tab of tsv with its escapes. */
const STYLES = {
  csv: { delimiter: ',', end: '\r\n', quote: csvCell, special: '",\r\n', empty: '""' },
  tsv: { delimiter: '\t', end: '\n', quote: tsvCell, special: '\t\r\n\\', empty: '' },
}

const NULL = Buffer.from('null')

interface DelimitedOptions {
  isTerminal: boolean
  /** Whether texts that a spreadsheet would run get an apostrophe before them. */
  isSafe: boolean
}

/** Writes rows as csv or tsv. */
export class DelimitedWriter {
  readonly needsRows = false
  readonly #out: Bytes
  readonly #style: (typeof STYLES)[keyof typeof STYLES]
  readonly #options: DelimitedOptions
  /** The bytes that need no quotes or escapes, of those the ones that are the same in JSON. */
  readonly #ordinary: Uint8Array
  readonly #plain: Uint8Array
  /** The first bytes of strings that may not be copied all the same. */
  readonly #doubtful: ReadonlySet<number>

  constructor(out: Bytes, name: keyof typeof STYLES, options: DelimitedOptions) {
    const { isTerminal, isSafe } = options
    this.#out = out
    this.#style = STYLES[name]
    this.#options = options
    this.#ordinary = bytesWithout(this.#style.special)
    this.#plain = bytesWithout(`\\${this.#style.special}`, { isAscii: isTerminal })
    this.#doubtful = new Set(Buffer.from(isSafe ? 'n=+-@' : 'n'))
  }

  header(columns: readonly string[]): string {
    const { delimiter, end, quote, empty } = this.#style
    const { isSafe } = this.#options
    const cells = columns.map(column => this.#shown(quote(isSafe ? withApostrophe(column) : column, false)))
    return `${cells.join(delimiter) || empty}${end}`
  }

  row({ bytes, starts, ends }: Row): void {
    const { delimiter, end, empty } = this.#style
    const begin = this.#out.length
    for (let column = 0; column < ends.length; column++) {
      if (column > 0) this.#out.byte(delimiter.charCodeAt(0))
      if (ends[column] !== 0) this.#cell(bytes, starts[column] as number, ends[column] as number)
    }
    this.#out.text(this.#out.length === begin ? empty + end : end)
  }

  #cell(bytes: Buffer, start: number, end: number): void {
    const isString = bytes[start] === QUOTE
    const from = isString ? start + 1 : start
    const to = isString ? end - 1 : end
    const isDoubtful = isString && (from === to || this.#doubtful.has(bytes[from] as number))
    if (isDoubtful || !this.#out.copyIfIn(this.#plain, bytes, from, to))
      this.#text(textBytes(bytes.subarray(start, end)), isString)
  }

  #text(text: Buffer, isString: boolean): void {
    const { isTerminal, isSafe } = this.#options
    const isAmbiguous = isString && (text.length === 0 || text.equals(NULL)) // would read as a missing value, or null
    if (this.#style === STYLES.tsv || isTerminal || isSafe) {
      const safe = isSafe && isString ? withApostrophe(text.toString()) : text.toString()
      this.#out.text(this.#shown(this.#style.quote(safe, isAmbiguous)))
    } else if (isAmbiguous || !this.#out.copyIfIn(this.#ordinary, text, 0, text.length))
      this.#out.quoted(text)
  }

  #shown(text: string): string {
    return this.#options.isTerminal ? escapeControls(text) : text
  }
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
