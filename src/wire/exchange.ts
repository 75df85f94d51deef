import type { Readable } from 'node:stream'
import type { HttpConnection, TransportRequestOptions, TransportRequestParams } from '@elastic/elasticsearch'
import { WireError } from '../errors.ts'
import { isObject } from '../json/members.ts'
import { formatSize } from '../units.ts'
import { redactBody } from './redact.ts'
import type { ReplyLimits } from './response-body.ts'

/** A request as commands and our own methods pass it to the transport. */
export interface Call {
  method: string
  path: string
  querystring?: string
  /** Added to those of the alias; a body is JSON unless `content-type` says otherwise. */
  headers?: Readonly<Record<string, string>>
  body?: string | Buffer
}

/** A call whose body may be a stream, which is sent once. */
export interface StreamCall extends Omit<Call, 'body'> {
  body?: Call['body'] | Readable
}

/** The headers that a call is sent with. Without `content-type` the client would send bytes without a type. */
export const headersOf = ({
  body,
  headers,
}: Pick<StreamCall, 'body' | 'headers'>): Readonly<Record<string, string>> => ({
  ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  ...headers,
})

/** A request's path and query as they are sent; a query that is a text stays as it is. */
export function pathAndQuery({
  path,
  querystring,
}: Pick<TransportRequestParams, 'path' | 'querystring'>): string {
  const query =
    typeof querystring === 'string'
      ? querystring
      : new URLSearchParams(querystring as Record<string, string> | undefined).toString()
  return `${path}${query && `?${query}`}`
}

/** Whether a request body is a stream, which cannot be sent twice. */
export const isStream = (body: unknown): body is Readable =>
  typeof (body as { pipe?: unknown } | undefined | null)?.pipe === 'function'

/** A reply whose head has arrived. */
export interface Reply {
  status: number
  headers: Record<string, string | undefined>
  /** The address of the node that sent it. */
  node: string
  /** The decoded body as it arrives, each chunk valid until the next one; leaving it early closes the connection. */
  chunks: AsyncIterable<Buffer>
  /** Removes the alias's secrets from a text of the server. */
  redact: (text: string) => string
}

/** What is known of a reply before its body is read. */
export type ReplyHead = Pick<Reply, 'status' | 'headers' | 'node' | 'redact'>

/**
 * The whole body of a reply, byte for byte.
 *
 * @param limit of its size, in bytes
 * @throws {WireError} `oversize` beyond the limit, or the error of a connection that breaks
 */
async function readBytes({ chunks, node }: Pick<Reply, 'chunks' | 'node'>, limit: number): Promise<Buffer> {
  const { start, isWhole, close } = await readAhead(chunks, limit)
  if (isWhole) return start
  await close()
  throw new WireError('oversize', `the reply is larger than ${formatSize(limit)}`, { node })
}

/** The beginning of a body, and the whole of it. */
interface ReadAhead {
  start: Buffer
  /** Whether the beginning is all. */
  isWhole: boolean
  /** All of the body, from its first byte on. */
  chunks: AsyncGenerator<Buffer>
  /** Closes the source, where nobody reads the chunks. */
  close: () => Promise<unknown>
}

/** Reads a body until more than `limit` bytes of it, or all, have arrived. */
export async function readAhead(source: AsyncIterable<Buffer>, limit: number): Promise<ReadAhead> {
  const rest = source[Symbol.asyncIterator]()
  const read: Buffer[] = []
  let size = 0
  let next = await rest.next()
  while (!next.done) {
    read.push(Buffer.from(next.value))
    size += next.value.length
    if (size > limit) break
    next = await rest.next()
  }
  const [first = Buffer.alloc(0), ...others] = read
  const start = others.length === 0 ? first : Buffer.concat(read)
  const close = async () => rest.return?.()
  return { start, isWhole: next.done === true, chunks: continueFrom(start, rest), close }
}

async function* continueFrom(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** How many bytes are read of a reply for a message. */
export const MAX_TEXT = 4 * 1024 * 1024

/** A body as text, and whether it was read to its end: what follows the first 4 MiB is left out. */
export async function readText(chunks: AsyncIterable<Buffer>): Promise<{ text: string; isWhole: boolean }> {
  const { start, isWhole, close } = await readAhead(chunks, MAX_TEXT)
  await close()
  return { text: start.toString(), isWhole }
}

/** The body of a reply as text for a message, without the alias's secrets; what follows the first 4 MiB is left out. */
export const errorText = async ({ chunks, redact }: Pick<Reply, 'chunks' | 'redact'>): Promise<string> =>
  redactBody((await readText(chunks)).text, redact)

/** More than a cluster says about itself, in bytes. */
const MAX_SHORT = 8 * 1024 * 1024

/** More than the mappings of some hundred indices, or a list of all indices, in bytes. */
const MAX_LONG = 64 * 1024 * 1024

const IS_KIND = { object: isObject, array: Array.isArray }

/**
 * Reads a reply's whole body, byte for byte, if it is JSON of that kind.
 *
 * @throws {WireError} `foreign` for anything else, `oversize` beyond the limit; or the error of a connection that breaks
 */
const jsonReader =
  (kind: keyof typeof IS_KIND, limit: number) =>
  async (reply: Pick<Reply, 'chunks' | 'node'>): Promise<Buffer> => {
    const bytes = await readBytes(reply, limit)
    if (IS_KIND[kind](parseJson(bytes.toString()))) return bytes
    throw new WireError('foreign', `the reply is not a JSON ${kind}`, { node: reply.node })
  }

/** The JSON object that a cluster says about itself: at most 8 MiB. */
export const readObject = jsonReader('object', MAX_SHORT)

/** A JSON object about many indices: at most 64 MiB. */
export const readLongObject = jsonReader('object', MAX_LONG)

/** A JSON array about many indices: at most 64 MiB. */
export const readLongArray = jsonReader('array', MAX_LONG)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Partial Content: we never request a part, so it would be mistaken for the whole. */
const PARTIAL = 206

/** Whether a status means that the reply is what was requested. */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300 && status !== PARTIAL

/** Limits for one request, and callbacks. */
export interface ExchangeOptions extends Partial<ReplyLimits> {
  signal?: AbortSignal | undefined
  /** When the whole command must have ended: milliseconds since the epoch. */
  deadline?: number | undefined
  /** Maximum number of further attempts, refused connections not counted; default: the alias's, else 3. */
  retries?: number | undefined
  /** Whether the caller handles a reply itself, although it is not a success. */
  accepts?: (head: ReplyHead) => boolean
  /** Begins with the next node at each request, so that the load is spread over the nodes. Default: the first one. */
  spread?: boolean | undefined
  /** Called for every attempt, when it has failed or has delivered its first data. */
  observe?: ((result: AttemptResult) => void) | undefined
}

/** The options of `exchange` and of the client's methods in one form. */
export type RequestOptions = Omit<ExchangeOptions, 'accepts'> &
  Pick<TransportRequestOptions, 'querystring' | 'headers'>

/** The result of one attempt. */
export interface AttemptResult {
  method: string
  /** The node's address and the path, without credentials. */
  url: string
  milliseconds: number
  /** Of the reply, if one arrived. */
  status?: number | undefined
  /** Its `Warning` headers. */
  warnings?: readonly string[] | undefined
  error?: Error
}

interface ObservedAttempt {
  params: TransportRequestParams
  /** The node's address. */
  node: string
  replyInfo: ReplyInfo
  observe: ExchangeOptions['observe']
}

/** Makes an attempt, and reports its result to the observer. */
export async function observeAttempt<T>(
  { params, node, replyInfo, observe }: ObservedAttempt,
  send: () => Promise<T>,
): Promise<T> {
  if (observe === undefined) return send()
  const started = performance.now()
  const report = (outcome: Pick<AttemptResult, 'error'>) =>
    observe({
      method: params.method,
      url: node + pathAndQuery(params),
      milliseconds: performance.now() - started,
      ...replyInfo,
      ...outcome,
    })
  try {
    const value = await send()
    report({})
    return value
  } catch (error) {
    report({ error: error as Error })
    throw error
  }
}

/** What is known of a reply once its head has arrived. */
export interface ReplyInfo {
  status?: number
  /** What the cluster warns of: deprecated features that the request uses, for example. */
  warnings?: readonly string[]
}

/** One attempt to send a request to one node, as our transport passes it to our connection. */
export interface Attempt {
  node: HttpConnection
  limits: { [Limit in keyof ReplyLimits]?: ReplyLimits[Limit] | undefined }
  /** Whether the body is returned as the chunks that arrive, instead of a `Readable`. */
  chunks: boolean
  replyInfo: ReplyInfo
  /** Removes the alias's secrets from the body of an error. */
  redact: (text: string) => string
}

/** The key of our own entry in the `context` that the client passes from its transport to its connections. */
export const ATTEMPT = Symbol('esconn.attempt')

export const attemptOf = (context: unknown): Attempt | undefined =>
  (context as { [ATTEMPT]?: Attempt } | undefined | null)?.[ATTEMPT]

// biome-ignore lint/suspicious/noExplicitAny: the client's overloads have no type in common
export type ClientResult = any
