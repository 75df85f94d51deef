import { isDeepStrictEqual } from 'node:util'
import type { Index } from '../config/types.ts'
import { InputError, WireError } from '../errors.ts'
import { joinReasons } from '../hits/completeness.ts'
import { documentIn } from '../hits/document.ts'
import { textOf, withMembers } from '../json/members.ts'
import { isSameJson } from '../json/same.ts'
import { IDS } from '../query/get.ts'
import { indexPath } from '../query/index-names.ts'
import { DocumentLookup } from '../query/lookup.ts'
import type { DocumentKey } from '../query/mget.ts'
import { type SearchContext, searchCall } from '../query/search.ts'
import { type Call, readObject } from '../wire/exchange.ts'
import type { Checkpoint } from './checkpoint.ts'
import { unlessDenied } from './shards.ts'
import { currentCheckpoint, type WalkOptions, walk } from './walk.ts'

/** One of two sides that are compared. */
export interface ComparedSide {
  context: SearchContext
  /** What its documents are looked up in: an index, an alias, a data stream, or a view with its query. */
  target: Index
  /** The search that finds those that are compared. */
  call: Call
}

/** How two sides are compared. */
export interface CompareOptions
  extends Omit<WalkOptions, 'after' | 'through' | 'part' | 'resumable' | 'onNotice'> {
  /** Called with what a user should know, in words, and the side that it is about. */
  onNotice?: ((text: string, side: ComparedSide) => void) | undefined
}

/** A document of one side. */
export interface SideDocument extends DocumentKey {
  index: string
  /** Undefined where it is not needed. */
  source: Buffer | undefined
}

/** A document of one side that the other one does not have, or not in the same form. */
export interface Differing {
  document: SideDocument
  isThere: boolean
}

/** Documents that are looked up at a time. */
export interface ReadGroup {
  documents: readonly SideDocument[]
  /** Of their `_source`, if that was read. */
  bytes: number
  /** How much of the side has been read with them, from 0 to 1; undefined where the cluster does not tell. */
  share: number | undefined
}

/** How much is looked up at a time, in bytes of documents. */
const GROUP_BYTES = 2 ** 20

/** Reads one side, and looks up there what was read on the other one. */
export class SideReader {
  readonly #side: ComparedSide
  readonly #options: CompareOptions
  readonly #lookup: DocumentLookup
  /** Undefined where all is compared that can be looked up. */
  readonly #byQuery: DocumentLookup | undefined
  readonly #start: Checkpoint | undefined
  /** Why documents were not read, or not looked up. */
  #unread: string | undefined
  #unfound: string | undefined

  private constructor(
    side: ComparedSide,
    options: CompareOptions,
    opened: { lookup: DocumentLookup; byQuery: DocumentLookup | undefined; start: Checkpoint | undefined },
  ) {
    this.#side = side
    this.#options = options
    this.#lookup = opened.lookup
    this.#byQuery = opened.byQuery
    this.#start = opened.start
  }

  static async open(side: ComparedSide, options: CompareOptions): Promise<SideReader> {
    const { context, target, call } = side
    const lookup = await DocumentLookup.open(context, target, options)
    if (lookup.isBySearch) {
      const refresh = { method: 'POST', path: `/${indexPath(target.index)}/_refresh` }
      await unlessDenied(context.transport.exchange(refresh, readObject, options)) // the walk says if it may not
    }
    const hasQuery = String(call.body) !== String(searchCall(target, undefined).body)
    const byQuery = hasQuery
      ? await DocumentLookup.open(context, { index: target.index, body: call.body }, options)
      : undefined
    return new SideReader(side, options, { lookup, byQuery, start: await checkpointOf(side, options) })
  }

  get hasQuery(): boolean {
    return this.#byQuery !== undefined
  }

  get missing(): string | undefined {
    return joinReasons([this.#unread, this.#unfound])
  }

  /** All documents that are compared. */
  async *read({ withSource }: { withSource: boolean }): AsyncGenerator<ReadGroup, void, undefined> {
    const { context, call } = this.#side
    const onNotice = (text: string) => this.#notice(text)
    const asked = withSource ? call : { ...call, body: withoutSource(call) }
    const batches = walk(context, asked, { ...this.#options, onNotice })
    let documents: SideDocument[] = []
    let bytes = 0
    try {
      let next = await batches.next()
      for (; !next.done; next = await batches.next()) {
        const { hits, share } = next.value
        for (const hit of hits) {
          const document = copied(this.#documentIn(hit, withSource))
          documents.push(document)
          bytes += document.source?.length ?? 0
          if (documents.length < IDS && bytes < GROUP_BYTES) continue
          yield { documents, bytes, share }
          documents = []
          bytes = 0
        }
      }
      if (documents.length > 0) yield { documents, bytes, share: 1 }
      this.#unread = next.value
    } finally {
      await batches.return(undefined)
    }
  }

  /** The documents that this side does not have, or not in the same form. */
  async differing(documents: readonly SideDocument[]): Promise<Differing[]> {
    const isSame = (document: SideDocument, hit: Buffer) => {
      const { source } = this.#documentIn(hit, document.source !== undefined)
      return source === undefined || isSameJson(source, document.source as Buffer)
    }
    const verdicts = await this.#find(this.#lookup, documents, isSame)
    return documents.flatMap(document => {
      const found = verdicts.get(document) ?? [true] // it is not known what there is
      return found.includes(true) ? [] : { document, isThere: found.length > 0 }
    })
  }

  /** What has become of documents that were read here; those that are gone are left out. */
  async readAgain(documents: readonly SideDocument[]): Promise<SideDocument[]> {
    const read = ({ source }: SideDocument, hit: Buffer) =>
      copied(this.#documentIn(hit, source !== undefined))
    const found = await this.#find(this.#lookup, documents, read)
    return documents.flatMap(
      document => found.get(document)?.find(({ index }) => index === document.index) ?? [],
    )
  }

  /** Those of the documents that the query finds. */
  async findByQuery(documents: readonly SideDocument[]): Promise<ReadonlySet<SideDocument>> {
    if (this.#byQuery === undefined) return new Set()
    const found = await this.#find(this.#byQuery, documents, () => true)
    return new Set(documents.filter(document => found.get(document)?.length !== 0))
  }

  /** Says so, if anything was written since the comparison began; without the right `monitor` that is not known. */
  async tellChange(): Promise<void> {
    const now = this.#start && (await checkpointOf(this.#side, this.#options))
    if (now && !isDeepStrictEqual(now, this.#start)) this.#notice(`${this.#side.target.index} ${CHANGED}`)
  }

  #notice(text: string): void {
    this.#options.onNotice?.(text, this.#side)
  }

  async #find<Verdict>(
    lookup: DocumentLookup,
    documents: readonly SideDocument[],
    judge: (document: SideDocument, hit: Buffer) => Verdict,
  ): Promise<Map<SideDocument, Verdict[]>> {
    const [first] = documents
    if (first === undefined) return new Map()
    const { verdicts, missing } = await lookup.find(documents, judge, {
      withSource: first.source !== undefined,
    })
    this.#unfound ??= missing // one of them: each may name a document
    return verdicts
  }

  /**
   * The document of a hit, a view of it.
   *
   * @throws {InputError} where the index keeps no `_source`, although it is wanted
   */
  #documentIn(hit: Buffer, withSource: boolean): SideDocument {
    const { alias } = this.#side.context
    const { _index, _id, _routing, _source } = documentIn(hit)
    if (!_index || !_id) throw new WireError('foreign', 'a hit has no _index or no _id', { alias })
    const index = textOf(_index)
    if (withSource && !_source)
      throw new InputError(`${index} keeps no _source, so its documents cannot be compared`, { alias })
    const source = withSource ? _source : undefined
    return { index, id: textOf(_id), routing: _routing && textOf(_routing), source }
  }
}

/** The same in memory of its own. */
const copied = ({ source, ...document }: SideDocument): SideDocument => ({
  ...document,
  source: source && Buffer.from(source),
})

const CHANGED = 'was written to meanwhile: what differs may be what was written'

const withoutSource = ({ body = '{}' }: Call): Buffer =>
  withMembers(Buffer.from(body), new Map([['_source', () => 'false']]))

/** Where a side stands; undefined where that cannot be found out, which the reading of it then tells. */
const checkpointOf = (
  { context, target }: ComparedSide,
  options: CompareOptions,
): Promise<Checkpoint | undefined> =>
  currentCheckpoint(context, indexPath(target.index), options).catch(() => undefined)
