import { withBlockComments } from '../../json/comments.ts'
import { Run } from '../../json/run.ts'
import { CARRIAGE_RETURN, LINE_FEED, SPACE } from '../../json/scan.ts'

/**
 * Hits as lines. A line break between the tokens of a hit becomes a space, and a comment that it ends one that needs no
 * line break: nothing else ever changes. A string cannot contain a line break: the scanner has checked that.
 */
export class Lines {
  /** In how many hits a comment was converted. */
  converted = 0
  #memory = Buffer.alloc(0)

  /** The lines of these hits, valid until the next call. */
  of(given: readonly Run[]): Buffer {
    const runs = given.flatMap(run => (hasLineBreak(run.bytes) ? this.#withoutLineBreaks(run) : run))
    const size = runs.reduce((sum, { bytes }) => sum + bytes.length + 1, 0)
    if (this.#memory.length < size) this.#memory = Buffer.allocUnsafeSlow(size)
    let at = 0
    for (const { bytes, ends } of runs) {
      bytes.copy(this.#memory, at)
      for (const end of ends) this.#memory[at + end] = LINE_FEED // where hits lie side by side there was a comma
      at += bytes.length + 1
    }
    return this.#memory.subarray(0, size)
  }

  #withoutLineBreaks(run: Run): Run[] {
    return run.elements.map(hit => new Run(hasLineBreak(hit) ? this.#joined(hit) : hit))
  }

  /** A copy: a hit is a view of the chunk, which must not change. */
  #joined(hit: Buffer): Buffer {
    const whole = withBlockComments(hit)
    if (whole !== hit) this.converted++
    const line = Buffer.from(whole)
    for (const lineBreak of [LINE_FEED, CARRIAGE_RETURN])
      for (let at = line.indexOf(lineBreak); at >= 0; at = line.indexOf(lineBreak, at + 1)) line[at] = SPACE
    return line
  }
}

const hasLineBreak = (bytes: Buffer): boolean => bytes.includes(LINE_FEED) || bytes.includes(CARRIAGE_RETURN)
