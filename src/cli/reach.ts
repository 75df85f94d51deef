import type { Connection } from '../connection.ts'
import type { ExchangeOptions } from '../wire/exchange.ts'
import { GUARDED, identify } from '../wire/identity.ts'

/** A cluster that answers and lets us in. */
export interface Reached {
  /** The address of the node that answered. */
  node: string
  /** Flavour and version. */
  identity: string
  /** Whole ones, from the first attempt to the answer. */
  milliseconds: number
}

/**
 * Asks what answers at `GET /`.
 *
 * @throws {ConfigError} for whatever keeps the alias from being used
 * @throws {WireError} if no node is reached, or it does not let us in, or is neither Elasticsearch nor OpenSearch
 */
export async function reach({ transport }: Connection, exchange: ExchangeOptions): Promise<Reached> {
  const started = performance.now()
  const answer = await transport.exchange(
    { method: 'GET', path: '/' },
    async reply => ({ node: reply.node, identity: await identify(reply) }),
    { ...exchange, accepts: GUARDED },
  )
  return { ...answer, milliseconds: Math.round(performance.now() - started) }
}
