import type { ShardIdentity } from './checkpoint.ts'

/** One of several parts, of which each has every n-th block of the sequence numbers of each shard. */
export interface WalkPart {
  /** From 0. */
  index: number
  /** How many parts there are. */
  of: number
  /** How many numbers a block has; the same for all parts. Default: 100,000. */
  block?: number | undefined
}

/** How many sequence numbers a block has, unless it is said. */
export const BLOCK = 100_000

/** Sequence numbers above `from`, up to `to`. */
export interface NumberRange {
  from: number
  /** Default: without an end. */
  to?: number | undefined
}

/**
 * The ranges of a part, in ascending order. Blocks are counted from number 0, so that what is in a part does not depend
 * on how many numbers there are by now; the shards begin with different parts, so that small ones are not all in the first.
 */
export function* blocksOf(
  { index, of, block = BLOCK }: WalkPart,
  { uuid, shard }: Pick<ShardIdentity, 'uuid' | 'shard'>,
  { from, to = Number.POSITIVE_INFINITY }: NumberRange,
): Generator<Required<NumberRange>, void, undefined> {
  const start = [...uuid].reduce((sum, character) => sum + character.charCodeAt(0), shard)
  let at = Math.floor((from + 1) / block)
  at += (index - ((start + at) % of) + of) % of
  for (; at * block <= to; at += of)
    yield { from: Math.max(at * block - 1, from), to: Math.min((at + 1) * block - 1, to) }
}
