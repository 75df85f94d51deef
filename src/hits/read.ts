import type { Response } from './members.ts'
import { type Batch, HitScanner } from './scanner.ts'

/** The batches of a response as they arrive; the generator's return value is the envelope. */
export type Batches = AsyncGenerator<Batch, Response, undefined>

/** Scans a response's chunks. What a generator that is left early has opened, its source closes. */
export async function* readBatches(chunks: AsyncIterable<Buffer>): Batches {
  const scanner = new HitScanner()
  for await (const chunk of chunks) yield scanner.push(chunk)
  return scanner.end()
}

/**
 * Reads on to the first batch that `delivers` something and answers with the batches from there on:
 * until then nothing has been handed on, so the request may still be sent again.
 */
export async function primed(batches: Batches, delivers: (batch: Batch) => boolean): Promise<Batches> {
  let first = await batches.next()
  while (!first.done && !delivers(first.value)) first = await batches.next()
  return resume(first, batches)
}

/** Hands each batch on and answers with what the generator returns; closes it when `take` throws. */
export async function drain<Item, End>(
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

async function* resume(first: IteratorResult<Batch, Response>, rest: Batches): Batches {
  if (first.done) return first.value
  try {
    yield first.value
    return yield* rest
  } finally {
    await rest.return(undefined as never)
  }
}
