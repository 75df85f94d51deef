import { Chalk } from 'chalk'
import type { Batch } from '../../hits/scanner.ts'
import { withBlockComments } from '../../json/comments.ts'
import { CARRIAGE_RETURN, LINE_FEED, SPACE } from '../../json/scan.ts'
import type { Context } from '../context.ts'
import { PrettyJson } from './pretty-json.ts'
import { useColor } from './streams.ts'

/** How hits are written: one a line, as the array `hits.hits`, or with the whole response around them. */
export const FORMATS = ['ndjson', 'json', 'response'] as const
export type FormatName = (typeof FORMATS)[number]

/** Turns the batches of a response into what standard output gets. */
export interface Format {
  batch: (batch: Batch) => Uint8Array | string
  /** What follows the last batch. */
  end: string
  /** After the last batch: what the user should know of bytes that were changed. */
  note?: () => string | undefined
  /** Whether a batch contains anything that is written: from then on the request cannot be sent again. */
  delivers: (batch: Batch) => boolean
}

/** The bytes of a batch that each format passes on. */
const PARTS: Record<FormatName, (batch: Batch) => Buffer[]> = {
  ndjson: batch => batch.hits,
  json: batch => (batch.array ? [batch.array] : []),
  response: batch => [batch.bytes],
}

/** For a pipe or a file the bytes as they came; for a terminal indented, and colored unless that is turned off. */
export function createFormat(name: FormatName, context: Context): Format {
  const pretty = prettyPrinter(context)
  if (pretty) return prettyFormat(name, pretty)
  return name === 'ndjson' ? lineFormat() : rawFormat(name)
}

/** What indents JSON for a terminal, and colors it unless that is turned off; undefined for a pipe or a file. */
export function prettyPrinter({ out, io, globals }: Context): PrettyJson | undefined {
  const colored = useColor(out, { color: globals.color, env: io.env })
  return colored || out.isTerminal ? new PrettyJson(new Chalk({ level: colored ? 1 : 0 })) : undefined
}

function rawFormat(name: Exclude<FormatName, 'ndjson'>): Format {
  const parts = PARTS[name]
  return {
    batch: batch => parts(batch)[0] ?? '',
    end: name === 'json' ? '\n' : '',
    delivers: batch => parts(batch).length > 0,
  }
}

function prettyFormat(name: FormatName, pretty: PrettyJson): Format {
  const parts = PARTS[name]
  const after = name === 'ndjson' ? '\n' : ''
  return {
    batch: batch =>
      parts(batch)
        .map(part => pretty.format(part) + after)
        .join(''),
    end: after ? '' : '\n',
    delivers: batch => parts(batch).length > 0,
  }
}

function lineFormat(): Format {
  let converted = 0
  return {
    batch: ({ hits }) => {
      const lines = toLines(hits)
      converted += lines.converted
      return lines.bytes
    },
    end: '',
    note: () =>
      converted === 0
        ? undefined
        : `the // comments of ${converted} ${converted === 1 ? 'hit' : 'hits'} are printed as /* */, so that a hit is one line (most JSON parsers accept neither); --format json prints them unchanged`,
    delivers: ({ hits }) => hits.length > 0,
  }
}

/**
 * Hits as lines, and in how many of them a comment was converted. A line break between the tokens of a hit becomes a
 * space, and a comment that it ends one that needs no line break: nothing else ever changes. A string cannot contain a
 * line break: the scanner has checked that.
 */
export function toLines(hits: readonly Buffer[]): { bytes: Buffer; converted: number } {
  let converted = 0
  const lines = hits.map(hit => {
    if (!hit.includes(LINE_FEED) && !hit.includes(CARRIAGE_RETURN)) return hit
    const whole = withBlockComments(hit)
    if (whole !== hit) converted++
    return joined(whole)
  })
  const bytes = Buffer.allocUnsafe(lines.reduce((size, line) => size + line.length + 1, 0))
  let at = 0
  for (const line of lines) {
    at += line.copy(bytes, at)
    bytes[at++] = LINE_FEED
  }
  return { bytes, converted }
}

/** A copy without line breaks: a hit is a view of the chunk, which must not change. */
function joined(hit: Buffer): Buffer {
  const line = Buffer.from(hit)
  for (const lineBreak of [LINE_FEED, CARRIAGE_RETURN]) {
    for (let at = line.indexOf(lineBreak); at >= 0; at = line.indexOf(lineBreak, at + 1)) line[at] = SPACE
  }
  return line
}
