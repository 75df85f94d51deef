import { setMaxListeners } from 'node:events'
import { anySignal } from '../abort.ts'
import type { Index } from '../config/types.ts'
import { UsageError, WireError } from '../errors.ts'
import { forEachBatch } from '../hits/batches.ts'
import { textAtPath } from '../json/members.ts'
import { Run } from '../json/run.ts'
import { composeBody } from '../query/body.ts'
import { type SearchContext, searchBatches } from '../query/search.ts'
import { findTimeField } from '../query/time-field.ts'
import type { Call } from '../wire/exchange.ts'
import {
  type Checkpoint,
  fitCheckpoint,
  numberIn,
  type ShardIdentity,
  whyOther,
  withShard,
} from './checkpoint.ts'
import { PointsInTime } from './point-in-time.ts'
import type { Reading } from './reading.ts'
import { numberOf } from './shard-pages.ts'
import { readStates, type ShardState } from './shard-stats.ts'
import { ShardTail } from './shard-tail.ts'
import { findShards } from './shards.ts'
import {
  NO_CHECKPOINT,
  once,
  refuseMembers,
  refuseWithoutNumbers,
  sideBySide,
  WalkBatch,
  type WalkOptions,
} from './walk.ts'

/** Where a tail begins, and how it reads. */
export interface FollowOptions extends Omit<WalkOptions, 'after' | 'through' | 'part' | 'resumable'> {
  /** Goes on after this checkpoint of an earlier tail of the same name and body. Default: with what becomes visible now. */
  after?: Checkpoint | undefined
  /** How many of the newest documents are given first, without `after`. Default: 0. */
  last?: number | undefined
  /** The field by which those are the newest. Default: what the alias says, `@timestamp`, or the one date field, if there is any. */
  timeField?: string | undefined
}

/** What is followed. */
export interface TailContext extends SearchContext {
  names: ReadonlyMap<string, Index>
}

/** The shards behind a name, as they come and go. */
export class TailedShards {
  readonly #context: TailContext
  readonly #call: Call
  readonly #path: string
  readonly #options: FollowOptions
  readonly #requests: Reading['options']
  readonly #reading: Reading
  /** Where the shards stand; also those that are not active now, or in an index that is closed: they may come back. */
  #checkpoint: Checkpoint = NO_CHECKPOINT
  /** The indices of the beginning, of which only what changes is given; all others are given from their beginning. */
  readonly #first = new Set<string>()
  /** By their identities. */
  #shards = new Map<string, ShardTail>()
  /** The identities of the shards when they were found; undefined where they have to be found again. */
  #found: string | undefined
  /** Whether all shards were active then: others are about to come or to vanish. */
  #isSettled = false
  /** What was given first, and is not given again: index, id and number of each. */
  readonly #given = new Set<string>()

  constructor(context: TailContext, call: Call, options: FollowOptions) {
    const {
      after: _,
      last: __,
      timeField: ___,
      parallel: ____,
      pageBytes,
      onNotice = () => {},
      ...requests
    } = options
    this.#context = context
    this.#call = call
    this.#path = call.path.slice(1, call.path.lastIndexOf('/'))
    this.#options = options
    this.#requests = requests
    const body = Buffer.from(call.body ?? '{}')
    refuseMembers(body)
    const points = new PointsInTime(context.transport, requests)
    const may = { mayRefresh: true, mayHideVectors: true }
    this.#reading = { context, body, points, options: requests, pageBytes, ...may, notice: once(onNotice) }
  }

  /** The documents that come first, with the checkpoint of the beginning. */
  async begin(name: string): Promise<WalkBatch> {
    const { after, last = 0 } = this.#options
    const states = await this.#readStates()
    const indices = await this.#find(states)
    const known = { states, indices }
    if (after) this.#checkpoint = fitCheckpoint(after, known, this.#reading.notice)
    else for (const index of indices) this.#first.add(index)
    await this.#mark(states)
    const hits = after || last === 0 ? [] : await this.#readLast(name, last)
    return new WalkBatch(hits, { checkpoint: this.#checkpoint })
  }

  /** What has become visible since the last time. */
  async *poll(): AsyncGenerator<WalkBatch, void, undefined> {
    const states = await this.#readStates()
    if (identifyAll(states) !== this.#found) {
      await this.#find(states)
      await this.#mark(states)
    }
    const refreshes = new Map<string, Promise<boolean>>()
    const readers = states.flatMap(now => {
      const [shard, mark] = [this.#shards.get(identify(now)), numberIn(this.#checkpoint, now)]
      if (shard === undefined || mark === undefined) return []
      const refresh = () => {
        const asked = refreshes.get(now.index) ?? this.#refresh(shard, now.index, states)
        refreshes.set(now.index, asked)
        return asked
      }
      return [shard.read({ now, mark, refresh })]
    })
    const batches = this.#sideBySide(readers)
    try {
      let next = await batches.next()
      for (; !next.done; next = await batches.next()) {
        const { runs, through } = next.value
        if (through) this.#checkpoint = withShard(this.#checkpoint, through.state, through.seqNo)
        yield new WalkBatch(this.#withoutGiven(runs), { checkpoint: this.#checkpoint })
      }
    } finally {
      await batches.return([])
    }
  }

  /** Makes the changes of an index visible, and lets all its shards know what they were like before. */
  async #refresh(shard: ShardTail, index: string, states: readonly ShardState[]): Promise<boolean> {
    if (!(await shard.refresh())) return false
    for (const state of states)
      if (state.index === index) this.#shards.get(identify(state))?.wasRefreshed(state)
    return true
  }

  /** What is under way ends with it. */
  #sideBySide<Item, End>(generators: readonly AsyncGenerator<Item, End, undefined>[]) {
    const stop = new AbortController()
    const signal = anySignal(this.#requests.signal, stop.signal)
    setMaxListeners(0, signal) // each shard has some
    this.#reading.options = { ...this.#requests, signal }
    return sideBySide(generators, Math.max(this.#options.parallel ?? 4, 1), stop)
  }

  async #readStates(): Promise<ShardState[]> {
    return await readStates(this.#context.transport, this.#path, this.#requests).catch(refuseDenied)
  }

  /** Finds out how the shards are read; returns the names of all indices. */
  async #find(states: readonly ShardState[]): Promise<readonly string[]> {
    const { notice } = this.#reading
    const { shards, indices, missing } = await findShards(this.#context, this.#path, this.#requests)
    await refuseWithoutNumbers(this.#context, this.#path, this.#requests)
    if (indices.length === 0)
      notice(`${decodeURIComponent(this.#path)} matches no index yet; waiting for one`)
    for (const index of Object.keys(this.#checkpoint.indices))
      if (!indices.includes(index)) notice(`no longer there: ${index}`)
    const byPlace = new Map(shards.map(shard => [placeOf(shard), shard]))
    const before = this.#shards
    this.#shards = new Map(
      states.flatMap(state => {
        const [shard, known] = [byPlace.get(placeOf(state)), before.get(identify(state))]
        if (shard === undefined) return []
        return [[identify(state), known?.isOf(shard) ? known : new ShardTail(this.#reading, shard)]]
      }),
    )
    const active = new Set(states.map(({ index }) => index))
    this.#isSettled = missing === undefined && indices.every(index => active.has(index))
    return indices
  }

  /** Adds the shards to the checkpoint that it does not have. */
  async #mark(states: readonly ShardState[]): Promise<void> {
    const unknown = states.filter(state => {
      const { uuid, shards = {} } = this.#checkpoint.indices[state.index] ?? {}
      const isKnown = uuid === state.uuid && shards[state.shard]?.history_uuid === state.history
      return !isKnown && this.#shards.has(identify(state))
    })
    const marks = this.#sideBySide(unknown.map(state => this.#markOf(state)))
    await forEachBatch(marks, async ({ state, mark }) => {
      this.#checkpoint = withShard(this.#checkpoint, state, mark)
    })
    this.#found = this.#isSettled ? identifyAll(states) : undefined
  }

  async *#markOf(state: ShardState): AsyncGenerator<{ state: ShardState; mark: number }, void, undefined> {
    const change = whyOther(this.#checkpoint, state)
    if (change !== undefined) {
      this.#first.delete(state.index)
      this.#reading.notice(`${change}, and is read from its beginning`)
    }
    const shard = this.#first.has(state.index) ? this.#shards.get(identify(state)) : undefined
    yield { state, mark: shard ? await shard.begin(state) : -1 }
  }

  /** The newest documents by their time, or else by their numbers; the newest of them last. */
  async #readLast(name: string, last: number): Promise<Run[]> {
    const field = this.#options.timeField ?? (await this.#findTimeField(name))
    const byTime = field === undefined ? [] : [{ [field]: { order: 'desc', unmapped_type: 'date' } }]
    const sort = JSON.stringify([...byTime, { _seq_no: { order: 'desc', unmapped_type: 'long' } }])
    const members = new Map(Object.entries({ size: String(last), track_total_hits: 'false', sort }))
    const body = composeBody(this.#reading.body, { members }) as Buffer
    const hits: Buffer[] = []
    const batches = searchBatches(this.#context, { ...this.#call, body }, this.#requests)
    const { missing } = await forEachBatch(batches, async batch => {
      for (const hit of batch.hits) hits.push(Buffer.from(hit))
    })
    if (missing !== undefined) this.#reading.notice(`of the last documents some may be missing: ${missing}`)
    for (const hit of hits) this.#given.add(keyOf(hit, -1))
    return hits.toReversed().map(hit => new Run(hit))
  }

  /** Undefined where there are several. */
  async #findTimeField(name: string): Promise<string | undefined> {
    return await findTimeField(this.#context, name, this.#requests).catch(error => {
      if (error instanceof UsageError) return undefined
      throw error
    })
  }

  #withoutGiven(runs: Run[]): Run[] {
    if (this.#given.size === 0) return runs
    const hits = runs.flatMap(({ elements }) => elements)
    return hits.filter(hit => !this.#given.delete(keyOf(hit, 0))).map(hit => new Run(hit))
  }
}

/** Says what the right that is missing is needed for. */
function refuseDenied(cause: unknown): never {
  if (!(cause instanceof WireError && cause.fault === 'denied' && cause.status === 403)) throw cause
  const what = `an index can be followed only with the right \`monitor\` of it: ${cause.what}`
  throw new WireError('denied', what, { ...cause, cause })
}

const placeOf = ({ index, shard }: Pick<ShardIdentity, 'index' | 'shard'>): string => `${index} ${shard}`

const identify = ({ uuid, history, ...place }: ShardIdentity): string =>
  `${placeOf(place)} ${uuid} ${history}`

const identifyAll = (states: readonly ShardIdentity[]): string => states.map(identify).toSorted().join()

/** Index, id and number of a hit, the last being one of its sort values. */
const keyOf = (hit: Buffer, sortValue: number): string => {
  const names = ['_index', '_id'].map(name => textAtPath(hit, [name]))
  return JSON.stringify([...names, numberOf(hit, sortValue)])
}
