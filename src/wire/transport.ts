import {
  type HttpConnection,
  type TransportRequestOptions as Options,
  type TransportRequestParams as Params,
  Transport,
  type TransportResult,
} from '@elastic/elasticsearch'
import { WireError } from '../errors.ts'
import { type Answer, ATTEMPT, type Attempt, attemptOf } from './attempt.ts'
import type { Limits } from './body.ts'
import { Busy, taken } from './busy.ts'
import { type ExchangeOptions, isBelieved, observed, type Reply, textOf, toReply } from './exchange.ts'
import { passed, type Wishes } from './gate.ts'
import { isStream } from './idempotent.ts'
import { delivery, JSON_BODY, PLAIN_MEDIA } from './media.ts'
import { policyFor, type Send } from './policy.ts'
import type { NodePool } from './pool.ts'
import { redactBody } from './redact.ts'
import { refusal } from './refusal.ts'
import { withRetries } from './retry.ts'
import { DiscreetSerializer } from './serializer.ts'

/**
 * The client's transport, so that it speaks to every Elasticsearch and OpenSearch (no product check, plain media
 * types), and so that every request, the client's own and our streams, is retried and failed over in one way.
 */
export class WireTransport extends Transport {
  /** Sent with every request: a child client may have others than its parent. */
  readonly #headers: object
  /** Takes the alias's own secrets out of a server's words, should it repeat them. */
  readonly redact = (words: string): string => this.#pool.redact(words)

  constructor({ productCheck: _unasked, ...options }: ConstructorParameters<typeof Transport>[0]) {
    super({
      ...options,
      serializer: new DiscreetSerializer(),
      maxRetries: 0, // the client's retries resend writes and ignore Retry-After
      openTelemetry: { enabled: false },
      vendoredHeaders: PLAIN_MEDIA,
    })
    this.#headers = options.headers ?? {}
  }

  /** The node is chosen by the retries, once for each attempt. */
  override getConnection({ context }: { context: unknown }): HttpConnection | null {
    return attemptOf(context)?.node ?? null
  }

  /** Every call of the client's methods comes through here. */
  override async request(asked: Params, wishes: Options = {}): Promise<Answer> {
    const params = { ...asked } // what was judged is what is sent, also again
    const options = { ...wishes, headers: { ...wishes.headers } }
    const wanted = { ...options, retries: options.maxRetries }
    const result = await this.#attempts(params, wanted, async ({ node, signal, seen }) => {
      const attempt = this.#attempt({ node, seen }, {}, false)
      return taken(await this.#send(params, { ...options, signal }, attempt), options.asStream)
    }).catch(Busy.handOn)
    return options.meta ? result : result.body
  }

  /**
   * Sends a request and answers with what `begin` makes of the reply. All that `begin` does may be done again
   * with another reply: it ends when something was handed on that cannot be taken back.
   *
   * @throws {WireError} for every reply but a success, and for whatever breaks on the way
   */
  async exchange<T>(
    asked: Params,
    begin: (reply: Reply) => Promise<T>,
    { accepts = [], ...options }: ExchangeOptions = {},
  ): Promise<T> {
    const params = { ...asked }
    return await this.#attempts(params, options, async ({ node, signal, seen }) => {
      const sent = { asStream: true, headers: JSON_BODY, signal }
      const result = await this.#send(params, sent, this.#attempt({ node, seen }, options, true))
      const reply = toReply(result, { node, redact: this.redact })
      if (isBelieved(reply.status, accepts)) return begin(reply)
      const { anonymous } = this.#pool
      throw refusal(reply.status, await textOf(reply), {
        retryAfter: reply.headers['retry-after'],
        anonymous,
      })
    })
  }

  get #pool(): NodePool {
    return this.connectionPool as NodePool
  }

  #attempt(asked: Pick<Attempt, 'node' | 'seen'>, limits: Partial<Limits>, chunks: boolean): Attempt {
    const { timeout = this.#pool.target.timeout, maxSize } = limits
    const redact = (body: string) => redactBody(body, this.redact)
    return { ...asked, limits: { timeout, maxSize }, chunks, redact }
  }

  async #send(params: Params, options: Options, attempt: Attempt): Promise<TransportResult> {
    const context = { ...options.context, [ATTEMPT]: attempt }
    return await super.request(params, { ...delivery(options, this.#pool.target), context })
  }

  async #attempts<T>(params: Params, options: Wishes, send: Send<T>): Promise<T> {
    const pool = this.#pool
    try {
      const nodes = await pool.nodes(options.signal)
      const wishes = { ...options, headers: { ...this.#headers, ...options.headers } }
      const asked = isStream(params) ? nodes.slice(0, 1) : nodes
      const policy = policyFor(params, wishes, pool)
      await passed(params, wishes, pool.target)
      return await withRetries(asked, policy, node => {
        const told = { params, node, seen: {}, observe: options.observe }
        return pool.judged(node, () => observed(told, () => send({ ...told, signal: policy.signal })))
      })
    } catch (error) {
      throw error instanceof WireError ? error.of(pool.alias) : error
    }
  }
}
