import type { ClientRequest, ClientRequestArgs, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { HttpConnection } from '@elastic/elasticsearch'
import { abortError, startTimer } from '../abort.ts'
import { EsconnError, InputError, WireError } from '../errors.ts'
import { shorten } from '../text.ts'
import { formatDuration } from '../units.ts'
import type { Sign } from './aws-signature.ts'
import { CONNECT_ATTEMPT, ConnectAttempt, trackConnection } from './connect/attempt.ts'
import { displayUrl, isSecure, type Route } from './connect/route.ts'
import { connectionError, MAX_HEADERS, type Phase } from './errors/connection.ts'
import { responseError } from './errors/http.ts'
import { type Attempt, attemptOf, type ClientResult, readAhead, readText } from './exchange.ts'
import { refuseWrite } from './readonly/rules.ts'
import { redactReplyHeaders } from './redact.ts'
import { bufferReply, copiesOf, type IncomingReply, type ReplyLimits, readBody } from './response-body.ts'

/** Default limits of a reply. */
export const DEFAULT_TIMEOUT = 30_000
const DEFAULT_MAX_SIZE = 2 ** 31

type ClientParams = Parameters<HttpConnection['buildRequestObject']>[0]
type ClientOptions = Parameters<HttpConnection['buildRequestObject']>[1] & { asStream?: boolean }

/** The client's own options of a node, and ours. */
type NodeOptions = ConstructorParameters<typeof HttpConnection>[0] & {
  route: Route
  /** Signs each request just before it is sent. */
  sign?: Sign | undefined
  /** Whether requests that may write are refused. */
  readonly?: boolean | undefined
}

/**
 * One node of a cluster. The client's own connection drops an error's code, never settles on a reply that is not
 * HTTP, and has no timeout for the body of a stream; ours keeps Node's error and times every pause.
 */
export class NodeConnection extends HttpConnection {
  readonly #route: Route
  readonly #sign: Sign | undefined
  readonly #readonly: boolean
  /** The node's URL as messages show it: without credentials. */
  readonly address: string

  constructor({ route, sign, readonly = false, ...options }: NodeOptions) {
    super(options)
    this.address = displayUrl(this.url)
    hideProperty(this, 'agent')
    hideProperty(this, 'headers')
    this.#route = route
    this.#sign = sign
    this.#readonly = readonly
  }

  override async request(params: ClientParams, options: ClientOptions): Promise<ClientResult> {
    const attempt = attemptOf(options.context)
    const limits = limitsOf(attempt, options)
    const reply = await this.#send(params, options, limits.timeout)
    const { message } = reply
    const { statusCode = 0 } = message
    const headers = redactReplyHeaders(message.headers, attempt?.redact)
    if (attempt) attempt.replyInfo.status = statusCode
    if (attempt && 'warning' in message.headers)
      attempt.replyInfo.warnings = warningsIn(message.headers.warning, attempt.redact)
    const isError = statusCode >= 300
    const chunks = readBody(reply, { ...limits, whole: limits.whole ?? isError }, this.address)
    if (attempt?.chunks) return { statusCode, headers, body: chunks }
    const decoded = { statusCode, headers: withoutEncoding(headers) }
    if (options.asStream) {
      const stream = Readable.from(copiesOf(chunks), { objectMode: false })
      stream.on('close', () => message.destroy()) // even if none of it was read
      return { ...decoded, body: stream }
    }
    const body = isError
      ? await errorBody(chunks, statusCode, attempt)
      : (await readAhead(chunks, limits.maxSize)).start
    return { ...decoded, body }
  }

  /**
   * What is sent, but for the body. A readonly alias's is judged again here, where every request passes: a program can
   * replace the transport, or use a node without it.
   *
   * @throws {WireError} `denied` if the alias is readonly and the request is not
   */
  override buildRequestObject(params: ClientParams, options: ClientOptions): ClientRequestArgs {
    const { method, path, querystring = '', body = null } = params
    const request = { method, path, querystring: String(querystring), body }
    const built = super.buildRequestObject({ ...request, headers: params.headers ?? {} }, options)
    const headers = withoutBodyFraming(built.headers as OutgoingHttpHeaders)
    if (this.#readonly) refuseWrite({ ...request, headers })
    return Object.assign(built, { headers })
  }

  /** Explains an error of a new TLS connection by connecting once more; returns other errors as they are. */
  async diagnose(error: Error, signal: AbortSignal): Promise<Error> {
    if (
      signal.aborted ||
      !isSecure(this.url) ||
      !(error instanceof EsconnError && fromNewConnection.has(error))
    )
      return error
    const { diagnose } = await import('./errors/tls-diagnosis.ts')
    const diagnosis = await diagnose(error, this.#route, signal)
    return signal.aborted ? abortError(signal) : diagnosis
  }

  /** Unlike the client's own, does not wait for requests that are under way. */
  override async close(): Promise<void> {
    this.agent?.destroy()
  }

  /** Without the headers, which the client would show: they may contain secrets. */
  override toJSON(): Record<string, unknown> {
    return { address: this.address, status: this.status }
  }

  override [inspect.custom](): Record<string, unknown> {
    return this.toJSON()
  }

  async #send(given: ClientParams, options: ClientOptions, timeout: number): Promise<IncomingReply> {
    const params = { ...given } // a copy: what was judged is what is sent
    const attempt = new ConnectAttempt()
    const { signal } = options
    const body = this.#sign && params.body instanceof Readable ? await buffer(params.body) : params.body
    const built = this.buildRequestObject(params, options)
    Object.assign(built.headers as OutgoingHttpHeaders, framingHeaders(body))
    const own = { timeout: undefined, maxHeaderSize: MAX_HEADERS, [CONNECT_ATTEMPT]: attempt }
    const unsigned = Object.assign(built, own)
    const signed = this.#sign?.(unsigned, body as string | Buffer) ?? unsigned
    const sending = { body, address: this.address, timeout, signal, attempt }
    return await sendRequest(this.makeRequest(signed), sending)
  }
}

/** Agent and headers contain credentials and keys, and the client's errors copy every enumerable property. */
function hideProperty(node: NodeConnection, name: 'agent' | 'headers'): void {
  const value = node[name]
  Object.defineProperty(node, name, { enumerable: false, get: () => value })
}

function limitsOf(attempt: Attempt | undefined, options: ClientOptions): ReplyLimits {
  const { timeout = DEFAULT_TIMEOUT, maxSize = DEFAULT_MAX_SIZE, whole } = attempt?.limits ?? {}
  return {
    timeout: typeof options.timeout === 'number' ? options.timeout : timeout,
    maxSize,
    whole,
  }
}

/**
 * The body of an error, without secrets. The client would keep and repeat all of it.
 *
 * @throws {WireError} the error itself, if its body has more than 4 MiB
 */
async function errorBody(
  chunks: AsyncIterable<Buffer>,
  status: number,
  attempt: Attempt | undefined,
): Promise<Buffer> {
  const redact = attempt?.redact ?? (text => text)
  const { text, isWhole } = await readText(chunks)
  if (isWhole) return Buffer.from(redact(text))
  throw responseError(status, redact(text), { redact })
}

/** The body is decoded already: these headers would make the client decode it again. */
function withoutEncoding(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers
  return rest
}

/** The texts of `Warning` headers, which Node joins by commas (https://www.rfc-editor.org/rfc/rfc7234#section-5.5). */
const warningsIn = (header: unknown, redact: Attempt['redact']): string[] =>
  [...String(header).matchAll(/\b\d{3} \S+ "([^"\\]*(?:\\.[^"\\]*)*)"/g)]
    .slice(0, MAX_WARNINGS)
    .map(([, text = '']) => shorten(redact(text.replace(/\\(.)/g, '$1'))))

const MAX_WARNINGS = 20

type RequestBody = string | Buffer | Readable | null | undefined

const FRAMING_HEADER = /^(?:content-length|transfer-encoding)$/i

/** Without the headers that say where the body ends, whatever was given. */
function withoutBodyFraming(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const own = { ...headers }
  for (const name in own) if (FRAMING_HEADER.test(name)) delete own[name]
  return own
}

/**
 * The headers that say where the body ends. Node itself sets none for a GET, so that a server would take the body for
 * the next request on the connection.
 */
function framingHeaders(body: RequestBody): OutgoingHttpHeaders {
  if (body instanceof Readable) return { 'transfer-encoding': 'chunked' }
  return body ? { 'content-length': Buffer.byteLength(body) } : {}
}

/** Options for sending a request. */
interface SendOptions {
  body: RequestBody
  /** The node's, for messages. */
  address: string
  /** Longest wait for the head of the reply, in milliseconds. */
  timeout: number
  signal: AbortSignal | undefined
  attempt: ConnectAttempt
}

const TIMEOUT_ADVICE =
  'is the node overloaded, or a firewall in between? `timeout` of the alias allows more time'

/**
 * Sends a request and returns the head of the reply.
 *
 * @throws {EsconnError} if the request fails, times out or is aborted before that
 */
function sendRequest(request: ClientRequest, sending: SendOptions): Promise<IncomingReply> {
  const { body, address, timeout, signal, attempt } = sending
  return new Promise<IncomingReply>((resolve, reject) => {
    const fail = (error: Error) => {
      attempt.abort(error)
      request.destroy(error)
      reject(error) // a request that still waits for its connection emits no error
    }
    const abort = () => fail(abortError(signal))
    const timeoutError = () =>
      new WireError('timeout', `${attempt.waitingFor} within ${formatDuration(timeout)}`, {
        node: address,
        advice: TIMEOUT_ADVICE,
        hint: { kind: 'wait-longer' },
      })
    let stop = () => {}
    let replied = false
    const waitForNode = () => {
      stop()
      if (replied) return
      stop = startTimer(timeout, () => fail(timeoutError()))
    }
    signal?.addEventListener('abort', abort)
    request.on('response', message => {
      replied = true
      stop()
      resolve(bufferReply(message))
    })
    request.on('drain', () => stop())
    request.on('close', () => {
      stop()
      signal?.removeEventListener('abort', abort)
    })
    const phase = body instanceof Readable ? 'stream' : 'request'
    requestError(request, address, phase).then(error => error && reject(error), reject)
    if (body instanceof Readable) sendStream(body, request, { waitForNode, fail })
    else {
      request.end(body)
      waitForNode()
    }
  })
}

/**
 * Sends a body while it is read. `waitForNode` is called when the node has to take what was sent, or to answer: waits
 * for the body itself may take any time. A node that has refused it is not sent the rest.
 */
function sendStream(
  body: Readable,
  request: ClientRequest,
  { waitForNode, fail }: { waitForNode: () => void; fail: (error: Error) => void },
): void {
  body.on('error', cause => fail(new InputError(`the body cannot be read: ${cause.message}`, { cause })))
  body.on('data', chunk => {
    body.pause()
    // Only after what has arrived is read: a node that refuses the body may have closed the connection since.
    setImmediate(() => {
      if (request.destroyed) return
      if (request.write(chunk)) body.resume()
      else waitForNode()
    })
  })
  request.on('drain', () => body.resume())
  body.on('end', () =>
    setImmediate(() => {
      request.end()
      waitForNode()
    }),
  )
  request.on('response', ({ statusCode = 0 }) => {
    if (statusCode >= 400) body.destroy()
  })
  request.on('close', () => body.destroy())
}

/** Errors of connections that were opened for their request: connecting once more may explain them. */
const fromNewConnection = new WeakSet<Error>()

/** The error of a request that gets no reply; undefined if it gets one. */
async function requestError(
  request: ClientRequest,
  address: string,
  phase: Phase,
): Promise<Error | undefined> {
  const connected = trackConnection(request)
  let replied = false
  const error = await new Promise<Error | undefined>(resolve => {
    request.on('error', resolve)
    request.on('close', () => resolve(undefined))
    request.on('response', () => {
      replied = true
    })
  })
  if (replied) return undefined
  if (!error) return new WireError('foreign', 'the reply is not HTTP', { node: address }) // the server switched to another protocol
  const described = connectionError(error, address, connected() ? phase : 'connect')
  if (described !== error && !request.reusedSocket) fromNewConnection.add(described)
  return described
}
