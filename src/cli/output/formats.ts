import { hasHits } from '../../hits/batches.ts'
import { hitField } from '../../hits/fields.ts'
import type { Batch } from '../../hits/scanner.ts'
import { textOf } from '../../json/members.ts'
import { Run } from '../../json/run.ts'
import { count, escapeControls, escapeLines } from '../../text.ts'
import type { Context } from '../context.ts'
import { chalkFor, isColored } from './color.ts'
import { Lines } from './lines.ts'
import { PrettyJson } from './pretty-json.ts'
import type { RowOptions } from './rows.ts'

/** How hits are written; docs/querying.md describes each. */
export const FORMATS = [
  'ndjson',
  'pretty',
  'json',
  'response',
  'source',
  'ids',
  'csv',
  'tsv',
  'table',
  'aggs',
] as const
export type FormatName = (typeof FORMATS)[number]

/** What the user chose about the output of hits. */
export interface FormatChoice extends RowOptions {
  name: FormatName
  /** The field whose text alone is printed, instead of a format. */
  rawField?: string | undefined
}

/** Turns the batches of a response into what standard output gets. */
export interface Format {
  batch: (batch: Batch) => Uint8Array | string
  /** The member of the response whose bytes are needed as they arrive. */
  passes?: string
  /** What follows the last batch. */
  end: () => Uint8Array | string
  /** What is still to be printed of the hits that arrived, where no more will. */
  atFault?: () => Uint8Array | string
  /** After the last batch: what the user should know of what was changed or left out. */
  note?: () => string | undefined
  /** After the last batch: what could not be written, although it was asked for. */
  missing?: () => string | undefined
  /** Whether a batch contains anything that is written: from then on the request cannot be sent again. */
  delivers: (batch: Batch) => boolean
}

/** For a pipe or a file the bytes as they came; on a terminal control characters cannot reach it. */
export async function createFormat(
  choice: FormatChoice,
  context: Context,
  { isOneResponse = true }: { isOneResponse?: boolean } = {},
): Promise<Format> {
  const { name, rawField } = choice
  if (rawField !== undefined) return textFormat(rawField, context.out.isTerminal)
  switch (name) {
    case 'csv':
    case 'tsv':
    case 'table': {
      const { rowFormat } = await import('./rows.ts')
      return { ...rowFormat(name, choice, context), delivers: hasHits }
    }
    case 'ids':
      return textFormat('_id', context.out.isTerminal)
    case 'json':
      return isOneResponse ? partFormat('hits.hits', context) : arrayFormat(context)
    case 'aggs':
      return partFormat('aggregations', context)
    case 'response':
      return responseFormat(context)
    case 'source':
      return sourceFormat(context)
    case 'pretty':
      return lineFormat(newPrettyJson(context))
    case 'ndjson':
      return lineFormat(undefined, context.out.isTerminal)
  }
}

/** What indents JSON for a terminal, and colors it unless that is turned off; undefined for a pipe or a file. */
export const prettyPrinter = (context: Context): PrettyJson | undefined =>
  isForPeople(context) ? newPrettyJson(context) : undefined

/** Whether output is read by a person: on a terminal, or where colors are wanted. */
export const isForPeople = (context: Context): boolean => context.out.isTerminal || isColored(context)

const newPrettyJson = (context: Context): PrettyJson => new PrettyJson(chalkFor(context))

/** Prints a whole reply, which must be JSON: on a terminal indented, else its bytes and nothing added. */
export async function printReply(context: Context, json: Buffer): Promise<void> {
  const pretty = prettyPrinter(context)
  await context.out.write(pretty ? `${pretty.format(json)}\n` : json)
}

/** One member of the response, byte for byte, and a line feed. */
function partFormat(passes: string, context: Context): Format {
  const pretty = prettyPrinter(context)
  return {
    batch: ({ passed }) => (passed && pretty?.format(passed)) ?? passed ?? '',
    passes,
    end: () => '\n',
    delivers: ({ passed }) => passed !== undefined,
  }
}

/** The hits of several responses as one array. */
function arrayFormat(context: Context): Format {
  const pretty = prettyPrinter(context)
  const print = (text: Buffer) => pretty?.format(text) ?? text
  let before = '['
  return {
    batch: ({ hits }) => {
      if (hits.length === 0) return ''
      const parts = hits.flatMap((hit, index) => [Buffer.from(index === 0 ? before : ','), hit])
      before = ','
      return print(Buffer.concat(parts))
    },
    end: () => `${print(Buffer.from(before === '[' ? '[]' : ']'))}\n`,
    delivers: hasHits,
  }
}

/** The body of the response, byte for byte. */
function responseFormat(context: Context): Format {
  const pretty = prettyPrinter(context)
  return {
    batch: ({ bytes }) => pretty?.format(bytes) ?? bytes,
    end: () => (pretty ? '\n' : ''),
    delivers: () => true,
  }
}

/** One hit a line, or indented for a person. */
function lineFormat(pretty: PrettyJson | undefined, isTerminal = false): Format {
  const lines = new Lines()
  return {
    batch: batch => {
      if (pretty) return pretty.formatEach(batch.hits)
      const bytes = lines.of(batch.runs)
      return isTerminal ? escapeLines(bytes.toString()) : bytes
    },
    end: () => '',
    note: () =>
      lines.converted === 0
        ? undefined
        : `the // comments of ${count(lines.converted, 'hit')} are printed as /* */, so that a hit is one line (most JSON parsers accept neither); --format json prints them unchanged`,
    delivers: hasHits,
  }
}

/** The documents alone, each the bytes of its `_source`. */
function sourceFormat(context: Context): Format {
  const lines = lineFormat(prettyPrinter(context))
  let without = 0
  return {
    ...lines,
    batch: batch => {
      const hits = batch.runs.flatMap(run => run.membersOf('_source'))
      without += batch.count - hits.length
      return lines.batch(batch.with(hits))
    },
    missing: () => (without === 0 ? undefined : `${count(without, 'hit')} without a _source`),
  }
}

/** The text of one field a line. */
function textFormat(field: string, isTerminal: boolean): Format {
  let [quoted, without, found] = [0, 0, 0]
  const lines = new Lines()
  const textIn = (value: Buffer): string => {
    const text = textOf(value)
    if (!/[\0-\x08\n-\x1f\x7f]/.test(text)) return text
    quoted++
    return lines
      .of([new Run(value)])
      .toString()
      .trimEnd()
  }
  const lineOf = (hit: Buffer): string => {
    const value = hitField(hit, field)
    if (value) found++
    else without++
    const text = value ? textIn(value) : ''
    return `${isTerminal ? escapeControls(text) : text}\n`
  }
  const quotedNote = () =>
    `${count(quoted, 'text')} with control characters, printed as JSON so that each is one line`
  return {
    batch: ({ hits }) => hits.map(lineOf).join(''),
    end: () => '',
    note: () =>
      found === 0 && without > 0 ? `no hit has \`${field}\`` : quoted > 0 ? quotedNote() : undefined,
    delivers: hasHits,
  }
}
