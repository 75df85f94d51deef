import type { Case, Group } from './groups.ts'
import { run } from './run.ts'

/** A case that takes longer than this, in milliseconds, is run only once. */
const LONG = 10_000

/** The figures of a case. */
export interface Figures {
  name: string
  /** In milliseconds, one of each run. */
  times: number[]
  median: number | undefined
  /** To the baseline: the median of the ratios in each round; undefined where that is missing. */
  ratio: number | undefined
  /** The maximum resident set. */
  peakMiB: number | undefined
  /** How many bytes it wrote. */
  bytes: number | undefined
  /** Why it has no figures. */
  failure: string | undefined
}

/** Where and with what processes are run. */
export interface Surroundings {
  directory: string
  /** GNU time. */
  measurer: readonly string[] | undefined
  say: (line: string) => void
}

/** A case that is being measured. The time of round 0, which warms up, counts only where there is no other. */
type Measured = Case & Omit<Figures, 'median' | 'ratio'>

/** Runs all cases of a group in turn, round by round, so that what else the machine does affects all of them. */
export async function measure(group: Group, rounds: number, surroundings: Surroundings): Promise<Figures[]> {
  const all: Measured[] = group.cases.map(one => ({
    ...one,
    times: [],
    peakMiB: undefined,
    bytes: undefined,
    failure: undefined,
  }))
  for (let round = 0; round <= rounds; round++) {
    surroundings.say(`${group.name}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`)
    for (const one of all)
      if (!one.failure && Number(one.times[0] ?? 0) <= LONG) await runOnce(one, round, group, surroundings)
  }
  const baseline = all.find(({ name }) => name === group.baseline)
  return all.map(one => figuresOf(one, baseline))
}

async function runOnce(
  one: Measured,
  round: number,
  { prints, before, after }: Group,
  surroundings: Surroundings,
) {
  try {
    const { directory, measurer } = surroundings
    await before?.()
    const { milliseconds, stdout, peak } = await run(one.argv, directory, round === 0 ? measurer : undefined)
    await after?.()
    one.times.push(prints === 'milliseconds' ? Number(stdout) : milliseconds)
    if (prints === 'bytes') one.bytes = Number(stdout)
    one.peakMiB ??= peak
  } catch (error) {
    one.failure = (error as Error).message
    surroundings.say(`${one.name}: ${one.failure}`)
  }
}

function figuresOf({ name, times, peakMiB, bytes, failure }: Measured, baseline?: Measured): Figures {
  const first = times.length > 1 ? 1 : 0
  const counted = failure ? [] : times.slice(first)
  const ratios = counted.map((time, at) => time / Number(baseline?.times[first + at]))
  const ratio = ratios.some(Number.isNaN) ? undefined : medianOf(ratios)
  return { name, times: counted, median: medianOf(counted), ratio, peakMiB, bytes, failure }
}

/** Undefined where there are no values. */
function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  return low !== undefined && high !== undefined ? (low + high) / 2 : undefined
}
