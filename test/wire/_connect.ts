import type { ExecutionContext } from 'ava'
import { secretVariants } from '../../src/config/secrets/resolve.ts'
import type { ConnectionSettings } from '../../src/config/types.ts'
import { Connection } from '../../src/connection.ts'
import type { EsconnError } from '../../src/errors.ts'
import type { ExchangeOptions } from '../../src/wire/exchange.ts'
import { found, head, JSON_TYPE } from '../support/raw.ts'

/** A connection of the alias `logs` to these nodes; it ends with the test. */
export function connect(
  t: ExecutionContext,
  nodes: string | string[],
  more: Partial<ConnectionSettings> = {},
): Connection {
  const secrets = secretVariants(tokensOf(more.auth), more)
  const target = { nodes: [nodes].flat(), tls: { verify: true }, secrets, ...more }
  const connection = new Connection('logs', { names: () => new Map(), settings: () => target })
  t.teardown(() => connection.close())
  return connection
}

const tokensOf = (auth: ConnectionSettings['auth'] = { bearer: '' }): string[] =>
  Object.values(auth).filter(value => typeof value === 'string')

/** What was read of a reply: all bytes that were delivered, and the error after them. */
export interface Read {
  bytes: Buffer
  error?: EsconnError
}

interface ReadReplyOptions extends ExchangeOptions {
  /** Awaited for each chunk. */
  take?: (chunk: Buffer) => unknown
}

/** Reads the body of one reply as the transport delivers it. */
export async function read(
  connection: Connection,
  { take, ...options }: ReadReplyOptions = {},
): Promise<Read> {
  const chunks: Buffer[] = []
  try {
    const { transport } = connection
    const reply = await transport.exchange({ method: 'GET', path: '/' }, async got => got, options)
    for await (const chunk of reply.chunks) {
      chunks.push(Buffer.from(chunk))
      await take?.(chunk)
    }
    return { bytes: Buffer.concat(chunks) }
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error: error as EsconnError }
  }
}

/** The hits that a search by `connection` delivered, and the error after them. */
export async function hitsOf(
  connection: Connection,
  options: ExchangeOptions = {},
): Promise<{ hits: string[]; error?: EsconnError }> {
  const hits: string[] = []
  try {
    for await (const hit of connection.hits('entry', undefined, options)) hits.push(hit.toString())
    return { hits }
  } catch (error) {
    return { hits, error: error as EsconnError }
  }
}

/** A search response of which only the part up to `[` and the given text is sent. */
export function cutAfter(text: string): string {
  const body = found([])
  return `${head(200, { ...JSON_TYPE, 'content-length': 10_000 })}${body.slice(0, body.lastIndexOf(']'))}${text}`
}
