import { WireError } from '../errors.ts'

/** In hits. The first page shows how large they are. */
const FIRST_PAGE = 200
const LARGEST_PAGE = 10_000

/** In bytes of hits: pages of this size cost a server least. */
const PAGE_TARGET = 4 * 2 ** 20

interface SizeOptions {
  /** In hits. */
  first?: number
  /** In bytes. */
  target?: number | undefined
}

/** How many hits a page has: as many as make the wanted number of bytes, and no more than the cluster allows. */
export class PageSize {
  /** Of the next page. */
  hits: number
  readonly #target: number
  #largest = LARGEST_PAGE

  constructor({ first = FIRST_PAGE, target = PAGE_TARGET }: SizeOptions = {}) {
    this.hits = first
    this.#target = target
  }

  /** Makes the next page as large as the hits of the last one say. */
  adapt({ hits, bytes }: { hits: number; bytes: number }): void {
    if (hits === 0) return
    const size = Math.round(this.#target / (bytes / hits))
    this.hits = Math.min(Math.max(size, 1), this.#largest)
  }

  /** Makes the next page smaller if the cluster, or our own limit, refuses one of this size; returns whether it does. */
  shrink(error: unknown): boolean {
    if (!(error instanceof WireError)) return false
    const window = windowIn(error.what)
    const size = window ?? Math.floor(this.hits / 4)
    if ((window === undefined && error.fault !== 'oversize') || size < 1 || size >= this.hits) return false
    this.#largest = size
    this.hits = size
    return true
  }
}

/** What clusters say of a page that is larger than an index allows; the limit is in it. */
const WINDOW = /(?:Result window|Batch size) is too large.*?\[(\d+)\]/

function windowIn(text: string): number | undefined {
  const [, window] = WINDOW.exec(text) ?? []
  return window === undefined ? undefined : Number(window)
}

/** Where an index has a smaller window than others, its shards fail: an error by which the next page becomes smaller. */
export function windowError(shards: Buffer): WireError | undefined {
  const window = windowIn(shards.toString())
  return window === undefined
    ? undefined
    : new WireError('refused', `Result window is too large: [${window}]`)
}
