import type { ExecutionContext } from 'ava'
import { spokenForms } from '../../src/config/secrets/forms.ts'
import { Connection } from '../../src/connection.ts'
import type { EsconnError } from '../../src/errors.ts'
import type { ExchangeOptions } from '../../src/wire/exchange.ts'
import type { Target } from '../../src/wire/pool.ts'
import { found, head, JSON_TYPE } from '../support/raw.ts'

/** A connection of the alias `logs` to these nodes; it ends with the test. */
export function connect(
  t: ExecutionContext,
  nodes: string | string[],
  more: Partial<Target> = {},
): Connection {
  const secrets = spokenForms(tokensOf(more.auth), more)
  const target = { nodes: [nodes].flat(), tls: { verify: true }, secrets, ...more }
  const connection = new Connection('logs', { names: () => new Map(), target: () => target })
  t.teardown(() => connection.close())
  return connection
}

const tokensOf = (auth: Target['auth'] = { bearer: '' }): string[] =>
  Object.values(auth).filter(value => typeof value === 'string')

/** What reading a reply to its end came to: all that was handed on, and the error behind it. */
export interface Read {
  bytes: Buffer
  error?: EsconnError
}

interface Reading extends ExchangeOptions {
  /** Awaited for each chunk. */
  take?: (chunk: Buffer) => unknown
}

/** Reads the body of one reply as the transport hands it on. */
export async function read(connection: Connection, { take, ...options }: Reading = {}): Promise<Read> {
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

/** The hits that a search by `connection` handed on, and the error behind them. */
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
