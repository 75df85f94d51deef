import type { Index } from '../../config/settled.ts'
import { EsconnError } from '../../errors.ts'
import { searchCall } from '../../query/request.ts'
import { objectOf } from '../../wire/refusal.ts'
import type { Round } from './cluster.ts'
import { type Finding, failures, ok, type Step, skipped, warning } from './finding.ts'
import { lacking, rightsOn } from './rights.ts'
import type { Visit } from './visit.ts'

/** Whether the indices that the alias names are there, and may be read. */
export const indices: Step<Round> = {
  name: 'indices',
  look: async ({ admitted: [visit] }) => {
    if (visit === undefined) return [skipped('because no node let us in')]
    const all = [...visit.settled.indices].map(([name, index]) => readable(visit, name, index))
    return all.length > 0 ? (await Promise.all(all)).flat() : [ok('the alias names no index')]
  },
}

async function readable(visit: Visit, name: string, index: Index): Promise<Finding[]> {
  const shown = name === index.index ? name : `${name} (${index.index})`
  const found = await searched(visit, index)
  const lacks = found.outcome === 'failed' ? [] : lacking(await rightsOn(visit, index.index))
  return [found, ...lacks].map(finding => ({ ...finding, message: `${shown}: ${finding.message}` }))
}

/** A search that brings nothing: by it the view's query is tried too. */
const NOTHING = '{"size":0,"terminate_after":1,"track_total_hits":false}'

async function searched(visit: Visit, index: Index): Promise<Finding> {
  try {
    const { text } = await visit.ask(searchCall(index, NOTHING))
    return judged(objectOf(text)._shards)
  } catch (error) {
    if (!(error instanceof EsconnError)) throw error
    if (error.status === 404) return warning(error.message, 'is its name right in `indices` of the alias?')
    const [failure] = failures(error)
    const all = /[<,*]/.test(index.index) ? 'what the message names' : index.index
    const advice = `a role of the user or key needs the privilege read on ${all}`
    return { ...(failure as Finding), ...(error.fault === 'denied' ? { advice } : {}) }
  }
}

function judged(shards: unknown): Finding {
  const { total, failed } = Object(shards)
  if (total === 0)
    return warning('matches no index that we may read', 'is the expression right in `indices` of the alias?')
  if (failed > 0)
    return warning(`${failed} of ${total} shards do not answer`, 'GET /_cluster/allocation/explain says why')
  return ok(`can be searched (${total} ${total === 1 ? 'shard' : 'shards'})`)
}
