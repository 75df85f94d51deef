import { IncompleteError, InputError } from '../../errors.ts'
import { count } from '../../text.ts'
import type { BulkDocument } from '../../walk/bulk-request.ts'
import { describeError, parseObject } from '../../wire/errors/http.ts'
import type { Context } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { OutputFile } from '../output/file.ts'
import type { Messages } from '../output/streams.ts'
import type { StateFile } from '../state-file.ts'

/** What documents come as: the lines of a file, or by themselves from another cluster. */
type Unit = 'line' | 'document'

/** A line, or a document, that was not written, and why. */
export interface Rejected {
  line: number
  /** JSON of the cluster's error, or of our own in the same form. */
  error: string
  /** The cluster's, for the document. */
  status?: number
  note?: string | undefined
  /** Its document; undefined for a line that is none, which has a text instead. */
  document?: BulkDocument
  text?: string | undefined
}

interface RejectsOptions {
  unit: Unit
  /** The index that a document is of which does not say it. */
  index: string
  file: OutputFile | undefined
  print: Messages['print']
}

/** How many are told where no file keeps them. */
const MAX_SHOWN = 5

/** In bytes. */
const MOST_WAITING = 4 * 2 ** 20

const sizeOf = ({ error, document, text }: Rejected): number =>
  error.length + (document?.source.length ?? 0) + (text?.length ?? 0)

/** Keeps what was rejected, so that they can be repaired and imported again, or tells the first of them. */
export class Rejects {
  /** How many have been kept or told. */
  count = 0
  readonly #options: RejectsOptions
  #waiting: Rejected[] = []
  /** Of those that wait. */
  #bytes = 0

  constructor(options: RejectsOptions) {
    this.#options = options
  }

  add(rejected: Rejected): void {
    this.#waiting.push(rejected)
    this.#bytes += sizeOf(rejected)
  }

  /** Whether so many wait that those before them should be settled first. */
  get isFull(): boolean {
    return this.#bytes > MOST_WAITING
  }

  /**
   * Keeps or tells those up to a line, or a document's number, in their order; others wait.
   *
   * @throws {EsconnError} `output`
   */
  async keep(upTo: number): Promise<void> {
    const ready = this.#waiting.filter(({ line }) => line <= upTo).toSorted((a, b) => a.line - b.line)
    if (ready.length === 0) return
    const { file, print } = this.#options
    if (file) await file.write(Buffer.concat(ready.flatMap(rejected => this.#lineOf(rejected))))
    else
      for (const rejected of ready.slice(0, Math.max(MAX_SHOWN - this.count, 0)))
        print(`${this.#nameOf(rejected)} was rejected: ${reasonOf(rejected)}`)
    this.#waiting = this.#waiting.filter(({ line }) => line > upTo)
    this.#bytes = this.#waiting.reduce((sum, rejected) => sum + sizeOf(rejected), 0)
    this.count += ready.length
  }

  /** A hit with what is wrong before it, its `_source` byte for byte. */
  #lineOf({ line, error, status, note, document, text }: Rejected): Buffer[] {
    const { index = this.#options.index, id, routing, source } = document ?? {}
    const members = [
      this.#options.unit === 'line' ? `"line":${line}` : [],
      `"error":${error}`,
      Object.entries({ status, note, _index: index, _id: id, _routing: routing, text }).flatMap(
        ([name, value]) => (value === undefined ? [] : `${JSON.stringify(name)}:${JSON.stringify(value)}`),
      ),
    ]
    const start = Buffer.from(`{${members.flat().join(',')}`)
    return source
      ? [start, Buffer.from(',"_source":'), source, Buffer.from('}\n')]
      : [start, Buffer.from('}\n')]
  }

  #nameOf({ line, document }: Rejected): string {
    return this.#options.unit === 'line' ? `line ${line}` : `document ${document?.id} of ${document?.index}`
  }
}

function reasonOf({ error, status, note }: Rejected): string {
  const reason = describeError(parseObject(error))
  return `${reason}${status === undefined ? '' : ` (${status})`}${note ? `; ${note}` : ''}`
}

/**
 * The file that keeps what is rejected; undefined where the user names none.
 *
 * @throws {InputError} if the run that the state is of keeps it in another one, or did not keep it
 */
export async function openRejects(
  path: string | undefined,
  state?: StateFile,
): Promise<OutputFile | undefined> {
  const { out, complete = true, rejected = 0 } = state?.saved ?? {}
  if (path !== undefined && !out && rejected > 0)
    throw new InputError(
      `${count(rejected, 'document')} that an earlier run with ${state?.path} rejected were not kept`,
      { advice: 'begin anew, with another --state and with --rejects' },
    )
  const isSame = out && path !== undefined && out.file === state?.relative(path)
  if (isSame) return await OutputFile.continue(path, { ...out, complete })
  if (out && !complete)
    throw new InputError(
      `${state?.path} is that of a run with --rejects ${out.file}, which is not complete`,
      { advice: `finish it first, with --rejects ${out.file}` },
    )
  return path === undefined ? undefined : await OutputFile.create(path, '--rejects')
}

/** What was rejected in all. */
interface RejectedTotal {
  rejected: number
  unit: Unit
  /** The file that keeps them. */
  place: string | undefined
  /** Whether a state stands behind them, so that the same command does not come to them again. */
  hasState: boolean
}

/** How many were rejected before this run and still count: by one that did not come to its end, or that did not keep them. */
export function rejectedBefore(state: StateFile | undefined): number {
  const { complete, rejected = 0, out } = state?.saved ?? {}
  return complete === false || !out ? rejected : 0
}

/**
 * Says how many were rejected, and what to do about them.
 *
 * @throws {IncompleteError} where there are any, unless --allow-partial was given
 */
export function reportRejected(
  { globals, messages }: Context,
  alias: string,
  { rejected, unit, place, hasState }: RejectedTotal,
): number {
  if (rejected === 0) return COMPLETE
  const again = hasState ? ', with another --state' : ''
  const where =
    place === undefined
      ? `--rejects FILE keeps them${again}, to be repaired and imported`
      : `repair them in ${place}, and import that file`
  const error = new IncompleteError(`${count(rejected, unit)} rejected`, {
    alias,
    advice: `${where}; with --allow-partial this is not a failure`,
  })
  if (!globals.allowPartial) throw error
  messages.print(error.message)
  return COMPLETE
}
