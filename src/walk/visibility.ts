import type { ShardState } from './shard-stats.ts'

type ShardSample = Pick<ShardState, 'primary' | 'globalCheckpoint' | 'maxSeqNo' | 'refreshes'>

/**
 * Whether a point in time of the primary shows all changes up to a sample's global checkpoint: it shows a change that is
 * later than the sample, or two refreshes have ended since, the second of which must have begun since too.
 *
 * @param now the shard before the point in time was opened
 * @param highest the highest number in it
 */
export function shows(sample: ShardSample, now: ShardSample | undefined, highest: number): boolean {
  const isRefreshed = now?.primary === sample.primary && now.refreshes >= sample.refreshes + 2
  return isRefreshed || highest > sample.maxSeqNo
}

/** What is known of a shard with changes that have not been given out. */
export interface Sight {
  /** All changes up to this number have been given out. */
  mark: number
  /** The shard at an earlier time under the same primary, or `now`. */
  sample: ShardSample
  /** The shard before the point in time was opened. */
  now: ShardSample
  /** The highest number in it. */
  highest: number
  /** How often in a row something was visible that was not proved. */
  waits: number
  /** How many refreshes there had been with the last one of our own. */
  ownRefresh: number
}

/**
 * What follows: to `read` up to the sample's global checkpoint, that there is `nothing` new to be seen, to `wait` until
 * the index refreshes itself, or to `refresh` it. The last only where that makes nothing visible before its time, since
 * all that was written can be seen, or else once after each refresh of its own.
 */
export function judge({ mark, sample, now, highest, waits, ownRefresh }: Sight): NextStep {
  if (shows(sample, now, highest)) return 'read'
  if (highest <= mark) return 'nothing'
  const isAllVisible = highest >= now.maxSeqNo
  return isAllVisible || (waits > 0 && now.refreshes > ownRefresh) ? 'refresh' : 'wait'
}

export type NextStep = 'read' | 'nothing' | 'wait' | 'refresh'
