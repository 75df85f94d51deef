import { setTimeout as sleep } from 'node:timers/promises'
import { textAtPath } from '../json/members.ts'
import { type Reply, readObject } from '../wire/exchange.ts'
import type { PointInTime } from './point-in-time.ts'
import type { Reading } from './reading.ts'
import type { ShardPages } from './shard-pages.ts'
import { readStates, type ShardState } from './shard-stats.ts'
import { type Shard, unlessDenied } from './shards.ts'
import { shows } from './visibility.ts'

/** A point in time of a shard. */
export interface Round {
  point: PointInTime
  /** The shard before it was opened; undefined where the cluster does not tell its numbers. */
  state: ShardState | undefined
  /** All changes up to this number are seen in it; -1 where nothing is known. */
  through: number
  /** Whether that is certain. */
  isProved: boolean
}

const NO_STATS =
  'the cluster does not tell sequence numbers (that needs the right `monitor`): a point in time that is lost cannot be replaced'
export const NO_REFRESH =
  'nothing is refreshed (that needs the right `maintenance` and an alias that is not readonly): the last changes may be missing'

/** In milliseconds. */
const POLL = 200

/** How often is waited until a copy takes the place of one that is lost. */
const MAX_WAITS = 150

/** How often is looked whether the cluster has made changes visible by itself. */
const MAX_LOOKS = 25

/** Opens one point in time of a shard after the other. */
export class Rounds {
  readonly #reading: Reading
  readonly #shard: Shard
  readonly #pages: ShardPages
  /** As it was at first. */
  #first: ShardState | undefined

  /** @param first the shard when it was found; in one that was made anew since, numbers mean something else */
  constructor(reading: Reading, shard: Shard, pages: ShardPages, first?: ShardState) {
    this.#reading = reading
    this.#shard = shard
    this.#pages = pages
    this.#first = first
  }

  /** Undefined where the shard is gone, or is another one by now. */
  async open(): Promise<Round | undefined> {
    for (;;) {
      const state = await this.#activeState()
      if (state === 'untold') return await this.openPlain()
      this.#first ??= state
      if (state === undefined || !isSame(state, this.#first)) return undefined
      const round = await this.#openVisible(state)
      if (!round?.state) return round
      const confirmed = await this.confirm(round.state).catch(async error => {
        await this.close(round)
        throw error
      })
      if (confirmed) return round
      await this.close(round)
    }
  }

  async close({ point }: Pick<Round, 'point'>): Promise<void> {
    await this.#reading.points.close(point)
  }

  /** A point in time without a proof, where numbers mean nothing. */
  async openPlain(): Promise<Round | undefined> {
    if (!(await this.refresh())) this.#reading.notice(NO_REFRESH)
    const point = await this.openPoint()
    return point && { point, state: undefined, through: -1, isProved: false }
  }

  /** @param node that has the primary, if only that will do */
  async openPoint(node?: string): Promise<PointInTime | undefined> {
    const { path, shard } = this.#shard
    return await this.#reading.points.open(path, { shard, isCurrent: true, node })
  }

  /**
   * A point in time that shows all changes up to the state's global checkpoint: those are made visible, or, where that
   * is not allowed, it is waited for the cluster to do so.
   */
  async #openVisible(state: ShardState): Promise<Round | undefined> {
    if (await this.refresh()) {
      const point = await this.openPoint()
      return point && { point, state, through: state.globalCheckpoint, isProved: true }
    }
    for (let looks = 1; ; looks++) {
      const round = await this.#look(state)
      const standsStill = round?.through === state.maxSeqNo
      if (round === undefined || round.isProved || standsStill || looks === MAX_LOOKS) {
        if (round?.isProved === false) this.#reading.notice(NO_REFRESH)
        return round
      }
      await this.close(round)
      await this.#pause()
    }
  }

  /** A point in time of the primary, with what is known to be visible in it. */
  async #look(state: ShardState): Promise<Round | undefined> {
    const now = await this.readState()
    const { point, highest } = (await this.look(now?.node)) ?? {}
    if (point === undefined || highest === undefined) return undefined
    const isProved = shows(state, now, highest)
    const { globalCheckpoint } = state
    const through = isProved ? globalCheckpoint : Math.min(globalCheckpoint, highest)
    return { point, state, through, isProved }
  }

  /** A point in time, and the highest number that is visible in it. */
  async look(node: string | undefined): Promise<{ point: PointInTime; highest: number } | undefined> {
    const point = await this.openPoint(node)
    if (point === undefined) return undefined
    const highest = await this.#pages.highest(point).catch(async error => {
      await this.close({ point })
      throw error
    })
    return { point, highest }
  }

  /** The state; it may take a moment until another copy is the primary. */
  async #activeState(): Promise<ShardState | 'untold' | undefined> {
    let state = await this.#askState()
    for (let waits = 0; state === undefined && waits < MAX_WAITS; waits++) {
      await this.#pause()
      state = await this.#askState()
    }
    return state
  }

  /** How far the shard has come by now; undefined where its primary is not active, or the cluster does not tell. */
  async readState(): Promise<ShardState | undefined> {
    const state = await this.#askState()
    return state === 'untold' ? undefined : state
  }

  async #askState(): Promise<ShardState | 'untold' | undefined> {
    const { context, options, notice } = this.#reading
    const { path, index, shard } = this.#shard
    const states = await unlessDenied(readStates(context.transport, path, options))
    if (states) return states.find(state => state.index === index && state.shard === shard)
    notice(NO_STATS)
    return 'untold'
  }

  /** Makes all changes visible in every copy; returns whether it may, and has. */
  async refresh(): Promise<boolean> {
    const { context, options } = this.#reading
    const call = { method: 'POST', path: `/${this.#shard.path}/_refresh` }
    for (let waits = 0; this.#reading.mayRefresh && waits < MAX_WAITS; waits++) {
      const failed = await unlessDenied(context.transport.exchange(call, readFailed, options))
      if (failed === '0') return true
      if (failed === undefined) this.#reading.mayRefresh = false
      else await this.#pause() // a copy is lost, with its node for example, and will not count for long
    }
    return false
  }

  /**
   * Waits until every copy has all changes that can be seen in a point in time that was opened before: a search sees some
   * that are not acknowledged yet, and another primary could bring back what they have replaced.
   *
   * @param maxWaits after how many pauses it is given up
   * @returns the state then; undefined where it was given up, or there is another primary
   */
  async confirm(
    { primary }: ShardState,
    maxWaits = Number.POSITIVE_INFINITY,
  ): Promise<ShardState | undefined> {
    let state = await this.readState()
    const max = state?.maxSeqNo ?? 0
    for (let waits = 0; state?.primary === primary && waits <= maxWaits; waits++) {
      if (state.globalCheckpoint >= max) return state
      await this.#pause()
      state = await this.readState()
    }
    return undefined
  }

  async #pause(): Promise<void> {
    const { signal } = this.#reading.options
    await sleep(POLL, undefined, { signal }).catch(() => {}) // the next request reports the abort
  }
}

const isSame = (one: ShardState, other: ShardState | undefined): boolean =>
  one.uuid === other?.uuid && one.history === other.history

/** How many copies were not refreshed. */
async function readFailed(reply: Reply): Promise<string | undefined> {
  return textAtPath(await readObject(reply), ['_shards', 'failed'])
}
