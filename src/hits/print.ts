import type { Batch } from './scanner.ts'
import { CARRIAGE_RETURN, LINE_FEED, SPACE } from './tokens.ts'

/** How hits are written: one a line, as the array `hits.hits`, or with the whole response around them. */
export const FORMATS = ['ndjson', 'json', 'response'] as const
export type Format = (typeof FORMATS)[number]

/** The bytes of a batch that each format hands on; a batch without any delivers nothing. */
const PARTS: Record<Format, (batch: Batch) => Buffer[]> = {
  ndjson: batch => batch.hits,
  json: batch => (batch.array ? [batch.array] : []),
  response: batch => [batch.bytes],
}

export const partsOf = (batch: Batch, format: Format): Buffer[] => PARTS[format](batch)

/**
 * Hits as lines. A line break between the tokens of a hit becomes a space, the only byte that ever changes;
 * in a string it cannot stand, the scanner has seen to that.
 */
export function toLines(hits: readonly Buffer[]): Buffer {
  const lines = Buffer.allocUnsafe(hits.reduce((size, hit) => size + hit.length + 1, 0))
  let at = 0
  for (const hit of hits) {
    hit.copy(lines, at)
    joinLines(lines.subarray(at, at + hit.length))
    at += hit.length
    lines[at++] = LINE_FEED
  }
  return lines
}

function joinLines(hit: Buffer): void {
  for (const lineBreak of [LINE_FEED, CARRIAGE_RETURN]) {
    for (let at = hit.indexOf(lineBreak); at >= 0; at = hit.indexOf(lineBreak, at + 1)) hit[at] = SPACE
  }
}
