import {
  type HttpConnection,
  type TransportRequestOptions as Options,
  type TransportRequestParams as Params,
  Serializer,
  Transport,
  type TransportResult,
} from '@elastic/elasticsearch'
import type { ConnectionSettings } from '../config/types.ts'
import { type Fault, WireError } from '../errors.ts'
import {
  isHtml,
  isOverloaded,
  rejectForeignReply,
  responseError,
  WRONG_ADDRESS_ADVICE,
} from './errors/http.ts'
import {
  ATTEMPT,
  type Attempt,
  attemptOf,
  type Call,
  type ClientResult,
  type ExchangeOptions,
  headersOf,
  isStream,
  isSuccess,
  MAX_TEXT,
  observeAttempt,
  type Reply,
  type ReplyInfo,
  type RequestOptions,
  readAhead,
  type StreamCall,
} from './exchange.ts'
import { withRetries } from './failover.ts'
import type { NodeConnection } from './http-node.ts'
import type { NodePool } from './node-pool.ts'
import { previewOf, type RequestPreview } from './preview.ts'
import { refuseWrite } from './readonly/rules.ts'
import { redactBody } from './redact.ts'
import { DEFAULT_RETRIES, hasStream, retryPolicyFor } from './retry-policy.ts'

/**
 * The client's transport for every version of Elasticsearch and OpenSearch (no product check, plain media types).
 * Every request, of the client's methods or our own, is retried and fails over by the same rules.
 */
export class WireTransport extends Transport {
  /** Sent with every request; a child client may have other headers than its parent. */
  readonly #headers: object
  /** Removes the alias's secrets from a text of the server. */
  readonly redact = (text: string): string => this.#pool.redact(text)

  constructor({ productCheck: _ignored, ...options }: ConstructorParameters<typeof Transport>[0]) {
    super({
      ...options,
      serializer: new SafeSerializer(),
      maxRetries: 0, // the client's retries resend writes and ignore Retry-After
      openTelemetry: { enabled: false },
      vendoredHeaders: PLAIN_MEDIA,
    })
    this.#headers = options.headers ?? {}
  }

  /** The node of the attempt: it is chosen by `withRetries`, not by the client's pool. */
  override getConnection({ context }: { context: unknown }): HttpConnection | null {
    return attemptOf(context)?.node ?? null
  }

  /** How often a request is sent again, as the alias says; known when a first one has been sent. */
  get retries(): number {
    return this.#pool.settings.retries ?? DEFAULT_RETRIES
  }

  /** Sends a request of the client's methods. */
  override async request(requestParams: Params, requestOptions: Options = {}): Promise<ClientResult> {
    const params = { ...requestParams } // a copy: what was checked is what is sent, also by a retry
    const options = { ...requestOptions, headers: { ...requestOptions.headers } }
    const retryOptions = { ...options, retries: options.maxRetries }
    const result = await this.#withRetries(params, retryOptions, async ({ node, signal, replyInfo }) => {
      const attempt = this.#attempt({ node, replyInfo, chunks: false }, { maxSize: options.maxResponseSize })
      const reply = await this.#send(params, { ...options, signal }, attempt)
      return checkClientReply(reply, { asStream: options.asStream, redact: this.redact })
    }).catch(OverloadedReply.unwrap)
    return options.meta ? result : result.body
  }

  /**
   * Sends a request and returns what `begin` makes of the reply. `begin` may be called again with the reply of another
   * attempt, so it should return as soon as it has something to pass on that cannot be taken back.
   *
   * @param options.refused called with the reply of the last attempt, its whole body still to be read, if it is an
   * error: returns what that means, or throws the error
   * @throws {WireError} if the reply is not a success, or the connection breaks
   */
  async exchange<T>(
    call: StreamCall,
    begin: (reply: Reply) => Promise<T>,
    { accepts, refused, ...options }: ExchangeOptions & { refused?: (refusal: Refusal) => Promise<T> } = {},
  ): Promise<T> {
    const { headers: _, ...params } = call as Call & Params
    const headers = headersOf(call)
    let last: Refusal | undefined
    const requestOptions = { ...options, headers }
    try {
      return await this.#withRetries(params, requestOptions, async ({ node, signal, replyInfo }) => {
        await last?.close()
        const attempt = this.#attempt({ node, replyInfo, chunks: true }, options)
        const result = await this.#send(params, { asStream: true, headers, signal }, attempt)
        const reply = this.#toReply(result, node.address)
        if ((isSuccess(reply.status) && !isHtml(reply.headers)) || accepts?.(reply)) return begin(reply)
        last = await this.#toRefusal(reply, call)
        throw last.error
      })
    } catch (error) {
      if (last && refused && last.error === error) return await refused(last)
      throw error
    } finally {
      await last?.close()
    }
  }

  /**
   * Describes a call as it would be sent to the first node, its secrets redacted; nothing is sent.
   *
   * @throws {WireError} `denied` if the alias is readonly and the call is not
   */
  async preview(call: StreamCall, { signal }: Pick<ExchangeOptions, 'signal'> = {}): Promise<RequestPreview> {
    await this.#pool.nodes({ signal })
    const { settings, alias } = this.#pool
    try {
      checkBeforeSend(call as Call, { headers: { ...this.#headers, ...call.headers } }, settings)
    } catch (error) {
      throw error instanceof WireError ? error.addAlias(alias) : error
    }
    return previewOf(call, settings)
  }

  get #pool(): NodePool {
    return this.connectionPool as NodePool
  }

  #attempt(attempt: Pick<Attempt, 'node' | 'replyInfo' | 'chunks'>, limits: Attempt['limits'] = {}): Attempt {
    const { timeout = this.#pool.settings.timeout, maxSize, whole } = limits
    const redact = (body: string) => redactBody(body, this.redact)
    return { ...attempt, limits: { timeout, maxSize, whole }, redact }
  }

  /** The client's result of an attempt whose body is returned as chunks. */
  #toReply({ statusCode = 0, headers, body }: TransportResult, node: string): Reply {
    return {
      status: statusCode,
      headers: headers as Reply['headers'],
      node,
      chunks: body as Reply['chunks'],
      redact: this.redact,
    }
  }

  /** The error that a reply is, from the beginning of its body. */
  async #toRefusal(reply: Reply, { method, body }: StreamCall): Promise<Refusal> {
    const { status, headers } = reply
    const { start, chunks, close } = await readAhead(reply.chunks, MAX_TEXT)
    const error = responseError(status, redactBody(start.toString(), this.redact), {
      retryAfter: headers['retry-after'],
      location: headers.location,
      redact: this.redact,
      anonymous: this.#pool.anonymous,
      sent: isStream(body) ? 0 : Buffer.byteLength(body ?? ''),
      isUnreadable: method === 'HEAD' || OTHER_MEDIA.test(headers['content-type'] ?? ''),
    })
    return { error, reply: { ...reply, chunks }, close }
  }

  async #send(params: Params, options: Options, attempt: Attempt): Promise<TransportResult> {
    const context = { ...options.context, [ATTEMPT]: attempt }
    return await super.request(params, { ...sendOptions(options, this.#pool.settings), context })
  }

  async #withRetries<T>(params: Params, requestOptions: RequestOptions, send: SendAttempt<T>): Promise<T> {
    const pool = this.#pool
    try {
      const nodes = await pool.nodes(requestOptions)
      const options = { ...requestOptions, headers: { ...this.#headers, ...requestOptions.headers } }
      const policy = retryPolicyFor(params, options, pool)
      checkBeforeSend(params, options, pool.settings)
      await pool.authorize(options.timeout, policy.signal)
      return await withRetries(hasStream(params) ? nodes.slice(0, 1) : nodes, policy, node => {
        const replyInfo = {}
        const observed = { params, node: node.address, replyInfo, observe: options.observe }
        return pool.trackHealth(node, () =>
          observeAttempt(observed, () => send({ node, replyInfo, signal: policy.signal })),
        )
      })
    } catch (error) {
      if (error instanceof WireError && NAMES_CERTIFICATE.has(error.fault)) error.redact(this.redact)
      throw error instanceof WireError ? error.addAlias(pool.alias) : error
    }
  }
}

/** A reply that is an error. */
interface Refusal {
  error: WireError
  reply: Reply
  /** Closes the connection if the body is not read. */
  close: () => Promise<unknown>
}

/** The other forms in which a cluster writes what it could say in JSON. */
const OTHER_MEDIA = /\b(?:yaml|cbor|smile)\b/

/** Faults whose messages repeat what is in a certificate: a server may have put a password there. */
const NAMES_CERTIFICATE: ReadonlySet<Fault> = new Set(['untrusted', 'tls'])

/** Sends a request to a node, until the signal is aborted, and records the status of the reply. */
type SendAttempt<T> = (attempt: {
  node: NodeConnection
  signal: AbortSignal
  replyInfo: ReplyInfo
}) => Promise<T>

/** @throws {WireError} `denied` if the alias is readonly and the request is not */
function checkBeforeSend(params: Params, options: RequestOptions, settings: ConnectionSettings): void {
  if (settings.readonly) refuseWrite(params, options)
}

/** Media types that every server version understands; the client's own contain its version. */
const PLAIN_MEDIA = {
  jsonContentType: 'application/json',
  ndjsonContentType: 'application/x-ndjson',
  accept: 'application/json,text/plain',
}

/** The client's options for one attempt: no retries, no secret header in its errors, compressed if the alias says so. */
function sendOptions<Given extends Options>(
  options: Given,
  { compression, headers = {} }: Pick<ConnectionSettings, 'compression' | 'headers'>,
) {
  const redaction = { type: 'replace', additionalKeys: Object.keys(headers) } as const
  const attemptOptions = { redaction, ...options, meta: true, maxRetries: 0 } as const
  if (!compression || 'content-encoding' in Object(options.headers)) return attemptOptions
  const acceptEncoding = { 'accept-encoding': 'gzip,deflate' }
  return { compression: true, ...attemptOptions, headers: { ...acceptEncoding, ...options.headers } }
}

/** The client's own error would contain the text that it cannot parse, and secrets that the server repeats in it. */
class SafeSerializer extends Serializer {
  override deserialize<Body>(json: string): Body {
    try {
      return super.deserialize(json)
    } catch {
      throw new WireError('foreign', 'the reply is not valid JSON', { advice: WRONG_ADDRESS_ADVICE })
    }
  }
}

/**
 * The reply of an overloaded node to a client method that requested a stream: while attempts are left it counts as a
 * failure; after the last one it is returned, as the client does.
 */
class OverloadedReply extends Error {
  readonly statusCode: number
  readonly headers: TransportResult['headers']
  readonly #reply: TransportResult

  constructor(reply: TransportResult) {
    super(`overloaded (${reply.statusCode})`)
    this.statusCode = reply.statusCode ?? 0
    this.headers = reply.headers
    this.#reply = reply
  }

  static unwrap(error: unknown): TransportResult {
    if (error instanceof OverloadedReply) return error.#reply
    throw error
  }
}

/** Rejects a reply that the client would accept. The status of a stream is left to the caller, after the retries. */
function checkClientReply(
  reply: TransportResult,
  { asStream = false, redact }: { asStream: boolean | undefined; redact: (text: string) => string },
): TransportResult {
  if (asStream && isOverloaded(reply.statusCode ?? 0)) throw new OverloadedReply(reply)
  if (!asStream) rejectForeignReply(reply, redact)
  return reply
}
