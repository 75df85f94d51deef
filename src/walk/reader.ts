import { WireError } from '../errors.ts'
import { joinReasons } from '../hits/completeness.ts'
import { elementsOf, textAt } from '../json/members.ts'
import { Run } from '../json/run.ts'
import { isLost } from './point-in-time.ts'
import type { Reading } from './reading.ts'
import { type Round, Rounds } from './round.ts'
import { ShardPages, sortOf } from './shard-pages.ts'
import type { ShardState } from './shard-stats.ts'
import type { Shard } from './shards.ts'

/** Hits of a shard, valid until the next ones, and how far they lead: whoever has them has all changes up to that number. */
export interface ShardHits {
  runs: Run[]
  /** Undefined where the cluster does not let that be proved. */
  through: { state: ShardState; seqNo: number } | undefined
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
  /** Whether each point in time so far shows all changes up to its opening. */
  #isProved = true
  /** How many hits were given out. */
  #given = 0
  /** Why hits are missing. */
  readonly #reasons: string[] = []

  constructor(reading: Reading, shard: Shard, from: number) {
    this.#reading = reading
    this.#shard = shard
    this.#rounds = new Rounds(reading, shard)
    this.#pages = new ShardPages(reading, shard)
    this.#from = from
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
      if (loss === undefined) return
      if (!this.#pages.hasNumbers && this.#given > 0) return void this.#reasons.push(this.#lost(loss))
      if (this.#given > before) failures = 0
    }
    throw loss
  }

  async #open(): Promise<Round | undefined> {
    const round = await (this.#pages.hasNumbers ? this.#rounds.open() : this.#rounds.openPlain())
    this.#isProved &&= round?.state !== undefined
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

  /** All hits of a point in time. Those of the last number wait until a higher one has come. */
  async *#readRound({ point, state }: Round): AsyncGenerator<ShardHits, void, undefined> {
    const parts = this.#pages.of(point, this.#from)
    let waiting: Run[] = []
    try {
      let next = await parts.next()
      for (; !next.done; next = await parts.next()) {
        const { runs, rest, number } = this.#divide([...waiting, ...next.value.runs])
        waiting = rest
        if (runs.length > 0) yield this.#give(runs, next.value.isWhole ? number : undefined, state)
      }
      const missing = next.value
      yield this.#give(waiting, missing === undefined ? Number.POSITIVE_INFINITY : undefined, state)
      if (missing !== undefined) this.#reasons.push(`${missing} (${this.#name})`)
    } finally {
      await parts.return(undefined)
    }
  }

  #divide(all: Run[]): Divided {
    return this.#pages.hasNumbers ? divide(all) : { runs: all, rest: [], number: undefined }
  }

  /** @param number up to which these and the hits before are all; undefined where that is not known */
  #give(runs: Run[], number: number | undefined, state: ShardState | undefined): ShardHits {
    this.#given += runs.reduce((sum, { ends }) => sum + ends.length, 0)
    if (number === undefined || !this.#pages.hasNumbers) return { runs, through: undefined }
    this.#from = Math.max(this.#from, Math.min(number, state?.globalCheckpoint ?? number))
    return { runs, through: state && { state, seqNo: this.#from } }
  }
}

/** Whether an index was deleted or closed meanwhile. */
const isGone = (error: unknown): boolean =>
  error instanceof WireError && /^index_(?:not_found|closed)_exception/.test(error.what)

/** Hits that are given out, those that wait, and the number up to which the former are all. */
interface Divided {
  runs: Run[]
  rest: Run[]
  number: number | undefined
}

/** Divides hits into those whose numbers are lower than that of the last one, and copies of those that have it. */
function divide(all: readonly Run[]): Divided {
  const last = all.at(-1)?.last
  const number = last ? numberOf(last) : 0
  const runs = [...all]
  const rest: Buffer[] = []
  for (let run = runs.pop(); run; run = runs.pop()) {
    const { elements, ends } = run
    const count = elements.findLastIndex(hit => numberOf(hit) !== number) + 1
    rest.unshift(...elements.slice(count))
    if (count === 0) continue
    runs.push(Run.of(run.bytes, ends.slice(0, count)))
    break
  }
  return { runs, rest: rest.map(hit => new Run(Buffer.from(hit))), number: number - 1 }
}

/** The sequence number of a hit. */
function numberOf(hit: Buffer): number {
  const sort = sortOf(hit)
  const [first] = elementsOf(sort)
  return first ? Number(textAt(sort, first)) : Number.NaN
}
