import { IncompleteError } from '../errors.ts'
import type { PointInTime } from './point-in-time.ts'
import { isGone, type ShardHits } from './reader.ts'
import type { Reading } from './reading.ts'
import { Rounds } from './round.ts'
import { ShardPages } from './shard-pages.ts'
import type { ShardState } from './shard-stats.ts'
import type { Shard } from './shards.ts'
import { judge } from './visibility.ts'
import { byWholeNumbers } from './whole-numbers.ts'

const BEST_EFFORT =
  'nothing is refreshed (that needs the right `maintenance` and an alias that is not readonly): a change that becomes visible after a later one may be missed'

/** A copy that is lost may hold up its shard for long; the others are not kept waiting. */
const MAX_WAITS = 5

/** A shard as it is now, and where its reading stands. */
interface ShardNews {
  now: ShardState
  /** All changes up to this number have been given out. */
  mark: number
  /** Makes the changes of the index visible; returns whether it may, and has. */
  refresh: () => Promise<boolean>
}

type TailedHits = Pick<ShardHits, 'runs' | 'through'>

/** A point in time that shows all changes up to a number. */
interface Sighted {
  point: PointInTime
  through: number
  /** Whether a refresh of our own has brought that about. */
  isOwn: boolean
}

/** Follows a shard: gives what has become visible, and leaves it to the index when that is. */
export class ShardTail {
  readonly #reading: Reading
  readonly #shard: Shard
  readonly #pages: ShardPages
  readonly #rounds: Rounds
  /** As it was at an earlier look. */
  #sample: ShardState | undefined
  /** As it was when there was nothing new to be seen. */
  #quiet: ShardState | undefined
  /** What it had come to then can all be seen by now. */
  #visible: ShardState | undefined
  #waits = 0
  #ownRefresh = 0

  constructor(reading: Reading, shard: Shard) {
    this.#reading = reading
    this.#shard = shard
    this.#pages = new ShardPages(reading, shard)
    this.#rounds = new Rounds(reading, shard, this.#pages)
  }

  /** Whether the shard is still read in this way. */
  isOf({ path, filter }: Shard): boolean {
    return this.#shard.path === path && this.#shard.filter === filter
  }

  /** The number up to which all can be seen before the tail begins. */
  async begin({ node, globalCheckpoint }: ShardState): Promise<number> {
    const look = await this.#rounds.look(node)
    if (look) await this.#rounds.close(look)
    return Math.min(globalCheckpoint, look?.highest ?? globalCheckpoint)
  }

  /** Makes the changes of its index visible; returns whether it may, and has. */
  async refresh(): Promise<boolean> {
    return await this.#rounds.refresh()
  }

  /** Takes note that the index was refreshed after the shard was in this state. */
  wasRefreshed(state: ShardState): void {
    this.#visible = state
  }

  /**
   * The changes after the mark, as far as it is certain that all of them can be seen.
   *
   * @throws {IncompleteError} if the cluster does not give all of them
   */
  async *read(news: ShardNews): AsyncGenerator<TailedHits, void, undefined> {
    try {
      yield* this.#readVisible(news)
    } catch (error) {
      if (!isGone(error)) throw error // what has become of the index shows when all states are read again
    }
  }

  async *#readVisible(news: ShardNews): AsyncGenerator<TailedHits, void, undefined> {
    const { now, mark } = news
    if (now.globalCheckpoint <= mark) return
    this.#forgetOther(now)
    const sighted = await this.#sight(news)
    if (sighted === undefined) return
    try {
      const confirmed = await this.#rounds.confirm(now, MAX_WAITS)
      if (confirmed === undefined) return
      if (sighted.isOwn) this.#ownRefresh = confirmed.refreshes
      yield* this.#readThrough(sighted, news)
    } finally {
      await this.#rounds.close(sighted)
    }
  }

  /** What was seen of another primary says nothing of this one. */
  #forgetOther({ primary }: ShardState): void {
    if (this.#visible?.primary !== primary) this.#visible = undefined
    if (this.#sample?.primary === primary) return
    this.#sample = undefined
    this.#waits = 0
    this.#ownRefresh = 0
  }

  /** Undefined where nothing is to be read yet. */
  async #sight(news: ShardNews): Promise<Sighted | undefined> {
    const { now, mark } = news
    if (this.#visible && this.#visible.globalCheckpoint > mark) return await this.#open(now, this.#visible)
    if (this.#quiet && isUnchanged(this.#quiet, now)) return undefined
    const look = await this.#rounds.look(now.node)
    if (look === undefined) return undefined
    let sighted: Sighted | undefined
    try {
      sighted = await this.#judge(news, look)
      return sighted
    } finally {
      if (sighted?.point !== look.point) await this.#rounds.close(look)
    }
  }

  /** What follows from a look at the shard. */
  async #judge(
    { now, mark, refresh }: ShardNews,
    { point, highest }: { point: PointInTime; highest: number },
  ): Promise<Sighted | undefined> {
    const sample = this.#sample && this.#sample.globalCheckpoint > mark ? this.#sample : now
    const waits = this.#waits
    const verdict = judge({ mark, sample, now, highest, waits, ownRefresh: this.#ownRefresh })
    // a later sample proves more, unless a refresh may have been under way that only proves an earlier one
    this.#sample = verdict === 'wait' && now.refreshes > sample.refreshes ? sample : now
    this.#quiet = verdict === 'nothing' ? now : undefined
    this.#waits = verdict === 'wait' || verdict === 'refresh' ? waits + 1 : 0
    if (verdict === 'read') this.#visible = sample
    if (verdict === 'read') return { point, through: sample.globalCheckpoint, isOwn: false }
    if (verdict !== 'refresh') return undefined
    if (await refresh()) return await this.#open(now, now)
    if (waits === 0) return undefined
    this.#reading.notice(BEST_EFFORT)
    return { point, through: Math.min(now.globalCheckpoint, highest), isOwn: false }
  }

  async #open({ node }: ShardState, { globalCheckpoint }: ShardState): Promise<Sighted | undefined> {
    const point = await this.#rounds.openPoint(node)
    return point && { point, through: globalCheckpoint, isOwn: true }
  }

  async *#readThrough(
    { point, through }: Sighted,
    { now: state, mark }: ShardNews,
  ): AsyncGenerator<TailedHits, void, undefined> {
    const groups = byWholeNumbers(this.#pages, point, { from: mark, to: through })
    try {
      let next = await groups.next()
      for (; !next.done; next = await groups.next()) {
        const { runs, number } = next.value
        if (number !== undefined) yield { runs, through: { state, seqNo: number } }
      }
      const { index, shard } = this.#shard
      if (next.value !== undefined) throw new IncompleteError(`${next.value} (shard ${shard} of ${index})`)
    } finally {
      await groups.return(undefined)
    }
  }
}

/** Whether nothing was written to a shard, and nothing made visible. */
const isUnchanged = (one: ShardState, other: ShardState): boolean =>
  one.primary === other.primary &&
  one.globalCheckpoint === other.globalCheckpoint &&
  one.maxSeqNo === other.maxSeqNo &&
  one.refreshes === other.refreshes
