import type { ChalkInstance } from 'chalk'
import type { Row } from '../../hits/columns.ts'
import { LINE_FEED, QUOTE } from '../../json/scan.ts'
import { textBytes } from '../../json/text-bytes.ts'
import { escapeControls } from '../../text.ts'
import { type Bytes, bytesWithout } from './bytes.ts'
import { graphemesOf, isNarrow, textWidth } from './width.ts'

const GAP = '  '

/** A column is not made narrower than this for the sake of others, in columns of the terminal. */
const MIN_WIDTH = 8

/** What is aligned to the right: a number, or a size such as `3.4GiB`; a missing value says nothing. */
const NUMERIC = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:[KMGTP]i)?B?$/i

/** How the cells of one column are written; widths are in columns of the terminal. */
interface TableColumn {
  width: number
  /** Longer cells are cut. */
  limit: number
  alignsRight: boolean
}

/** A table for people: no line is wider than the terminal, and control characters are escaped. */
export class Table {
  /** The names of the last columns, where the terminal is too narrow for all of them. */
  readonly hidden: readonly string[]
  readonly #columns: readonly TableColumn[]
  readonly #names: readonly string[]
  readonly #chalk: ChalkInstance

  /**
   * @param names of the columns
   * @param sample the first rows, which decide the widths; later rows may have longer cells
   * @param width of the terminal; without one no cell is cut
   */
  constructor(
    names: readonly string[],
    sample: readonly (readonly string[])[],
    { chalk, width = Number.POSITIVE_INFINITY }: { chalk: ChalkInstance; width?: number | undefined },
  ) {
    const cells = names.map((_, index) => sample.map(row => row[index] ?? ''))
    const natural = names.map((name, index) => widest([name, ...(cells[index] ?? [])], width))
    const shown = howManyFit(natural, width)
    const widths = shareWidth(natural.slice(0, shown), width - GAP.length * (shown - 1))
    const spare = width - lineWidth(widths)
    this.#columns = widths.map((own, index) => ({
      width: own,
      limit: index === shown - 1 || spare === Number.POSITIVE_INFINITY ? own + spare : own,
      alignsRight: areNumeric(cells[index] ?? []),
    }))
    this.#names = names
    this.#chalk = chalk
    this.hidden = names.slice(shown)
  }

  /** The names of the columns, as the first line. */
  get header(): string {
    return `${this.#chalk.bold(this.#format(this.#names))}\n`
  }

  line(row: readonly string[]): string {
    return `${this.#format(row)}\n`
  }

  /** Writes the line of a hit. */
  write(row: Row, out: Bytes): void {
    const begin = out.length
    for (let index = 0; index < this.#columns.length; index++) {
      if (index > 0) out.blanks(GAP.length)
      this.#writeCell(row, index, out)
    }
    out.trimEnd(begin)
    out.byte(LINE_FEED)
  }

  /** A value that needs neither decoding nor measuring is copied. */
  #writeCell({ bytes, starts, ends }: Row, index: number, out: Bytes): void {
    const start = starts[index] as number
    const end = ends[index] as number
    const { width, limit, alignsRight } = this.#columns[index] as TableColumn
    const quote = end > 0 && bytes[start] === QUOTE ? 1 : 0
    const length = end - start - 2 * quote
    const begin = out.length
    if (alignsRight) out.blanks(width - length)
    if (length <= limit && out.copyIfIn(PLAIN, bytes, start + quote, end - quote)) {
      if (!alignsRight) out.blanks(width - length)
      return
    }
    out.cutTo(begin)
    out.text(this.#cell(textBytes(bytes.subarray(start, end)).toString(), index))
  }

  #format(row: readonly string[]): string {
    return this.#columns
      .map((_, index) => this.#cell(row[index] ?? '', index))
      .join(GAP)
      .trimEnd()
  }

  /** A text as wide as its column, or wider where it may be. */
  #cell(text: string, index: number): string {
    const { width, limit, alignsRight } = this.#columns[index] as TableColumn
    const cell = cut(text, limit)
    const padding = ' '.repeat(Math.max(width - cell.width, 0))
    return alignsRight ? padding + cell.text : cell.text + padding
  }
}

/** Characters of one column each, which need no decoding in JSON. */
const PLAIN = bytesWithout('\\', { isAscii: true })

function areNumeric(cells: readonly string[]): boolean {
  const values = cells.filter(cell => cell !== '')
  return values.length > 0 && values.every(value => NUMERIC.test(value))
}

/** The width of the widest text, at least 1 and at most the limit. */
const widest = (texts: readonly string[], limit: number): number =>
  texts.reduce((width, text) => Math.max(width, cut(text, limit).width), 1)

const lineWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)

/** How many of the columns, at least one, fit side by side when wide ones are made narrow. */
function howManyFit(natural: readonly number[], width: number): number {
  const least = natural.map(own => Math.min(own, MIN_WIDTH))
  const tooMany = least.findIndex((_, index) => lineWidth(least.slice(0, index + 1)) > width)
  return tooMany < 0 ? natural.length : Math.max(tooMany, 1)
}

/** Narrow columns keep their width, and wide ones share what is left. */
function shareWidth(natural: readonly number[], available: number): number[] {
  const widths = [...natural]
  let left = available
  const narrowFirst = natural.map((own, index) => ({ own, index })).sort((one, other) => one.own - other.own)
  for (const [done, { own, index }] of narrowFirst.entries()) {
    widths[index] = Math.min(own, Math.floor(left / (natural.length - done)))
    left -= widths[index]
  }
  return widths
}

/** A text with its control characters escaped, and its width; what is wider than the limit is cut, and ends with `…`. */
function cut(text: string, limit: number): { text: string; width: number } {
  const head = text.slice(0, limit + 1)
  if (isNarrow(head))
    return head.length <= limit
      ? { text, width: head.length }
      : { text: `${head.slice(0, limit - 1)}…`, width: limit }
  const escaped = escapeControls(text)
  const whole = textWidth(escaped)
  if (whole <= limit) return { text: escaped, width: whole }
  let [width, end] = [0, 0]
  for (const { segment, index } of graphemesOf(escaped)) {
    if (width < limit) end = index
    width += textWidth(segment)
    if (width > limit) break
  }
  return cut(`${escaped.slice(0, end)}…`, limit)
}
