import type { Index } from '../config/types.ts'
import { EsconnError, WireError } from '../errors.ts'
import { forEachBatch, readBatches } from '../hits/batches.ts'
import { joinReasons, whyIncomplete } from '../hits/completeness.ts'
import type { Batch } from '../hits/scanner.ts'
import { memberOf, textAtPath } from '../json/members.ts'
import { describeError, parseObject } from '../wire/errors/http.ts'
import type { Call, ExchangeOptions, Reply } from '../wire/exchange.ts'
import { idsQuery } from './clauses.ts'
import { COPIES, looksLikeOneIndex, whyMore } from './get.ts'
import { indexPath } from './index-names.ts'
import { type DocumentKey, EXCLUDE_NO_VECTORS, mgetCall, mgetItems } from './mget.ts'
import { resolveIndex } from './resolve-index.ts'
import { type Body, type SearchContext, searchCall } from './search.ts'

/** Where documents are looked up. */
export interface LookupTarget extends Index {
  /** Of a search that must find them too. Default: none. */
  body?: Body | undefined
}

export interface LookupOptions extends ExchangeOptions {
  /** Largest document, in bytes. Default: 256 MiB. */
  maxHit?: number | undefined
}

/** What is made of a document that was found. */
type Judge<Key, Verdict> = (key: Key, hit: Buffer) => Verdict

/** What was found. */
interface Found<Key, Verdict> {
  /** For each key that could be looked up a verdict on each document that it has, in an alias of several indices on several. */
  verdicts: Map<Key, Verdict[]>
  /** Why others could not. */
  missing: string | undefined
}

/** What is said of `_source` in the body of a search, and in the query of `_mget`. */
const WHOLE = { member: 'true', parameter: '' }
const WITH_VECTORS = { member: '{"exclude_vectors":false}', parameter: EXCLUDE_NO_VECTORS }
/** Unless it is named, the routing is left out together with the source. */
const WITHOUT_SOURCE = { member: 'false', parameter: '_source=false&stored_fields=_routing' }

/**
 * Looks up documents by id and routing: in one index in real time; in a view, an alias, a data stream or a search as of
 * the last refresh, and only what these show.
 */
export class DocumentLookup {
  readonly #context: SearchContext
  readonly #target: LookupTarget
  readonly #options: LookupOptions
  readonly #isOneIndex: boolean
  /** Whether the cluster knows vectors that it leaves out of documents unless it is told not to. */
  #mayHideVectors = true

  private constructor(
    context: SearchContext,
    target: LookupTarget,
    { isOneIndex, ...options }: LookupOptions & { isOneIndex: boolean },
  ) {
    this.#context = context
    this.#target = target
    this.#options = options
    this.#isOneIndex = isOneIndex
  }

  /** @throws {WireError} if the cluster does not answer */
  static async open(
    context: SearchContext,
    target: LookupTarget,
    options: LookupOptions,
  ): Promise<DocumentLookup> {
    const mayBeOne = target.body === undefined && looksLikeOneIndex(target)
    const found = mayBeOne ? await resolveIndex(context, target.index, options) : undefined
    const isOneIndex = found?.indices.length === 1 && found.aliases.length + found.streams.length === 0
    return new DocumentLookup(context, target, { ...options, isOneIndex })
  }

  /** Whether it sees only what has been refreshed. */
  get isBySearch(): boolean {
    return !this.#isOneIndex
  }

  /**
   * Judges the documents of these keys.
   *
   * @param keys at most `IDS`
   * @throws {WireError} if the request fails
   */
  async find<Key extends DocumentKey, Verdict>(
    keys: readonly Key[],
    judge: Judge<Key, Verdict>,
    { withSource = true } = {},
  ): Promise<Found<Key, Verdict>> {
    const { alias, transport } = this.#context
    const showsVectors = this.#mayHideVectors // others may find out meanwhile
    const read = (reply: Reply) =>
      this.#isOneIndex ? this.#readItems(reply, keys, judge) : this.#readHits(reply, keys, judge)
    try {
      return await transport.exchange(this.#call(keys, withSource), read, this.#options)
    } catch (error) {
      if (!(error instanceof EsconnError)) throw error
      if (!showsVectors || error.status !== 400 || !error.what.includes('exclude_vectors'))
        throw error.addAlias(alias)
    }
    this.#mayHideVectors = false // an older version refuses to hear of them
    return await this.find(keys, judge, { withSource })
  }

  #call(keys: readonly DocumentKey[], withSource: boolean): Call {
    const { body, ...target } = this.#target
    const { member, parameter } = !withSource ? WITHOUT_SOURCE : this.#mayHideVectors ? WITH_VECTORS : WHOLE
    if (this.#isOneIndex) return mgetCall(indexPath(target.index), keys, parameter)
    const members = new Map([
      ['size', String(COPIES)],
      ['track_total_hits', 'true'],
      ['_source', member],
    ])
    return searchCall(target, body, { filters: [idsQuery(keys.map(({ id }) => id))], members })
  }

  async #readItems<Key extends DocumentKey, Verdict>(
    reply: Reply,
    keys: readonly Key[],
    judge: Judge<Key, Verdict>,
  ): Promise<Found<Key, Verdict>> {
    const verdicts = new Map<Key, Verdict[]>()
    let missing: string | undefined
    for await (const { key, item } of itemsByKey(mgetItems(reply, this.#options.maxHit), keys)) {
      const isThere = textAtPath(item, ['found']) === 'true'
      const error = isThere ? undefined : memberOf(item, 'error')
      if (error) missing ??= describeError(parseObject(error.toString()), reply.redact)
      else verdicts.set(key, isThere && isOf(key, item) ? [judge(key, item)] : [])
    }
    return { verdicts, missing }
  }

  async #readHits<Key extends DocumentKey, Verdict>(
    { chunks, redact }: Reply,
    keys: readonly Key[],
    judge: Judge<Key, Verdict>,
  ): Promise<Found<Key, Verdict>> {
    const verdicts = new Map(keys.map(key => [key, [] as Verdict[]]))
    const byId = new Map<string, Key[]>()
    for (const key of keys) byId.set(key.id, [...(byId.get(key.id) ?? []), key])
    let count = 0
    const batches = readBatches(chunks, { maxHit: this.#options.maxHit })
    const summary = await forEachBatch(batches, async ({ hits }) => {
      count += hits.length
      for (const hit of hits)
        for (const key of byId.get(textAtPath(hit, ['_id']) ?? '') ?? [])
          if (isOf(key, hit)) verdicts.get(key)?.push(judge(key, hit))
    })
    const missing = joinReasons([whyIncomplete(summary, { redact }), whyMore(summary.total, count)])
    if (missing !== undefined)
      for (const [key, { length }] of verdicts) if (length === 0) verdicts.delete(key)
    return { verdicts, missing }
  }
}

/** @throws {WireError} `foreign` for a reply about other keys */
async function* itemsByKey<Key extends DocumentKey>(
  batches: AsyncGenerator<Batch, void, undefined>,
  keys: readonly Key[],
): AsyncGenerator<{ key: Key; item: Buffer }, void, undefined> {
  let at = 0
  for await (const { hits } of batches)
    for (const item of hits) {
      const key = keys[at++]
      if (key === undefined || textAtPath(item, ['_id']) !== key.id)
        throw new WireError('foreign', 'the reply has documents of other ids')
      yield { key, item }
    }
  if (at !== keys.length)
    throw new WireError('foreign', `the reply has ${at} documents for ${keys.length} ids`)
}

/** Whether a document that has the id has the routing too: a shard finds it by its id alone. */
const isOf = ({ routing }: DocumentKey, hit: Buffer): boolean => textAtPath(hit, ['_routing']) === routing
