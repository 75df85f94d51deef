import { WireError } from '../errors.ts'
import { eachChanged } from '../hits/batches.ts'
import { joinReasons } from '../hits/completeness.ts'
import type { Run } from '../json/run.ts'
import { blocksOf, type NumberRange } from './part.ts'
import { isLost } from './point-in-time.ts'
import type { Reading } from './reading.ts'
import { type Round, Rounds } from './round.ts'
import { ShardPages } from './shard-pages.ts'
import type { ShardState } from './shard-stats.ts'
import type { Shard } from './shards.ts'
import { byWholeNumbers } from './whole-numbers.ts'

/** Hits of a shard, valid until the next ones, and how far they lead: whoever has them has all changes up to that number. */
export interface ShardHits {
  runs: Run[]
  /** Undefined where the cluster does not let that be proved. */
  through: { state: ShardState; seqNo: number } | undefined
  shard: Shard
  /** The number that the shard has been read up to, proved or not; undefined where it is not known. */
  number: number | undefined
}

const RENEWED = 'a point in time was lost and is opened again: what follows is read as it is now'

/** How often a point in time may be lost before it has given anything. */
const MAX_FAILURES = 3

/** Reads one shard in the order of its sequence numbers. */
export class ShardReader {
  readonly #reading: Reading
  readonly #shard: Shard
  readonly #rounds: Rounds
  readonly #pages: ShardPages
  /** Changes up to this number are not read any more. */
  #from: number
  /** Changes after this number are not read; undefined for all of them. */
  readonly #to: number | undefined
  /** Whether each point in time so far shows all changes up to its opening. */
  #isProved = true
  /** How many hits were given out. */
  #given = 0
  /** Why hits are missing. */
  readonly #reasons: string[] = []

  /** @param first the shard when it was found, if the cluster tells */
  constructor(reading: Reading, shard: Shard, { from, to }: NumberRange, first?: ShardState) {
    this.#reading = reading
    this.#shard = shard
    this.#pages = new ShardPages(reading, shard)
    this.#rounds = new Rounds(reading, shard, this.#pages, first)
    this.#from = from
    this.#to = to
  }

  /**
   * The hits of the shard; the generator returns why some are missing. Where a point in time is lost another one is
   * opened, in which nothing is left out and only what has changed is given out again.
   */
  async *read(): AsyncGenerator<ShardHits, string | undefined, undefined> {
    try {
      yield* this.#readRounds()
    } catch (error) {
      if (!isGone(error)) throw error
      this.#reasons.push(`${this.#name} is gone`)
    }
    return joinReasons(this.#reasons)
  }

  get #name(): string {
    return `shard ${this.#shard.shard} of ${this.#shard.index}`
  }

  async *#readRounds(): AsyncGenerator<ShardHits, void, undefined> {
    let loss: WireError | undefined
    for (let failures = 0; failures < MAX_FAILURES; failures++) {
      const round = await this.#open()
      if (round === undefined) return void this.#reasons.push(`${this.#name} is gone`)
      if (loss) this.#renew(loss)
      const before = this.#given
      loss = yield* this.#untilLost(round)
      if (loss === undefined) return await this.#checkPart(round)
      if (!this.#pages.hasNumbers && this.#given > 0) return void this.#reasons.push(this.#lost(loss))
      if (this.#given > before) failures = 0
    }
    throw loss
  }

  /** Parts that are read while the shard changes have in common neither the documents nor their last number. */
  async #checkPart({ state }: Round): Promise<void> {
    if (!this.#reading.part || this.#to !== undefined || !state) return
    const now = await this.#rounds.readState()
    if (now?.maxSeqNo !== state.maxSeqNo)
      this.#reasons.push(`${this.#name} has changed meanwhile, so that parts of it may not fit together`)
  }

  async #open(): Promise<Round | undefined> {
    const round = await (this.#pages.hasNumbers ? this.#rounds.open() : this.#rounds.openPlain())
    this.#isProved &&= round?.isProved === true
    return round
  }

  /** Says that another point in time takes the place of one that was lost, and whether hits may be missing between them. */
  #renew(loss: WireError): void {
    if (this.#given === 0) return
    this.#reading.notice(RENEWED)
    if (!this.#isProved) this.#reasons.push(this.#lost(loss))
  }

  #lost({ what }: WireError): string {
    return `the point in time of ${this.#name} was lost (${what})`
  }

  /** The hits of a point in time; the generator returns how it was lost, or undefined at its end. */
  async *#untilLost(round: Round): AsyncGenerator<ShardHits, WireError | undefined, undefined> {
    try {
      yield* this.#readRound(round)
      return undefined
    } catch (error) {
      if (isLost(error, this.#given > 0)) return error
      throw error
    } finally {
      await this.#rounds.close(round)
    }
  }

  /** All hits of a point in time that are wanted. */
  async *#readRound(round: Round): AsyncGenerator<ShardHits, void, undefined> {
    for (const range of this.#ranges(round)) {
      const missing = yield* this.#readRange(round, range)
      if (missing !== undefined) return void this.#reasons.push(`${missing} (${this.#name})`)
    }
  }

  *#ranges({ state }: Round): Generator<NumberRange, void, undefined> {
    const { part } = this.#reading
    const wanted = { from: this.#from, to: this.#to }
    if (part && state) yield* blocksOf(part, state, { ...wanted, to: this.#to ?? state.maxSeqNo })
    else yield wanted
  }

  /** The hits of a range; the generator returns why some are missing. */
  #readRange(round: Round, range: NumberRange): AsyncGenerator<ShardHits, string | undefined, undefined> {
    const groups = byWholeNumbers(this.#pages, round.point, range)
    return eachChanged(groups, ({ runs, number }) => this.#give(runs, number, round))
  }

  /** @param number up to which these and the hits before are all; undefined where that is not known */
  #give(runs: Run[], number: number | undefined, { state, through }: Round): ShardHits {
    this.#given += runs.reduce((sum, { ends }) => sum + ends.length, 0)
    const given = { runs, shard: this.#shard, number }
    if (number === undefined || !this.#pages.hasNumbers) return { ...given, through: undefined }
    this.#from = Math.max(this.#from, state ? Math.min(number, through) : number)
    return { ...given, through: state && { state, seqNo: this.#from } }
  }
}

/** Whether an index was deleted or closed meanwhile. */
export const isGone = (error: unknown): boolean =>
  error instanceof WireError && /^index_(?:not_found|closed)_exception/.test(error.what)
