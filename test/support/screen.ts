import unicode11 from '@xterm/addon-unicode11'
import xterm, { type IBufferCell, type IBufferLine } from '@xterm/headless'
import type { TerminalSize } from './terminal.ts'

/** One column of a line as it is seen. */
export interface ScreenCell {
  /** One character with what combines with it; empty where a wide one continues, or nothing was written. */
  text: string
  /** In columns: 2 for a wide character, 0 where it continues. */
  width: number
  /** Of the terminal's palette: 2 is green, 3 yellow, 6 cyan, 8 gray; undefined is the usual color. */
  color: number | undefined
  bold: boolean
  dim: boolean
  /** Whether it is underlined, inverse, on another background or the like. */
  isOther: boolean
}

/** What a person sees on a terminal. */
export interface Screen {
  /** Every line that was written, from the first, also those that have left the screen; blank ones at the end are left out. */
  lines: string[]
  cells: ScreenCell[][]
  /** Line and column of the cursor, from 0. */
  cursor: [line: number, column: number]
  /** Of the window; empty until something sets it. */
  title: string
}

/**
 * The screen of a terminal to which these bytes were written. Characters are as wide as Unicode 11 says, and sequences
 * of emoji are not joined: what other terminals agree with.
 */
export async function screenOf(bytes: Uint8Array, [rows, cols]: TerminalSize): Promise<Screen> {
  const terminal = new xterm.Terminal({ rows, cols, allowProposedApi: true, scrollback: 10_000 })
  terminal.loadAddon(new unicode11.Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  let title = ''
  terminal.onTitleChange(changed => {
    title = changed
  })
  await new Promise<void>(resolve => terminal.write(bytes, resolve))
  const { active } = terminal.buffer
  const all = Array.from({ length: active.length }, (_, index) => active.getLine(index) as IBufferLine)
  const lines = all.map(line => line.translateToString(true))
  const end = lines.findLastIndex(line => line !== '') + 1
  return {
    lines: lines.slice(0, end),
    cells: all.slice(0, end).map(cellsOf),
    cursor: [active.baseY + active.cursorY, active.cursorX],
    title,
  }
}

const cellsOf = (line: IBufferLine): ScreenCell[] =>
  Array.from({ length: line.length }, (_, column) => cellOf(line.getCell(column) as IBufferCell))

const cellOf = (cell: IBufferCell): ScreenCell => ({
  text: cell.getChars(),
  width: cell.getWidth(),
  color: cell.isFgDefault() ? undefined : cell.getFgColor(),
  bold: cell.isBold() !== 0,
  dim: cell.isDim() !== 0,
  isOther: [
    !cell.isBgDefault(),
    cell.isItalic(),
    cell.isUnderline(),
    cell.isInverse(),
    cell.isBlink(),
    cell.isInvisible(),
    cell.isStrikethrough(),
    cell.isOverline(),
  ].some(Boolean),
})
