import { Chalk } from 'chalk'
import { Painter } from '../hits/paint.ts'
import { type Format, partsOf, toLines } from '../hits/print.ts'
import type { Batch } from '../hits/scanner.ts'
import type { Globals } from './globals.ts'
import { type Io, isColoured, type Output } from './io.ts'

/** Turns batches into what standard output gets. */
export interface Printer {
  print: (batch: Batch) => Uint8Array | string
  /** What follows the last batch. */
  end: string
}

/** Bytes as they came for a pipe or a file; indented, and coloured unless unwanted, for a terminal. */
export function printer(
  format: Format,
  out: Output,
  { env, color }: { env: Io['env']; color: Globals['color'] },
): Printer {
  const coloured = isColoured(out, { color, env })
  return coloured || out.isTerminal ? painted(format, coloured) : raw(format)
}

function raw(format: Format): Printer {
  return {
    print: batch => {
      const parts = partsOf(batch, format)
      if (format === 'ndjson') return toLines(parts)
      return parts[0] ?? ''
    },
    end: format === 'json' ? '\n' : '',
  }
}

function painted(format: Format, coloured: boolean): Printer {
  const painter = new Painter(new Chalk({ level: coloured ? 1 : 0 }))
  const after = format === 'ndjson' ? '\n' : ''
  return {
    print: batch =>
      partsOf(batch, format)
        .map(part => painter.paint(part) + after)
        .join(''),
    end: after ? '' : '\n',
  }
}
