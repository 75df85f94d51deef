import type { ClientRequest, IncomingHttpHeaders } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { HttpConnection } from '@elastic/elasticsearch'
import { duration } from '../duration.ts'
import { EsconnError, WireError } from '../errors.ts'
import { type Answer, attemptOf } from './attempt.ts'
import { type Limits, type Received, readBody, received } from './body.ts'
import { after } from './clock.ts'
import { failure } from './failure.ts'

/** What a reply may take where nobody says otherwise. */
const DEFAULT_LIMITS: Limits = { timeout: 30_000, maxSize: 2 ** 31 }

type Params = Parameters<HttpConnection['buildRequestObject']>[0]
type Options = Parameters<HttpConnection['buildRequestObject']>[1] & { asStream?: boolean }

/**
 * One node of a cluster. The client's own connection drops an error's code, never settles on a reply that is
 * no HTTP and leaves a stream's body without a timeout; here the raw error is kept and every silence is timed.
 */
export class Node extends HttpConnection {
  /** The node's address as messages show it: no credentials. */
  get address(): string {
    return this.url.href.replace(/\/$/, '')
  }

  override async request(params: Params, options: Options): Promise<Answer> {
    const attempt = attemptOf(options.context)
    const limits = { ...DEFAULT_LIMITS, ...attempt?.limits }
    if (typeof options.timeout === 'number') limits.timeout = options.timeout
    const head = await this.#send(params, options, limits.timeout)
    const { message } = head
    const chunks = readBody(head, limits, this.address)
    const reply = { statusCode: message.statusCode, headers: withoutEncoding(message.headers) }
    if (attempt?.chunks) return { ...reply, body: chunks }
    const stream = Readable.from(chunks, { objectMode: false })
    stream.on('close', () => message.destroy()) // also when nobody has read any of it
    if (options.asStream) return { ...reply, body: stream }
    const body = await buffer(stream)
    const failed = attempt && message.statusCode && message.statusCode >= 400
    return { ...reply, body: failed ? Buffer.from(attempt.redact(body.toString())) : body }
  }

  /** Unlike the client's own, does not wait for requests under way: who closes has no use for them. */
  override async close(): Promise<void> {
    this.agent?.destroy()
  }

  #send(params: Params, options: Options, timeout: number): Promise<Received> {
    return new Promise((resolve, reject) => {
      const request = this.makeRequest({ ...this.buildRequestObject(params, options), timeout: undefined })
      const late = () => new WireError('timeout', `${this.address}: no answer within ${duration(timeout)}`)
      const stop = after(timeout, () => request.destroy(late()))
      const connected = connectionOf(request)
      const abort = () => request.destroy(aborted(options.signal))
      options.signal?.addEventListener('abort', abort)
      request.on('response', message => {
        stop()
        resolve(received(message))
      })
      request.on('error', error => {
        stop()
        reject(failure(error, this.address, connected() ? 'request' : 'connect'))
      })
      request.on('close', () => {
        stop()
        options.signal?.removeEventListener('abort', abort)
        reject(new WireError('foreign', `${this.address}: the reply is no HTTP reply`)) // a switch to another protocol
      })
      if (params.body instanceof Readable) pipeline(params.body, request, () => {})
      else request.end(params.body)
    })
  }
}

/** The body was decoded here: what described its transfer must not make the client decode it again. */
function withoutEncoding(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers
  return rest
}

/** What a signal was aborted for, if that was us, or else that somebody did. */
export function aborted(signal: AbortSignal | undefined): EsconnError {
  const reason: unknown = signal?.reason
  return reason instanceof EsconnError
    ? reason
    : new WireError('aborted', 'the request was aborted', { cause: reason })
}

/** Tells whether a request's connection stands, TLS included, so that the request may be on its way. */
function connectionOf(request: ClientRequest): () => boolean {
  let stands = false
  request.on('socket', socket => {
    stands = request.reusedSocket
    if (stands) return
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      stands = true
    })
  })
  return () => stands
}
