import { withBlockComments } from '../../json/comments.ts'
import { CARRIAGE_RETURN, LINE_FEED, SPACE } from '../../json/scan.ts'

/**
 * Hits as lines. A line break between the tokens of a hit becomes a space, and a comment that it ends one that needs no
 * line break: nothing else ever changes. A string cannot contain a line break: the scanner has checked that.
 */
export class Lines {
  /** In how many hits a comment was converted. */
  converted = 0
  #bytes = Buffer.alloc(0)

  /** The lines of these hits, valid until the next call. */
  of(hits: readonly Buffer[]): Buffer {
    const lines = hasLineBreaks(hits) ? hits.map(hit => this.#lineOf(hit)) : hits
    const size = lines.reduce((sum, { length }) => sum + length + 1, 0)
    if (this.#bytes.length < size) this.#bytes = Buffer.allocUnsafeSlow(size)
    let at = 0
    for (const run of runsOf(lines)) {
      run.bytes.copy(this.#bytes, at)
      for (const { length } of run.lines) {
        at += length
        this.#bytes[at++] = LINE_FEED // where hits lie side by side there was a comma
      }
    }
    return this.#bytes.subarray(0, size)
  }

  /** A copy without line breaks, if there are any: a hit is a view of the chunk, which must not change. */
  #lineOf(hit: Buffer): Buffer {
    if (!hasLineBreak(hit)) return hit
    const whole = withBlockComments(hit)
    if (whole !== hit) this.converted++
    const line = Buffer.from(whole)
    for (const lineBreak of [LINE_FEED, CARRIAGE_RETURN])
      for (let at = line.indexOf(lineBreak); at >= 0; at = line.indexOf(lineBreak, at + 1)) line[at] = SPACE
    return line
  }
}

const hasLineBreak = (bytes: Buffer): boolean => bytes.includes(LINE_FEED) || bytes.includes(CARRIAGE_RETURN)

function hasLineBreaks(hits: readonly Buffer[]): boolean {
  for (const { bytes } of runsOf(hits)) if (hasLineBreak(bytes)) return true
  return false
}

/** Hits that lie side by side in memory, one byte between them, and these bytes as a whole. */
function* runsOf(hits: readonly Buffer[]): Generator<{ lines: readonly Buffer[]; bytes: Buffer }> {
  for (let first = 0, next = 1; first < hits.length; first = next++) {
    while (next < hits.length && areSideBySide(hits[next - 1] as Buffer, hits[next] as Buffer)) next++
    const lines = hits.slice(first, next)
    yield { lines, bytes: spanOf(lines[0] as Buffer, lines.at(-1) as Buffer) }
  }
}

const areSideBySide = (one: Buffer, next: Buffer): boolean =>
  one.buffer === next.buffer && next.byteOffset === one.byteOffset + one.length + 1

const spanOf = (first: Buffer, last: Buffer): Buffer =>
  Buffer.from(first.buffer, first.byteOffset, last.byteOffset + last.length - first.byteOffset)
