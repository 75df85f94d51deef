import { forEachBatch } from '../../hits/batches.ts'
import { joinReasons } from '../../hits/completeness.ts'
import { count, escapeControls } from '../../text.ts'
import { type Difference, differences } from '../../walk/differences.ts'
import type { ComparedSide, CompareOptions } from '../../walk/side-reader.ts'
import { once } from '../../walk/walk.ts'
import type { ComparedPair } from '../compared-sides.ts'
import type { Context } from '../context.ts'
import { COMPLETE, NEGATIVE } from '../exit-status.ts'
import type { Progress } from './progress.ts'
import { reportIncomplete } from './report-incomplete.ts'

/** How they are compared, and what the summary calls them. */
interface PrintedComparison extends Pick<CompareOptions, 'parallel' | 'pageBytes'> {
  names: { from: string; to: string }
  progress: Progress
}

/** How many documents differ in which way. */
type Counts = Record<Difference['kind'], number>

/**
 * Compares pairs of indices, one after the other: prints each difference as a line of JSON, and then how many there are.
 *
 * @returns how many documents were compared, and the exit status: 1 where some differ
 * @throws {IncompleteError} where documents could not be compared, unless --allow-partial was given
 */
export async function printDifferences(
  context: Context,
  pairs: readonly ComparedPair[],
  { names, progress, ...options }: PrintedComparison,
): Promise<{ documents: number; status: number }> {
  const { messages, out, exchangeOptions } = context
  const counts: Counts = { 'only-from': 0, 'only-to': 0, changed: 0 }
  const missing = new Map<string, string | undefined>()
  const print = once(text => messages.print(text))
  const onNotice = (text: string, { context: { alias } }: ComparedSide) => print(`${alias}: ${text}`)
  let all = 0
  for (const [at, { from, to }] of pairs.entries()) {
    const comparison = differences(from, to, { ...exchangeOptions, ...options, onNotice })
    const reasons = await forEachBatch(comparison, async ({ differences, documents, bytes, share }) => {
      await out.write(differences.map(lineOf).join(''))
      for (const { kind } of differences) counts[kind]++
      all += documents
      progress.add({ documents, bytes, share: share && (at + share) / pairs.length })
    })
    for (const [side, reason] of [[from, reasons.from] as const, [to, reasons.to] as const])
      missing.set(side.context.alias, joinReasons([missing.get(side.context.alias), reason]))
  }
  const differing = counts['only-from'] + counts['only-to'] + counts.changed
  messages.print(`${count(all, 'document')} compared, ${describe(differing, counts, names)}`)
  for (const [alias, reason] of missing) if (reason !== undefined) reportIncomplete(context, alias, reason)
  return { documents: all, status: differing > 0 ? NEGATIVE : COMPLETE }
}

/** How many documents differ, and how. */
function describe(all: number, counts: Counts, { from, to }: PrintedComparison['names']): string {
  if (all === 0) return 'none differ'
  const words = { 'only-from': `only in ${from}`, 'only-to': `only in ${to}`, changed: 'changed' }
  const kinds = Object.entries(counts) as [Difference['kind'], number][]
  const found = kinds.flatMap(([kind, number]) => (number > 0 ? `${number} ${words[kind]}` : []))
  return `${all} ${all === 1 ? 'differs' : 'differ'}: ${found.join(', ')}`
}

/** A valid line also where a terminal would obey a character of it. */
const lineOf = ({ kind, index, id, routing }: Difference): string =>
  `${escapeControls(JSON.stringify({ diff: kind, _index: index, _id: id, _routing: routing }))}\n`
