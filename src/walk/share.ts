import { blocksOf, type NumberRange, type WalkPart } from './part.ts'
import type { ShardState } from './shard-stats.ts'
import type { Shard } from './shards.ts'

/** How much a walk has read of what it is to read, in sequence numbers, as they were when it began. */
export class WalkShare {
  /** What is read of each shard that tells its numbers, and how many of them have been. */
  readonly #shards = new Map<string, { ranges: readonly NumberRange[]; read: number }>()
  #total = 0
  #read = 0

  /** @param rangeOf what is read of a shard, or of which it is one part */
  constructor(
    shards: readonly Shard[],
    states: readonly ShardState[],
    { rangeOf, part }: { rangeOf: (shard: Shard) => NumberRange; part: WalkPart | undefined },
  ) {
    const known = new Map(states.map(state => [keyOf(state), state]))
    for (const shard of shards) {
      const state = known.get(keyOf(shard))
      if (state === undefined) continue
      const { from, to = state.globalCheckpoint } = rangeOf(shard)
      const ranges = part ? [...blocksOf(part, state, { from, to })] : [{ from, to }]
      this.#shards.set(keyOf(shard), { ranges, read: 0 })
      this.#total += numbersUpTo(ranges, to)
    }
  }

  /**
   * From 0 to 1, after a shard has been read up to this number; undefined where no shard tells its numbers.
   *
   * @param number undefined where that is not known
   */
  after(shard: Shard, number = -1): number | undefined {
    const progress = this.#shards.get(keyOf(shard))
    if (progress) {
      const read = Math.max(progress.read, numbersUpTo(progress.ranges, number))
      this.#read += read - progress.read
      progress.read = read
    }
    if (this.#shards.size === 0) return undefined
    return this.#total === 0 ? 1 : this.#read / this.#total
  }
}

const keyOf = ({ index, shard }: Pick<Shard, 'index' | 'shard'>): string => `${index}/${shard}`

/** How many numbers of the ranges are not above this one. */
const numbersUpTo = (ranges: readonly NumberRange[], number: number): number =>
  ranges.reduce((sum, { from, to = number }) => sum + Math.max(Math.min(number, to) - from, 0), 0)
