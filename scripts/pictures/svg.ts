import type { Screen, ScreenCell } from '../../test/support/screen.ts'

/** In pixels: one column, one line, the letters, and the margin around all of it. */
const SIZE = { column: 8.4, line: 20, font: 14, margin: 16 }

/** By the number in the terminal's palette. */
const COLORS: Readonly<Record<number, string>> = { 1: '#ff7b72', 2: '#7ee787', 3: '#e3b341', 6: '#76d9e6' }
const [TEXT, BACKGROUND, BORDER] = ['#e6edf3', '#161b22', '#484f58']

/** Words on one line that look alike. */
interface Run extends ScreenCell {
  /** The column in which it begins. */
  column: number
}

/** A screen as a picture of that many columns, of rectangles and texts alone, so that code hosts show it. */
export function svgOf({ cells }: Screen, { columns, title }: { columns: number; title: string }): string {
  const [width, height] = [
    columns * SIZE.column + 2 * SIZE.margin,
    cells.length * SIZE.line + 2 * SIZE.margin,
  ]
  const texts = cells.flatMap((line, index) => runsOf(line).map(run => textOf(run, index)))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" width="${round(width)}" height="${height}" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace" font-size="${SIZE.font}" fill="${TEXT}">
<title>${escaped(title)}</title>
<rect x="0.5" y="0.5" width="${round(width - 1)}" height="${height - 1}" rx="6" fill="${BACKGROUND}" stroke="${BORDER}"/>
${texts.join('\n')}
</svg>
`
}

/** Fonts do not agree on the width of other than plain characters: each is a run of its own. */
function runsOf(line: readonly ScreenCell[]): Run[] {
  const runs: Run[] = []
  for (const [column, cell] of line.entries()) {
    const [last, before] = [runs.at(-1), line[column - 1]]
    if (last && isPlain(before) && isPlain(cell) && looksLike(last, cell)) {
      last.text += cell.text || ' '
      last.width++
    } else if (cell.width > 0) runs.push({ ...cell, text: cell.text || ' ', column })
  }
  return runs.flatMap(wordsOf)
}

const isPlain = (cell: ScreenCell | undefined): boolean => cell?.width === 1 && cell.text.length < 2

const looksLike = (one: ScreenCell, other: ScreenCell): boolean =>
  one.color === other.color && one.bold === other.bold && one.dim === other.dim

/** What stands between gaps, since several blanks in a row would be shown as one. */
const wordsOf = (run: Run): Run[] =>
  [...run.text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: text, index }) => ({
    ...run,
    text,
    width: run.width - run.text.length + text.length,
    column: run.column + index,
  }))

function textOf({ column, text, width, color, bold, dim }: Run, line: number): string {
  const attributes = [
    ['x', round(SIZE.margin + column * SIZE.column)],
    ['y', SIZE.margin + line * SIZE.line + SIZE.font],
    ['textLength', round(width * SIZE.column)],
    ['fill', color === undefined ? undefined : COLORS[color]],
    ['font-weight', bold ? 'bold' : undefined],
    ['fill-opacity', dim ? 0.6 : undefined],
  ].filter(([, value]) => value !== undefined)
  return `<text ${attributes.map(([name, value]) => `${name}="${value}"`).join(' ')}>${escaped(text)}</text>`
}

const round = (pixels: number): number => Math.round(pixels * 10) / 10

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
