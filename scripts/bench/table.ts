import type { Group } from './groups.ts'
import type { Figures } from './measure.ts'

/** The figures of a group as a table of plain text, or of Markdown. */
export function tableOf(
  { title, baseline }: Group,
  figures: readonly Figures[],
  isMarkdown: boolean,
): string {
  const names = [title, 'median', 'lowest', 'highest', 'runs', `× ${baseline}`, 'peak MiB']
  const rows = [names, ...figures.map(rowOf)].map(cells => (isMarkdown ? cells.map(escaped) : cells))
  const widths = names.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const pad = (cells: readonly string[]) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
  const [head, ...body] = rows.map(pad) as [string[], ...string[][]]
  if (!isMarkdown) return [head, ...body].map(cells => `${cells.join('  ').trimEnd()}\n`).join('')
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [head, rule, ...body].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

/** A bar would end the cell. */
const escaped = (cell: string): string => cell.replace('|', '\\|')

function rowOf({ name, times, median, ratio, peakMiB, failure }: Figures): string[] {
  const range = [Math.min(...times), Math.max(...times)].map(time => (failure ? '' : duration(time)))
  return [
    name,
    failure ?? duration(median),
    ...range,
    String(times.length),
    ratio === undefined ? '' : ratio.toFixed(2),
    peakMiB === undefined ? '' : peakMiB.toFixed(0),
  ]
}

/** With three digits or so: 45.1 ms, 3.81 s. */
const duration = (milliseconds = 0): string =>
  milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`
