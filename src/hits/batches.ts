import { type ResponseSummary, SUMMARY_MEMBERS, toSummary } from './response.ts'
import { type Batch, HitScanner, type ScannerOptions } from './scanner.ts'

/** The batches of a response as they arrive; the generator returns its summary. */
export type Batches = AsyncGenerator<Batch, ResponseSummary, undefined>

/** Whether a batch completes any hit. */
export const hasHits = ({ runs }: Batch): boolean => runs.length > 0

/** Scans the chunks of a response. Stopping early closes their source. */
export async function* readBatches(
  chunks: AsyncIterable<Buffer>,
  { keep = [], ...options }: Pick<ScannerOptions, 'keep' | 'maxHit' | 'onKept' | 'pass'> = {},
): Batches {
  const { keep: judged, notice } = SUMMARY_MEMBERS
  const scanner = new HitScanner({ ...options, notice, keep: [...judged, ...keep] })
  for await (const chunk of chunks) yield scanner.push(chunk)
  return toSummary(scanner.end())
}

/**
 * Reads up to the first batch that `delivers` something, and returns the batches from that one. Before it nothing has
 * been passed on, so the request may still be sent again.
 */
export async function untilFirstHit<End>(
  batches: AsyncGenerator<Batch, End, undefined>,
  delivers: (batch: Batch) => boolean = hasHits,
): Promise<AsyncGenerator<Batch, End, undefined>> {
  let first = await batches.next()
  while (!first.done && !delivers(first.value)) first = await batches.next()
  return continueFrom(first, batches)
}

/** Passes each item to `take` and returns what the generator returns; closes it when `take` throws. */
export async function forEachBatch<Item, End>(
  generator: AsyncGenerator<Item, End, undefined>,
  take: (item: Item) => Promise<void>,
): Promise<End> {
  try {
    let next = await generator.next()
    for (; !next.done; next = await generator.next()) await take(next.value)
    return next.value
  } finally {
    await generator.return(undefined as End)
  }
}

/** Gives what `change` makes of each item, and returns what the generator returns; closes it when the reader stops early. */
export async function* eachChanged<Item, Changed, End>(
  generator: AsyncGenerator<Item, End, undefined>,
  change: (item: Item) => Changed,
): AsyncGenerator<Changed, End, undefined> {
  try {
    let next = await generator.next()
    for (; !next.done; next = await generator.next()) yield change(next.value)
    return next.value
  } finally {
    await generator.return(undefined as End)
  }
}

async function* continueFrom<End>(
  first: IteratorResult<Batch, End>,
  rest: AsyncGenerator<Batch, End, undefined>,
): AsyncGenerator<Batch, End, undefined> {
  if (first.done) return first.value
  try {
    yield first.value
    return yield* rest
  } finally {
    await rest.return(undefined as never)
  }
}
