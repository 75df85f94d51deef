import ora from 'ora'
import type { OutputStream } from './streams.ts'

/** How often it is drawn, in milliseconds. */
export const DRAWN_EVERY = 200

/** A line of a terminal that is drawn again and again, and stays below whatever else is written meanwhile. */
export interface LiveLine {
  /** @param parts in ASCII, the most important first: those for which the terminal is too narrow are left out */
  show(parts: readonly string[]): void
  /** Takes it away. */
  close(): void
}

export function liveLine(stderr: OutputStream): LiveLine {
  const line = ora({
    stream: stderr,
    interval: DRAWN_EVERY,
    isEnabled: true,
    color: false,
    hideCursor: false, // it would have to be shown again, however the process ends
    discardStdin: false,
  })
  const hide = () => {
    if (line.isSpinning) line.stop()
  }
  stderr.on('resize', hide) // what is drawn next fits into the new size
  return {
    show: parts => {
      if (!stderr.columns) return
      line.text = within(stderr.columns - MARGIN, parts)
      line.start()
    },
    close: () => {
      hide()
      stderr.off('resize', hide)
    },
  }
}

/** The sign that turns, the blank after it, and the last column, after which some terminals begin another line. */
const MARGIN = 3

function within(columns: number, parts: readonly string[]): string {
  const lines = parts.map((_, index) => parts.slice(0, index + 1).join('  '))
  return lines.findLast(line => line.length <= columns) ?? ''
}
