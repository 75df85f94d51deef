import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { HttpConnection } from '@elastic/elasticsearch'
import { EsconnError } from '../errors.ts'
import { aborted } from './abort.ts'
import { type Answer, attemptOf } from './attempt.ts'
import { type Received, readBody } from './body.ts'
import { framed } from './framing.ts'
import { OPENING, Opening } from './opening.ts'
import { withoutSecrets } from './redact.ts'
import { isFresh, send } from './send.ts'
import type { Sign } from './sign.ts'
import { isSecure, shownUrl, type Way } from './way.ts'

/** What a reply may take where nobody says otherwise. */
export const TIMEOUT = 30_000
const MAX_SIZE = 2 ** 31

type Params = Parameters<HttpConnection['buildRequestObject']>[0]
type Options = Parameters<HttpConnection['buildRequestObject']>[1] & { asStream?: boolean }

/** What a node is made of, beside what the client knows. */
type NodeOptions = ConstructorParameters<typeof HttpConnection>[0] & {
  way: Way
  /** Signs each request as it is about to be sent. */
  sign?: Sign | undefined
}

/**
 * One node of a cluster. The client's own connection drops an error's code, never settles on a reply that is
 * no HTTP and leaves a stream's body without a timeout; here the raw error is kept and every silence is timed.
 */
export class Node extends HttpConnection {
  readonly #way: Way
  readonly #sign: Sign | undefined

  constructor({ way, sign, ...options }: NodeOptions) {
    super(options)
    conceal(this, 'agent')
    conceal(this, 'headers')
    this.#way = way
    this.#sign = sign
  }

  /** The node's address as messages show it: no credentials. */
  get address(): string {
    return shownUrl(this.url)
  }

  override async request(params: Params, options: Options): Promise<Answer> {
    const attempt = attemptOf(options.context)
    const { timeout = TIMEOUT, maxSize = MAX_SIZE } = attempt?.limits ?? {}
    const limits = { timeout, maxSize }
    if (typeof options.timeout === 'number') limits.timeout = options.timeout
    const head = await this.#send(params, options, limits.timeout)
    const { message } = head
    const { statusCode = 0 } = message
    if (attempt) attempt.seen.status = statusCode
    const chunks = readBody(head, limits, this.address)
    const reply = { statusCode, headers: withoutSecrets(withoutEncoding(message.headers), attempt?.redact) }
    if (attempt?.chunks) return { ...reply, body: chunks }
    const stream = Readable.from(chunks, { objectMode: false })
    stream.on('close', () => message.destroy()) // also when nobody has read any of it
    if (options.asStream) return { ...reply, body: stream }
    const body = await buffer(stream)
    return {
      ...reply,
      body: attempt && statusCode >= 300 ? Buffer.from(attempt.redact(body.toString())) : body,
    }
  }

  /** What failed on the way to this node, in better words where a second look at it finds some. */
  async explained(error: Error, signal: AbortSignal): Promise<Error> {
    if (signal.aborted || !isSecure(this.url) || !(error instanceof EsconnError && isFresh(error)))
      return error
    const { explained } = await import('./explain.ts')
    const better = await explained(error, this.#way, signal)
    return signal.aborted ? aborted(signal) : better
  }

  /** Unlike the client's own, does not wait for requests under way: who closes has no use for them. */
  override async close(): Promise<void> {
    this.agent?.destroy()
  }

  /** Without the headers, which the client would show: they may hold secrets. */
  override toJSON(): Record<string, unknown> {
    return { address: this.address, status: this.status }
  }

  override [inspect.custom](): Record<string, unknown> {
    return this.toJSON()
  }

  async #send(params: Params, options: Options, timeout: number): Promise<Received> {
    const opening = new Opening()
    const { signal } = options
    const body = this.#sign && params.body instanceof Readable ? await buffer(params.body) : params.body
    const built = this.buildRequestObject(params, options)
    const headers = framed(built.headers as OutgoingHttpHeaders, body)
    const asked = { ...built, headers, timeout: undefined, [OPENING]: opening }
    const signed = this.#sign?.(asked, body as string | Buffer) ?? asked
    return await send(this.makeRequest(signed), { body, address: this.address, timeout, signal, opening })
  }
}

/** The body was decoded here: what described its transfer must not make the client decode it again. */
function withoutEncoding(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers
  return rest
}

/** Keys and credentials are in it, and the client's errors carry a copy of whatever can be enumerated here. */
function conceal(node: Node, name: 'agent' | 'headers'): void {
  const value = node[name]
  Object.defineProperty(node, name, { enumerable: false, get: () => value })
}
