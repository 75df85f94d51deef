import { LINE_FEED } from '../../json/scan.ts'

/** A line of the input. */
export interface InputLine {
  /** From 1. */
  number: number
  /** Without its end; undefined for one that is too long. */
  bytes: Buffer | undefined
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/**
 * The lines of a text while it arrives: those that a chunk completes. A byte order mark before the first one is left out.
 *
 * @param maxSize of a line, in bytes
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  maxSize: number,
): AsyncGenerator<InputLine[], void, undefined> {
  const started = new StartedLine(maxSize)
  for await (const chunk of chunks) {
    const lines: InputLine[] = []
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      lines.push(started.end(chunk.subarray(from, end)))
      from = end + 1
    }
    started.add(chunk.subarray(from))
    yield lines
  }
  if (started.size > 0) yield [started.end()]
}

/** A line of which the end has not arrived. */
class StartedLine {
  /** In bytes, with those that are not kept since there are too many. */
  size = 0
  readonly #maxSize: number
  #number = 1
  #pieces: Buffer[] = []

  constructor(maxSize: number) {
    this.#maxSize = maxSize
  }

  add(piece: Buffer): void {
    this.size += piece.length
    if (this.size > this.#maxSize) this.#pieces = []
    else if (piece.length > 0) this.#pieces.push(piece)
  }

  end(last: Buffer = Buffer.alloc(0)): InputLine {
    this.add(last)
    const number = this.#number++
    const bytes = this.size > this.#maxSize ? undefined : joined(this.#pieces)
    this.size = 0
    this.#pieces = []
    const isMarked = number === 1 && bytes?.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    return { number, bytes: isMarked ? bytes?.subarray(BYTE_ORDER_MARK.length) : bytes }
  }
}

const joined = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
