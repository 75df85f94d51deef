import { Chalk } from 'chalk'
import { hasHits } from '../../hits/batches.ts'
import type { Batch } from '../../hits/scanner.ts'
import { withBlockComments } from '../../json/comments.ts'
import { memberOf } from '../../json/members.ts'
import { CARRIAGE_RETURN, LINE_FEED, SPACE } from '../../json/scan.ts'
import { escapeControls } from '../../text.ts'
import type { Context } from '../context.ts'
import { PrettyJson } from './pretty-json.ts'
import { useColor } from './streams.ts'

/**
 * How hits are written: one a line, the same for their documents or ids alone, as the array `hits.hits`, or with the
 * whole response around them.
 */
export const FORMATS = ['ndjson', 'source', 'ids', 'json', 'response'] as const
export type FormatName = (typeof FORMATS)[number]

/** Turns the batches of a response into what standard output gets. */
export interface Format {
  batch: (batch: Batch) => Uint8Array | string
  /** The member of the response whose bytes are needed as they arrive. */
  passes?: string
  /** What follows the last batch. */
  end: string
  /** After the last batch: what the user should know of bytes that were changed. */
  note?: () => string | undefined
  /** After the last batch: what could not be written, although it was asked for. */
  missing?: () => string | undefined
  /** Whether a batch contains anything that is written: from then on the request cannot be sent again. */
  delivers: (batch: Batch) => boolean
}

/** For a pipe or a file the bytes as they came; for a terminal indented, and colored unless that is turned off. */
export function createFormat(name: FormatName, context: Context): Format {
  if (name === 'ids') return idFormat(context.out.isTerminal)
  const pretty = prettyPrinter(context)
  if (name === 'json') return { ...wholeFormat(PARTS.json, true, pretty), passes: 'hits.hits' }
  if (name === 'response') return wholeFormat(PARTS.response, pretty, pretty)
  return name === 'source' ? sourceFormat(pretty) : lineFormat(pretty)
}

/** The bytes of a batch that are passed on, of formats that are not one hit a line. */
const PARTS = {
  json: ({ passed }: Batch) => passed,
  response: ({ bytes }: Batch) => bytes,
}

/** What indents JSON for a terminal, and colors it unless that is turned off; undefined for a pipe or a file. */
export function prettyPrinter({ out, io, globals }: Context): PrettyJson | undefined {
  const colored = useColor(out, { color: globals.color, env: io.env })
  return colored || out.isTerminal ? new PrettyJson(new Chalk({ level: colored ? 1 : 0 })) : undefined
}

function wholeFormat(
  part: (batch: Batch) => Buffer | undefined,
  endsLine: unknown,
  pretty: PrettyJson | undefined,
): Format {
  return {
    batch: batch => {
      const bytes = part(batch) ?? Buffer.alloc(0)
      return pretty?.format(bytes) ?? bytes
    },
    end: endsLine ? '\n' : '',
    delivers: batch => part(batch) !== undefined,
  }
}

function lineFormat(pretty: PrettyJson | undefined): Format {
  let converted = 0
  return {
    batch: ({ hits }) => {
      if (pretty) return indented(hits, pretty)
      const lines = toLines(hits)
      converted += lines.converted
      return lines.bytes
    },
    end: '',
    note: () =>
      converted === 0
        ? undefined
        : `the // comments of ${count(converted, 'hit')} are printed as /* */, so that a hit is one line (most JSON parsers accept neither); --format json prints them unchanged`,
    delivers: hasHits,
  }
}

const indented = (values: readonly Buffer[], pretty: PrettyJson): string =>
  values.map(value => `${pretty.format(value)}\n`).join('')

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/** The documents alone, each the bytes of its `_source`. */
function sourceFormat(pretty: PrettyJson | undefined): Format {
  const lines = lineFormat(pretty)
  let without = 0
  return {
    ...lines,
    batch: batch => {
      const hits = batch.hits.flatMap(hit => memberOf(hit, '_source') ?? [])
      without += batch.hits.length - hits.length
      return lines.batch({ ...batch, hits })
    },
    missing: () => (without === 0 ? undefined : `${count(without, 'hit')} without a _source`),
  }
}

/** The ids alone, as texts. */
function idFormat(isTerminal: boolean): Format {
  let quoted = 0
  const lineOf = (hit: Buffer): string => {
    const json = memberOf(hit, '_id')?.toString() ?? '""'
    const id = String(JSON.parse(json))
    const isPlain = !/[\0-\x1f\x7f]/.test(id)
    if (!isPlain) quoted++
    const line = isPlain ? id : json
    return `${isTerminal ? escapeControls(line) : line}\n`
  }
  return {
    batch: ({ hits }) => hits.map(lineOf).join(''),
    end: '',
    note: () =>
      quoted === 0
        ? undefined
        : `${count(quoted, 'id')} with control characters, printed as JSON strings so that each is one line`,
    delivers: hasHits,
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
