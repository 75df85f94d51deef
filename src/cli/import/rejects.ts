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
  /** How many there are. */
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
    this.count++
    if (this.#file) this.#waiting.push(rejected)
    else if (this.count <= MAX_SHOWN) this.#print(describe(rejected))
  }

  /**
   * Writes those that came since the last time.
   *
   * @throws {EsconnError} `output`
   */
  async write(): Promise<void> {
    const lines = this.#waiting.map(rejected => this.#lineOf(rejected))
    this.#waiting = []
    await this.#file?.write(Buffer.concat(lines.flat()))
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
