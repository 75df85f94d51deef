import type { TransportRequestParams, TransportResult } from '@elastic/elasticsearch'
import type { Seen } from './attempt.ts'
import type { Limits } from './body.ts'
import type { Node } from './node.ts'
import { redactBody } from './redact.ts'
import type { Sketch } from './rehearsal.ts'
import { withQuery } from './way.ts'

/** A reply whose head has arrived. */
export interface Reply {
  status: number
  headers: Record<string, string | undefined>
  /** The address of the node that sent it. */
  node: string
  /** Its decoded body as it arrives; leaving it early closes the connection. */
  chunks: AsyncIterable<Buffer>
  /** Takes the alias's secrets out of what the server says. */
  redact: (words: string) => string
}

/** What one request may take, and who is told how it goes. */
export interface ExchangeOptions extends Partial<Limits> {
  signal?: AbortSignal | undefined
  /** When the whole command must have ended: milliseconds since the epoch. */
  deadline?: number | undefined
  /** Attempts after the first in all, refused connections not counted; default: the alias's, else 3. */
  retries?: number | undefined
  /** Statuses beside 2xx that the caller judges itself. */
  accepts?: readonly number[]
  /** Takes the request in place of the cluster: nothing is sent. */
  rehearse?: ((sketch: Sketch) => Promise<void>) | undefined
  /** Told of every attempt once it has failed or brought the first of what was asked for. */
  observe?: ((tried: Tried) => void) | undefined
}

/** What one attempt came to. */
export interface Tried {
  method: string
  /** The node's address and the path, without credentials. */
  url: string
  milliseconds: number
  /** Of the reply, where one arrived. */
  status?: number | undefined
  error?: Error
}

/** The most that is read of a reply that is only looked at for its message. */
const MAX_TEXT = 4 * 1024 * 1024

/** A reply's body as text without the alias's secrets; only the first 4 MiB count. */
export async function textOf({ chunks, redact }: Pick<Reply, 'chunks' | 'redact'>): Promise<string> {
  const read: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    read.push(chunk)
    size += chunk.length
    if (size > MAX_TEXT) break
  }
  return redactBody(Buffer.concat(read).toString(), redact)
}

/** The client's result for a request whose body is handed over as chunks. */
export function toReply(
  { statusCode, headers, body }: TransportResult,
  { node, redact }: { node: Node; redact: Reply['redact'] },
): Reply {
  return {
    status: statusCode ?? 0,
    headers: headers as Reply['headers'],
    node: node.address,
    chunks: body as Reply['chunks'],
    redact,
  }
}

/** Partial Content: a part was never asked for, so it would be taken for the whole. */
const PARTIAL = 206

/** Whether a reply is what was asked for: a success, or a status that the caller judges itself. */
export const isBelieved = (status: number, accepts: readonly number[]): boolean =>
  (status >= 200 && status < 300 && status !== PARTIAL) || accepts.includes(status)

/** One attempt, and who is to hear of it. */
interface Observed {
  params: TransportRequestParams
  node: Node
  seen: Seen
  observe: ExchangeOptions['observe']
}

/** Makes an attempt, and tells the observer what it came to. */
export async function observed<T>(
  { params, node, seen, observe }: Observed,
  send: () => Promise<T>,
): Promise<T> {
  const started = performance.now()
  const tell = (outcome: Pick<Tried, 'error'>) =>
    observe?.({
      method: params.method,
      url: node.address + withQuery(params),
      milliseconds: performance.now() - started,
      ...seen,
      ...outcome,
    })
  try {
    const value = await send()
    tell({})
    return value
  } catch (error) {
    tell({ error: error as Error })
    throw error
  }
}
