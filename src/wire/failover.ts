import { abortError } from '../abort.ts'
import { EsconnError, type Fault } from '../errors.ts'
import { isOverloaded } from './errors/http.ts'
import type { NodeConnection } from './http-node.ts'
import { type RetryPolicy, waitBeforeRetry } from './retry-policy.ts'

/**
 * Sends a request to the nodes in their order until an attempt succeeds or no further one can help.
 * The error is that of the last attempt and lists the earlier ones.
 */
export async function withRetries<T>(
  nodes: readonly NodeConnection[],
  policy: RetryPolicy,
  send: (node: NodeConnection) => Promise<T>,
): Promise<T> {
  const attempts = new Attempts(nodes, policy)
  let node = attempts.pickNode()
  while (node) {
    if (policy.signal.aborted) throw abortError(policy.signal)
    try {
      return await send(node)
    } catch (error) {
      const next = await attempts.nextNode(node, error as AttemptError)
      if (!next) throw attempts.withHistory(await policy.diagnose(node, error as Error))
      node = next
    }
  }
  throw new TypeError('an alias without nodes')
}

/** Why an attempt failed: an error of ours, or of the client. */
type AttemptError = Error & {
  fault?: Fault
  status?: number
  retryAfter?: string
  statusCode?: number
  body?: unknown
  headers?: Record<string, unknown>
}

const httpStatusOf = (error: AttemptError): number => error.status ?? error.statusCode ?? 0

/** An error of the client has the parsed body of the reply instead of a fault. */
const isOverloadError = (error: AttemptError): boolean =>
  error.fault === undefined ? isOverloaded(httpStatusOf(error), error.body) : error.fault === 'overloaded'

/** Nothing was sent: any request may go to another node, but not to the same one again. */
const UNSENT: ReadonlySet<Fault> = new Set(['unreachable', 'unresolved', 'tls'])

/** The connection broke: the same node may be tried once more. */
const BROKEN: ReadonlySet<Fault> = new Set(['reset', 'cut'])

/** The attempts of one request, and which node is tried next. */
class Attempts {
  readonly #nodes: readonly NodeConnection[]
  readonly #policy: RetryPolicy
  readonly #failures: { node: NodeConnection; error: AttemptError }[] = []
  /** Nodes that must not be tried again. */
  readonly #excluded = new Set<NodeConnection>()
  #retries = 0

  constructor(nodes: readonly NodeConnection[], policy: RetryPolicy) {
    this.#nodes = nodes
    this.#policy = policy
  }

  /** The first of the nodes with the fewest attempts that are not excluded. */
  pickNode(): NodeConnection | undefined {
    return this.#nodes
      .filter(node => !this.#excluded.has(node))
      .toSorted((a, b) => this.#failuresOf(a) - this.#failuresOf(b))[0]
  }

  /** The node for the next attempt, after the wait before it; undefined if the request must not be sent again. */
  async nextNode(node: NodeConnection, error: AttemptError): Promise<NodeConnection | undefined> {
    this.#failures.push({ node, error })
    if (this.#policy.signal.aborted) return undefined
    if (error.fault && UNSENT.has(error.fault)) {
      this.#excluded.add(node)
      return this.pickNode()
    }
    if (!this.#mayRetry(node, error) || this.#retries++ >= this.#policy.retries) return undefined
    const next = this.pickNode()
    if (next && isOverloadError(error) && !(await this.#wait(error))) return undefined
    return next
  }

  /** Adds the number of attempts and the earlier errors to the last one. */
  withHistory(last: Error): Error {
    const count = this.#failures.length
    if (count === 1 || !(last instanceof EsconnError)) return last
    const messages = this.#failures.map(({ error }) => error.message)
    return last.addAttempts(count, [...new Set(messages.filter(message => message !== last.message))])
  }

  #mayRetry(node: NodeConnection, error: AttemptError): boolean {
    const { idempotent, retryOn429 } = this.#policy.safety()
    if (isOverloadError(error)) return idempotent || (retryOn429 && httpStatusOf(error) === 429)
    if (!error.fault || !idempotent) return false
    if (error.fault === 'timeout' && error.status === undefined) {
      this.#excluded.add(node)
      return true
    }
    if (!BROKEN.has(error.fault)) return false
    if (this.#failuresOf(node) > 1) this.#excluded.add(node)
    return true
  }

  #failuresOf(node: NodeConnection): number {
    return this.#failures.filter(failure => failure.node === node).length
  }

  #wait(error: AttemptError): Promise<boolean> {
    const header = error.retryAfter ?? error.headers?.['retry-after']
    return waitBeforeRetry(header, this.#retries, this.#policy)
  }
}
