import { InputError, UsageError } from '../../errors.ts'
import { fieldAt } from '../../json/fields.ts'
import { textOf } from '../../json/members.ts'
import { isSpace, OPEN_BRACE, opens, QUOTE } from '../../json/scan.ts'
import { topMembers } from '../../json/top-members.ts'
import type { BulkDocument } from '../../walk/bulk-request.ts'

/** What lines are: hits as exported, or documents alone. */
export const LINE_KINDS = ['hits', 'docs'] as const

type LineKind = (typeof LINE_KINDS)[number]

/** A document, and why it is not to be written, if it is not. */
export interface ReadDocument {
  document: BulkDocument
  unfit?: string
}

export interface ReaderOptions {
  /** Default: what the first line is. */
  lines?: LineKind | undefined
  /** The field of the documents that is their id. */
  idField?: string | undefined
  /** The field that is their routing. */
  routingField?: string | undefined
  /** Whether hits of several indices may be written to one. */
  merge?: boolean | undefined
  /** Called at the second index, if they may. */
  onMerge: () => void
}

const NAMES = ['_index', '_id', '_routing', '_source', 'error', 'text'] as const

/** Makes documents of lines. */
export class DocumentReader {
  /** Undefined before the first line. */
  kind: LineKind | undefined
  readonly #options: ReaderOptions
  /** Whether it knows what the first line is. */
  hasRead = false
  #index: string | undefined
  #isMerging = false

  constructor(options: ReaderOptions) {
    this.#options = options
    this.kind = options.lines
  }

  /**
   * The document of a line; undefined for a blank one.
   *
   * @param isRepaired whether it was malformed, and comes from a file of rejects: then those before it say nothing of it
   * @throws {SyntaxError} for what is not one JSON object
   * @throws {InputError} for the body of a request to `_bulk`
   * @throws {UsageError} for a hit of another index than those before
   */
  read(bytes: Buffer, line: number, isRepaired = false): ReadDocument | undefined {
    const json = trimmed(bytes)
    if (json.length === 0) return undefined
    const { _index, _id, _routing, _source, error, text } = topMembers(json, NAMES)
    if (error && text && _index && !_source) return this.read(Buffer.from(textOf(text)), line, true)
    const isHit = _source?.[0] === OPEN_BRACE && (_index ?? _id) !== undefined
    const kind = isHit ? 'hits' : 'docs'
    if (this.kind === undefined && BULK_ACTION.test(json.toString('latin1', 0, MAX_ACTION)))
      throw new InputError(`line ${line} is that of a request to _bulk, not a document`, {
        advice: 'esconn request POST /NAME/_bulk --body @FILE sends such a file',
      })
    const document: BulkDocument = isHit
      ? { line, index: textIn(_index), id: textIn(_id), routing: textIn(_routing), source: _source }
      : { line, index: undefined, id: undefined, routing: undefined, source: json }
    if (!isRepaired) {
      this.kind ??= kind
      this.hasRead = true
      if (kind !== this.kind) return { document, unfit: OTHER_KIND[kind] }
      this.#checkIndex(document)
    }
    return this.#withFields(document)
  }

  #checkIndex({ index, line }: BulkDocument): void {
    this.#index ??= index
    if (index === this.#index || this.#isMerging) return
    if (!this.#options.merge)
      throw new UsageError(`line ${line} is a hit of ${index}, those before are of ${this.#index}`, {
        advice: '--merge writes hits of several indices to one: of equal ids the last one stays',
      })
    this.#isMerging = true
    this.#options.onMerge()
  }

  #withFields(document: BulkDocument): ReadDocument {
    const { idField, routingField } = this.#options
    const own = { ...document }
    for (const [part, field] of [['id', idField] as const, ['routing', routingField] as const]) {
      if (field === undefined) continue
      const text = fieldText(document.source, field)
      if (text === undefined) return { document, unfit: `it has no ${field} that is one string or number` }
      own[part] = text
    }
    const { length } = Buffer.from(own.id ?? 'none')
    if (length === 0 || length > MAX_ID)
      return { document: own, unfit: `its id has ${length} bytes, not 1 to ${MAX_ID}` }
    return { document: own }
  }
}

/** The cluster would refuse all documents that are sent together with one of a longer id. In bytes. */
const MAX_ID = 512

/** The first line of a body for `_bulk`, which could be a document too, but never is. */
const BULK_ACTION = /^\{\s*"(?:index|create|update|delete)"\s*:\s*\{[^{}]*\}\s*\}$/

/** In bytes. */
const MAX_ACTION = 2000

const OTHER_KIND: Record<LineKind, string> = {
  hits: 'it is a hit, and the lines before are documents alone; --lines hits says that hits are meant',
  docs: 'it is not a hit with _source and _index or _id, as the lines before are',
}

const textIn = (value: Buffer | undefined): string | undefined =>
  value && value.toString() !== 'null' ? textOf(value) : undefined

/** A string's text, or a number's digits. */
function fieldText(source: Buffer, field: string): string | undefined {
  const value = fieldAt(source, field)
  const first = value?.[0] ?? OPEN_BRACE
  return value && (first === QUOTE || !(opens(first) || /^[tfn]/.test(value.toString())))
    ? textOf(value)
    : undefined
}

function trimmed(bytes: Buffer): Buffer {
  let [start, end] = [0, bytes.length]
  while (start < end && isSpace(bytes[start] as number)) start++
  while (start < end && isSpace(bytes[end - 1] as number)) end--
  return bytes.subarray(start, end)
}
