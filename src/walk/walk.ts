import { setMaxListeners } from 'node:events'
import { anySignal } from '../abort.ts'
import { EsconnError, IncompleteError, UsageError, WireError } from '../errors.ts'
import { eachChanged, forEachBatch } from '../hits/batches.ts'
import { joinReasons } from '../hits/completeness.ts'
import { Batch } from '../hits/scanner.ts'
import { membersOf } from '../json/members.ts'
import { Run } from '../json/run.ts'
import { type SearchContext, type SearchOptions, searchBatches } from '../query/search.ts'
import { count } from '../text.ts'
import { type Call, readObject } from '../wire/exchange.ts'
import { allHits, isDenied, UNPAGED } from './all.ts'
import { type Checkpoint, fitCheckpoint, numberIn, withShard } from './checkpoint.ts'
import type { WalkPart } from './part.ts'
import { PointsInTime } from './point-in-time.ts'
import { type ShardHits, ShardReader } from './reader.ts'
import { NO_REFRESH } from './round.ts'
import { FROM_THE_LAST, saysNoNumbers } from './shard-pages.ts'
import { readStates, type ShardState } from './shard-stats.ts'
import { findShards, type Shard, unlessDenied } from './shards.ts'
import { WalkShare } from './share.ts'

/** How an index is walked. */
export interface WalkOptions extends Omit<SearchOptions, 'delivers' | 'pass' | 'keep' | 'onKept' | 'spread'> {
  /** Goes on after this checkpoint of an earlier walk of the same name and body. Default: from the beginning. */
  after?: Checkpoint | undefined
  /** Reads up to this checkpoint only, of its indices and shards only; only changes that are newer are missing then. */
  through?: Checkpoint | undefined
  /** Reads one of several parts, which other walks of the same name and body complete. */
  part?: WalkPart | undefined
  /** Whether it fails, before it gives anything, where no checkpoints can be given. Default: with `after`, `through` and `part`. */
  resumable?: boolean | undefined
  /** How many shards are read at a time. Default: 4. */
  parallel?: number | undefined
  /** The wanted size of a page, in bytes of hits. Default: 4 MiB. */
  pageBytes?: number | undefined
  /** Called once for each thing that a user should know, in words: what is given up where a right is missing, for example. */
  onNotice?: ((text: string) => void) | undefined
}

/** Hits that a walk gives, and where it stands after them. */
export class WalkBatch extends Batch {
  /**
   * Whoever has these hits and all before them can go on from here. Undefined where the cluster does not tell sequence
   * numbers.
   */
  readonly checkpoint: Checkpoint | undefined
  /**
   * How much has been read with these hits of what the walk reads, from 0 to 1; it never falls. It counts changes, as
   * many as there were when the walk began. Undefined where the cluster does not tell sequence numbers.
   */
  readonly share: number | undefined

  constructor(runs: Run[], { checkpoint, share }: Partial<Pick<WalkBatch, 'checkpoint' | 'share'>> = {}) {
    super({ runs, passed: undefined }, NOTHING)
    this.checkpoint = checkpoint
    this.share = share
  }

  /** The same in memory of its own. */
  copy(): WalkBatch {
    return new WalkBatch(
      this.runs.map(({ bytes, ends }) => Run.of(Buffer.from(bytes), ends)),
      this,
    )
  }
}

/** Batches of a walk; the generator returns why hits are missing. */
export type WalkBatches = AsyncGenerator<WalkBatch, string | undefined, undefined>

const NOTHING = Buffer.alloc(0)

export const NO_CHECKPOINT: Checkpoint = { indices: {} }

/** Members of a search body that are about an order, a score, or more than hits. */
const REFUSED: ReadonlySet<string> = new Set([
  ...UNPAGED,
  ...'sort size min_score highlight terminate_after'.split(' '),
])

/**
 * Every hit of a search, each shard by itself and several at a time, in the order in which its documents were last
 * changed. What changes meanwhile may be given in both versions; nothing that exists throughout is left out. The
 * generator returns why hits are missing; a batch is valid until the next one.
 *
 * @param call of the search, to `/{index}/_search`
 * @throws {UsageError} for a body with a member that makes no sense here, or an index of another cluster
 * @throws {InputError} for a checkpoint of indices or shards that have been made anew since
 * @throws {WireError} if a request fails; `denied` for a checkpoint without the right to `_stats`
 */
export async function* walk(context: SearchContext, call: Call, walkOptions: WalkOptions = {}): WalkBatches {
  const { after, through, part, resumable = (after ?? through ?? part) !== undefined } = walkOptions
  const notice = once(walkOptions.onNotice ?? (() => {}))
  const stop = new AbortController()
  const signal = anySignal(walkOptions.signal, stop.signal)
  const options = { ...walkOptions, resumable, signal, onNotice: notice }
  setMaxListeners(0, options.signal) // each shard has some
  const path = call.path.slice(1, call.path.lastIndexOf('/'))
  const body = Buffer.from(call.body ?? '{}')
  try {
    refuseMembers(body)
    const shards = byShards(context, { path, body }, options, stop)
    return yield* orElse(
      shards,
      error => !resumable && isDenied(error),
      () => {
        notice(BY_SCROLL)
        return byScroll(context, call, { ...walkOptions, onNotice: notice })
      },
    )
  } catch (error) {
    throw error instanceof EsconnError ? error.addAlias(context.alias) : error
  } finally {
    stop.abort()
  }
}

const BY_SCROLL =
  'points in time are denied (to the reader of an alias, for example): all is read by one scroll, which cannot be replaced if it is lost'

/** What is searched: an index expression as a segment of a path, and the body. */
interface Search {
  path: string
  body: Buffer
}

async function* byShards(
  context: SearchContext,
  { path, body }: Search,
  { after, through, part, parallel = 4, pageBytes, onNotice: notice = () => {}, ...search }: WalkOptions,
  stop: AbortController,
): WalkBatches {
  const { resumable, ...options } = search
  const { shards: probed, indices, missing, findGone } = await findShards(context, path, options)
  if (resumable) await refuseWithoutNumbers(context, path, options)
  const asking = readStates(context.transport, path, options)
  const states = (await (resumable ? asking.catch(refuseDenied) : unlessDenied(asking))) ?? []
  const found = findGone ? probed.filter(shard => mayExist(states, shard)) : probed
  const now = { states, indices }
  const start = after && fitCheckpoint(after, now, notice)
  const reasons = missing === undefined ? [] : [missing]
  const end = through && fitCheckpoint(through, now, gone => reasons.push(gone))
  const points = new PointsInTime(context.transport, options)
  const reading = {
    ...{ context, body, points, options, pageBytes, part, notice },
    ...{ mayRefresh: true, mayHideVectors: true },
  }
  const rangeOf = (shard: Pick<Shard, 'index' | 'shard'>) => ({
    from: numberIn(start, shard) ?? -1,
    to: numberIn(end, shard),
  })
  const planned = through ? found.filter(shard => numberIn(through, shard) !== undefined) : found
  const unchanged = states.filter(state => state.maxSeqNo <= rangeOf(state).from) // nothing needs to be opened
  const shards = planned.filter(shard => !unchanged.some(state => isShard(state, shard)))
  const checkpoint = unchanged
    .filter(state => planned.some(shard => isShard(state, shard)))
    .reduce(
      (before, state) => withShard(before ?? NO_CHECKPOINT, state, rangeOf(state).from),
      start as Checkpoint | undefined,
    )
  const share = new WalkShare(shards, states, { rangeOf, part })
  const readers = shards.map(shard => {
    const first = states.find(state => isShard(state, shard))
    return new ShardReader(reading, shard, rangeOf(shard), first).read()
  })
  if (readers.length === 0) yield new WalkBatch([], { checkpoint, share: 1 })
  const ends = yield* toBatches(sideBySide(readers, Math.max(parallel, 1), stop), checkpoint, share)
  const gone = ((await findGone?.()) ?? []).map(index => `${index} is gone`)
  return joinReasons([...reasons, ...fewOf([...ends, ...gone].filter(reason => reason !== undefined))])
}

const isShard = (state: ShardState, { index, shard }: Shard): boolean =>
  state.index === index && state.shard === shard

/** Whether there may be such a shard: probing tells for which numbers there are any, not of which index. */
const mayExist = (states: readonly ShardState[], shard: Shard): boolean =>
  states.some(state => isShard(state, shard)) || !states.some(state => state.shard === shard.shard)

async function* byScroll(context: SearchContext, call: Call, options: WalkOptions): WalkBatches {
  const refresh = { method: 'POST', path: `/${call.path.slice(1, call.path.lastIndexOf('/'))}/_refresh` }
  if (!(await unlessDenied(context.transport.exchange(refresh, readObject, options))))
    options.onNotice?.(NO_REFRESH)
  const batches = eachChanged(allHits(context, call, options), ({ runs }) => new WalkBatch([...runs]))
  const { missing } = yield* batches
  return missing
}

/** Goes on with another generator where the first one fails before it has given any hit. */
async function* orElse(
  first: WalkBatches,
  isReplaced: (error: unknown) => boolean,
  other: () => WalkBatches,
): WalkBatches {
  let given = 0
  try {
    let next = await first.next()
    for (; !next.done; next = await first.next()) {
      given += next.value.count
      yield next.value
    }
    return next.value
  } catch (error) {
    if (given > 0 || !isReplaced(error)) throw error
  } finally {
    await first.return(undefined)
  }
  return yield* other()
}

/**
 * Where a walk stands that has read all changes up to now.
 *
 * @param path the index expression as a segment of a path
 * @throws {IncompleteError} if a shard has no active primary
 * @throws {WireError} `denied` without the right to `_stats`
 */
export async function currentCheckpoint(
  context: SearchContext,
  path: string,
  options: SearchOptions,
): Promise<Checkpoint> {
  const { shards, missing } = await findShards(context, path, options)
  const states = await readStates(context.transport, path, options)
  const passive = shards.filter(shard => !states.some(state => isShard(state, shard)))
  const lacks = passive.map(({ index, shard }) => `shard ${shard} of ${index} has no active primary`)
  const reason = joinReasons([missing, ...fewOf(lacks)])
  if (reason !== undefined) throw new IncompleteError(reason, { alias: context.alias })
  return states.reduce(
    (checkpoint, state) => withShard(checkpoint, state, state.globalCheckpoint),
    NO_CHECKPOINT,
  )
}

/** Says what the right that is missing is needed for. */
function refuseDenied(error: unknown): never {
  if (!(error instanceof WireError && error.fault === 'denied')) throw error
  throw error.addAdvice('a walk can be continued, or divided, only with the right `monitor` of its indices')
}

/** @throws {UsageError} if one of the indices keeps no sequence numbers */
export async function refuseWithoutNumbers(
  context: SearchContext,
  path: string,
  options: SearchOptions,
): Promise<void> {
  const body = `{"size":1,"track_total_hits":false,"_source":false,"sort":${FROM_THE_LAST}}`
  const call = { method: 'POST', path: `/${path}/_search`, body }
  let cause: unknown
  const { missing } = await forEachBatch(searchBatches(context, call, options), async () => {}).catch(
    error => {
      if (!saysNoNumbers(error)) throw error
      cause = error
      return { missing: error.what as string }
    },
  )
  if (cause === undefined && !missing?.includes('[_seq_no]')) return
  throw new UsageError(
    'an index keeps no sequence numbers (index.disable_sequence_numbers): what is read of it cannot be continued',
    { cause, hint: { kind: 'without-state' } },
  )
}

/** Why hits of some shards are missing, in a message that may be about a thousand of them. */
function fewOf(reasons: readonly string[]): string[] {
  const others = reasons.length - MAX_SHOWN
  return others > 0
    ? [...reasons.slice(0, MAX_SHOWN), `and of ${count(others, 'other shard')}`]
    : [...reasons]
}

const MAX_SHOWN = 3

export function refuseMembers(body: Buffer): void {
  const refused = membersOf(body).find(({ key }) => REFUSED.has(key))
  if (refused)
    throw new UsageError(
      `the body's ${JSON.stringify(refused.key)} has no meaning where whole shards are read`,
      {
        advice: '`hits` with the option `all` reads every hit of a search in order',
        hint: { kind: 'search-instead' },
      },
    )
}

/** Passes each text on the first time. */
export function once(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>()
  return text => {
    if (!told.has(text)) tell(text)
    told.add(text)
  }
}

/** Adds the checkpoint after each batch; a shard that does not tell its numbers stays where it is in it. */
function toBatches<End>(
  batches: AsyncGenerator<ShardHits, End, undefined>,
  start: Checkpoint | undefined,
  share: WalkShare,
): AsyncGenerator<WalkBatch, End, undefined> {
  let checkpoint = start
  return eachChanged(batches, ({ runs, through, shard, number }) => {
    if (through) checkpoint = withShard(checkpoint ?? NO_CHECKPOINT, through.state, through.seqNo)
    return new WalkBatch(runs, { checkpoint, share: share.after(shard, number) })
  })
}

/**
 * Runs generators side by side, so many at a time; returns what they return. When it ends early, `stop` ends what they
 * are waiting for.
 */
export async function* sideBySide<Item, End>(
  generators: readonly AsyncGenerator<Item, End, undefined>[],
  parallel: number,
  stop: AbortController,
): AsyncGenerator<Item, End[], undefined> {
  const waiting = generators.values()
  const running = new Map<AsyncGenerator<Item, End>, Promise<Step<Item, End>>>()
  const proceed = (generator: AsyncGenerator<Item, End> | undefined) => {
    if (generator === undefined) return
    const step = generator.next().then(result => ({ generator, result }))
    step.catch(() => {}) // thrown when it is waited for
    running.delete(generator) // so that it is the last one whose turn it is
    running.set(generator, step)
  }
  const ends: End[] = []
  try {
    for (let started = 0; started < Math.min(parallel, generators.length); started++)
      proceed(waiting.next().value)
    while (running.size > 0) {
      const { generator, result } = await Promise.race(running.values())
      if (result.done) {
        running.delete(generator)
        ends.push(result.value)
        proceed(waiting.next().value)
      } else {
        yield result.value
        proceed(generator) // only now: what it gave was valid until then
      }
    }
    return ends
  } finally {
    if (running.size > 0) stop.abort()
    await Promise.allSettled([...running.keys()].map(generator => generator.return(undefined as End)))
  }
}

interface Step<Item, End> {
  generator: AsyncGenerator<Item, End>
  result: IteratorResult<Item, End>
}
