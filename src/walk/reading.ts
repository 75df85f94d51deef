import type { SearchContext, SearchOptions } from '../query/search.ts'
import type { WalkPart } from './part.ts'
import type { PointsInTime } from './point-in-time.ts'

/** What the readers of all shards of a walk have in common. */
export interface Reading {
  context: SearchContext
  /** Of the search; its query finds what is read. */
  body: Buffer
  points: PointsInTime
  options: SearchOptions
  /** The wanted size of a page, in bytes. */
  pageBytes?: number | undefined
  /** Of the blocks of sequence numbers, if not all of them are read. */
  part?: WalkPart | undefined
  /** Whether changes may be made visible. */
  mayRefresh: boolean
  /** Whether the cluster knows vectors that it leaves out of documents unless it is told not to. */
  mayHideVectors: boolean
  /** Tells the user something, once. */
  notice: (text: string) => void
}
