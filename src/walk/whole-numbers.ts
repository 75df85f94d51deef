import { Run } from '../json/run.ts'
import type { NumberRange } from './part.ts'
import type { PointInTime } from './point-in-time.ts'
import { numberOf, type ShardPages } from './shard-pages.ts'

/** Hits, valid until the next ones, and the number up to which these and those before are all; undefined where that is not known. */
interface NumberedHits {
  runs: Run[]
  number: number | undefined
}

/**
 * The hits of a point in time whose numbers are in a range; those of the last number wait until a higher one has come.
 * The generator returns why some are missing.
 */
export async function* byWholeNumbers(
  pages: ShardPages,
  point: PointInTime,
  range: NumberRange,
): AsyncGenerator<NumberedHits, string | undefined, undefined> {
  const parts = pages.of(point, range)
  let waiting: Run[] = []
  try {
    let next = await parts.next()
    for (; !next.done; next = await parts.next()) {
      const all = [...waiting, ...next.value.runs]
      const { runs, rest, number } = pages.hasNumbers ? divide(all) : { runs: all, rest: [] }
      waiting = rest
      if (runs.length > 0) yield { runs, number: next.value.isWhole ? number : undefined }
    }
    const isWhole = next.value === undefined
    yield { runs: waiting, number: isWhole ? (range.to ?? Number.POSITIVE_INFINITY) : undefined }
    return next.value
  } finally {
    await parts.return(undefined)
  }
}

/** Hits that are given out, those that wait, and the number up to which the former are all. */
interface Divided {
  runs: Run[]
  rest: Run[]
  number?: number
}

/** Divides hits into those whose numbers are lower than that of the last one, and copies of those that have it. */
function divide(all: readonly Run[]): Divided {
  const last = all.at(-1)?.last
  const number = last ? numberOf(last) : 0
  const runs = [...all]
  const rest: Buffer[] = []
  for (let run = runs.pop(); run; run = runs.pop()) {
    let count = run.ends.length
    for (; count > 0 && numberOf(run.element(count - 1)) === number; count--)
      rest.unshift(run.element(count - 1))
    if (count === 0) continue
    runs.push(Run.of(run.bytes, run.ends.slice(0, count)))
    break
  }
  return { runs, rest: rest.map(hit => new Run(Buffer.from(hit))), number: number - 1 }
}
