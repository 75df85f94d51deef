import { duration } from '../../duration.ts'
import { WireError } from '../../errors.ts'
import { objectOf } from '../../wire/refusal.ts'
import { type Finding, ok, type Step, skipped, warning } from './finding.ts'
import type { Visit } from './visit.ts'

/** What a person need not hear of, in milliseconds. */
const LITTLE = 5000
/** From here on signatures and tokens are refused. */
const MUCH = 5 * 60_000

/** Whether the node's clock and this machine's agree. */
export const clock: Step<Visit> = {
  name: 'clock',
  needs: ['reply'],
  look: async visit => {
    const ahead = await difference(visit)
    return [ahead === undefined ? skipped('the node does not tell its time') : judged(ahead)]
  },
}

/** How far the node's clock is ahead of ours, in milliseconds; undefined where it does not tell its time. */
async function difference(visit: Visit): Promise<number | undefined> {
  const { headers, moment, status } = await visit.root()
  const date = Date.parse(headers.date ?? '')
  if (!Number.isNaN(date)) return date + 500 - moment // it tells seconds, rounded down
  return status === 401 ? undefined : await differenceByStats(visit)
}

/** Elasticsearch sends no date, but tells when it took its statistics. */
async function differenceByStats(visit: Visit): Promise<number | undefined> {
  try {
    const { text, moment } = await visit.ask({
      method: 'GET',
      path: '/_nodes/_local/stats/process',
      querystring: 'filter_path=nodes.*.timestamp',
    })
    const [node] = Object.values(Object(objectOf(text).nodes))
    const { timestamp } = Object(node)
    return typeof timestamp === 'number' ? timestamp - moment : undefined
  } catch (error) {
    if (error instanceof WireError && error.status !== undefined) return undefined
    throw error
  }
}

function judged(ahead: number): Finding {
  const away = Math.abs(ahead)
  if (away <= LITTLE) return ok(`less than ${duration(LITTLE)} from this machine's`)
  const what = `the node's is ${inWords(away)} ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`
  const advice = 'let both be set by NTP'
  return away <= MUCH
    ? warning(what, advice)
    : warning(what, `${advice}; signatures of AWS and tokens are refused when clocks differ by 5 minutes`)
}

const UNITS: readonly [string, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

/** In the largest unit of which there is one. */
function inWords(milliseconds: number): string {
  const [unit, length] = UNITS.find(([, length]) => milliseconds >= length) ?? ['second', 1000]
  const count = Math.round(milliseconds / length)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
