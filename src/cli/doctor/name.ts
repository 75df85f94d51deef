import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { endFor, onTheWay } from './end.ts'
import { ok, type Step } from './finding.ts'
import { timed } from './limit.ts'
import type { Visit } from './visit.ts'

/** Whether the host has an address; behind a proxy that is the proxy's business, and its own name is looked up. */
export const name: Step<Visit> = {
  name: 'name',
  look: async visit => {
    const { host, whose } = endFor(visit)
    if (isIP(host)) return [ok(`${whose}${host} is an address`)]
    const { value, took } = await timed(() =>
      onTheWay(visit, 'no answer to the question for its address', () => lookup(host, { all: true })),
    )
    const addresses = new Set(value.map(({ address }) => address))
    return [ok(`${whose}${host} is ${[...addresses].join(', ')} (${took})`)]
  },
}
