import type { DocumentKey } from '../query/mget.ts'
import {
  type ComparedSide,
  type CompareOptions,
  type Differing,
  type ReadGroup,
  type SideDocument,
  SideReader,
} from './side-reader.ts'

/** A document that is not the same on both sides. */
export interface Difference extends DocumentKey {
  /** Only one side has it, or its `_source` is another one. */
  kind: 'only-from' | 'only-to' | 'changed'
  /** Where it was read: on the first side, unless only the second one has it. */
  index: string
}

/** What was found out about some documents. */
interface ComparedBatch {
  differences: readonly Difference[]
  /** How many documents these are; each is counted once, whichever side has it. */
  documents: number
  /** Of their `_source`. */
  bytes: number
  /** How much of both sides has been read, from 0 to 1; undefined where a cluster does not tell. */
  share: number | undefined
}

/** Why documents could not be compared; undefined where all were. */
interface Uncompared {
  from: string | undefined
  to: string | undefined
}

/**
 * Compares two sides document by document, in the memory of some pages: reads one and looks up each document by its id and
 * routing on the other, then the reverse. Documents are the same if their `_source` has the same bytes, or is the same
 * JSON (`isSameJson`). A difference is looked up again before it is told, so that of documents that are written
 * meanwhile only those are told that differed twice. The generator returns why documents could not be compared.
 *
 * @throws {InputError} for an index without `_source`
 * @throws {WireError} if a request fails, or a side is not there
 */
export async function* differences(
  from: ComparedSide,
  to: ComparedSide,
  options: CompareOptions = {},
): AsyncGenerator<ComparedBatch, Uncompared, undefined> {
  const [one, other] = await Promise.all([SideReader.open(from, options), SideReader.open(to, options)])
  yield* inParallel(one.read({ withSource: true }), options, group => compare(one, other, group))
  yield* inParallel(other.read({ withSource: one.hasQuery }), options, group => findOthers(one, other, group))
  for (const reader of [one, other]) await reader.tellChange()
  return { from: one.missing, to: other.missing }
}

/** Works on several items at a time, and gives the results in the order of the items. */
async function* inParallel<Item, Result>(
  items: AsyncGenerator<Item, void, undefined>,
  { parallel = 4 }: CompareOptions,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = []
  for await (const item of items) {
    const result = work(item)
    result.catch(() => {}) // thrown when it is its turn
    running.push(result)
    if (running.length >= parallel) yield (await running.shift()) as Result
  }
  for (const result of running) yield await result
}

/** Looks documents of `one` up on the other side. */
async function compare(
  one: SideReader,
  other: SideReader,
  { documents, bytes, share }: ReadGroup,
): Promise<ComparedBatch> {
  const differing = await differingOn(other, documents, one)
  return {
    differences: differing.map(({ document, isThere }) =>
      differenceOf(document, isThere ? 'changed' : 'only-from'),
    ),
    documents: documents.length,
    bytes,
    share: share && share / 2,
  }
}

/**
 * Of documents of `other`, finds what was not compared yet: what `one` does not have, and where there is a query, what has it
 * there in a form that the query does not find.
 */
async function findOthers(
  one: SideReader,
  other: SideReader,
  { documents, share }: ReadGroup,
): Promise<ComparedBatch> {
  const differing = await differingOn(one, documents, other)
  const found = await one.findByQuery(differing.flatMap(({ document, isThere }) => (isThere ? document : [])))
  const others = differing.filter(({ document }) => !found.has(document))
  return {
    differences: others.map(({ document, isThere }) =>
      differenceOf(document, isThere ? 'changed' : 'only-to'),
    ),
    documents: others.length,
    bytes: 0,
    share: share && 0.5 + share / 2,
  }
}

/** The documents of `reader` that the other side has not, or not in the same form, also when both are asked again. */
async function differingOn(
  other: SideReader,
  documents: readonly SideDocument[],
  reader: SideReader,
): Promise<Differing[]> {
  const differing = await other.differing(documents)
  return await other.differing(await reader.readAgain(differing.map(({ document }) => document)))
}

const differenceOf = ({ index, id, routing }: SideDocument, kind: Difference['kind']): Difference => ({
  kind,
  index,
  id,
  routing,
})
