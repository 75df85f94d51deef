import { hasLineBreak, onOneLine } from '../../json/comments.ts'
import { Run } from '../../json/run.ts'
import { COMMA, LINE_FEED } from '../../json/scan.ts'

/**
 * Hits as lines. A line break between the tokens of a hit becomes a space, and a comment that it ends one that needs no
 * line break: nothing else ever changes. A string cannot contain a line break: the scanner has checked that.
 */
export class Lines {
  /** In how many hits a comment was converted. */
  converted = 0
  #memory = Buffer.alloc(0)

  /** The lines of these hits, valid until the next call. */
  of(runs: readonly Run[]): Buffer {
    const bytes = this.#joined(runs)
    if (hasLineBreak(bytes)) return this.of(runs.flatMap(run => this.#withoutLineBreaks(run)))
    let at = 0
    for (const { ends, size } of runs) {
      for (const end of ends) bytes[at + end] = LINE_FEED // where hits lie side by side there was a comma
      at += size + 1
    }
    return bytes
  }

  /** A copy of all of them, with a comma after each. */
  #joined(runs: readonly Run[]): Buffer {
    const size = runs.reduce((sum, run) => sum + run.size + 1, 0)
    if (this.#memory.length < size) this.#memory = Buffer.allocUnsafeSlow(size)
    let at = 0
    for (const run of runs) {
      run.copy(this.#memory, at)
      at += run.size
      this.#memory[at++] = COMMA
    }
    return this.#memory.subarray(0, size)
  }

  #withoutLineBreaks(run: Run): Run[] {
    return run.elements.map(hit => {
      const line = onOneLine(hit)
      if (line.length > hit.length) this.converted++
      return new Run(line)
    })
  }
}
