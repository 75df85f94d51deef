import { describeError, parseObject } from '../../wire/errors/http.ts'
import type { OutputFile } from '../output/file.ts'
import type { Messages } from '../output/streams.ts'
import type { InputDocument } from './documents.ts'

/** A line that was not imported, and why. */
export interface RejectedLine {
  line: number
  /** JSON of the cluster's error, or of our own in the same form. */
  error: string
  /** The cluster's, for the document. */
  status?: number
  note?: string | undefined
  /** Its document; undefined for a line that is none, which has a text instead. */
  document?: InputDocument
  text?: string | undefined
}

/** How many are told where no file keeps them. */
const MAX_SHOWN = 5

/** Keeps rejected lines, so that they can be repaired and imported again, or tells the first of them. */
export class Rejects {
  /** How many have been kept or told. */
  count = 0
  readonly #file: OutputFile | undefined
  readonly #print: Messages['print']
  /** The index that a document is of which does not say it. */
  readonly #index: string
  #waiting: RejectedLine[] = []

  constructor(index: string, file: OutputFile | undefined, print: Messages['print']) {
    this.#index = index
    this.#file = file
    this.#print = print
  }

  add(rejected: RejectedLine): void {
    this.#waiting.push(rejected)
  }

  /**
   * Keeps or tells those up to a line, in the order of the lines; others wait.
   *
   * @throws {EsconnError} `output`
   */
  async keep(upTo: number): Promise<void> {
    const ready = this.#waiting.filter(({ line }) => line <= upTo).toSorted((a, b) => a.line - b.line)
    if (ready.length === 0) return
    if (this.#file) await this.#file.write(Buffer.concat(ready.flatMap(rejected => this.#lineOf(rejected))))
    else
      for (const rejected of ready.slice(0, Math.max(MAX_SHOWN - this.count, 0)))
        this.#print(describe(rejected))
    this.#waiting = this.#waiting.filter(({ line }) => line > upTo)
    this.count += ready.length
  }

  /** A hit with what is wrong before it, its `_source` byte for byte. */
  #lineOf({ line, error, status, note, document, text }: RejectedLine): Buffer[] {
    const { index = this.#index, id, routing, source } = document ?? {}
    const members = [
      `"line":${line},"error":${error}`,
      Object.entries({ status, note, _index: index, _id: id, _routing: routing, text }).flatMap(
        ([name, value]) => (value === undefined ? [] : `${JSON.stringify(name)}:${JSON.stringify(value)}`),
      ),
    ]
    const start = Buffer.from(`{${members.flat().join(',')}`)
    return source
      ? [start, Buffer.from(',"_source":'), source, Buffer.from('}\n')]
      : [start, Buffer.from('}\n')]
  }
}

function describe({ line, error, status, note }: RejectedLine): string {
  const reason = describeError(parseObject(error))
  return `line ${line} was rejected: ${reason}${status === undefined ? '' : ` (${status})`}${note ? `; ${note}` : ''}`
}
