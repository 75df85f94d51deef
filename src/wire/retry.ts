import { EsconnError, type Fault } from '../errors.ts'
import { aborted } from './abort.ts'
import { waited } from './backoff.ts'
import type { Node } from './node.ts'
import type { Policy } from './policy.ts'
import { isOverloaded } from './refusal.ts'

/** Nothing was sent: any request may go to another node, and none of these is asked twice. */
const UNSENT: ReadonlySet<Fault> = new Set(['unreachable', 'unresolved', 'tls'])
const BROKEN: ReadonlySet<Fault> = new Set(['reset', 'cut'])

/** What an attempt failed of, whether our own code or the client says so. */
type Failed = Error & {
  fault?: Fault
  status?: number
  retryAfter?: string
  statusCode?: number
  headers?: Record<string, unknown>
}

/**
 * Sends a request to the nodes in their order until one attempt succeeds or no further one could help.
 * The error is that of the last attempt; it tells what was tried before.
 */
export async function withRetries<T>(
  nodes: readonly Node[],
  policy: Policy,
  send: (node: Node) => Promise<T>,
): Promise<T> {
  const round = new Round(nodes, policy)
  let node = round.pick()
  while (node) {
    if (policy.signal?.aborted) throw aborted(policy.signal)
    try {
      return await send(node)
    } catch (error) {
      const next = await round.next(node, error as Failed)
      if (!next) throw round.told(await policy.explain(node, error as Error))
      node = next
    }
  }
  throw new TypeError('an alias without nodes')
}

class Round {
  readonly #nodes: readonly Node[]
  readonly #policy: Policy
  readonly #failures: { node: Node; error: Failed }[] = []
  readonly #spent = new Set<Node>()
  #used = 0

  constructor(nodes: readonly Node[], policy: Policy) {
    this.#nodes = nodes
    this.#policy = policy
  }

  /** The first of the nodes that were asked least, leaving out those that must not be asked again. */
  pick(): Node | undefined {
    const asked = (node: Node) => this.#failures.filter(failure => failure.node === node).length
    return this.#nodes.filter(node => !this.#spent.has(node)).toSorted((a, b) => asked(a) - asked(b))[0]
  }

  /** Where to send the request again after `error`, once it is time to; undefined if nowhere. */
  async next(node: Node, error: Failed): Promise<Node | undefined> {
    this.#failures.push({ node, error })
    if (this.#policy.signal?.aborted) return undefined
    if (error.fault && UNSENT.has(error.fault)) {
      this.#spent.add(node)
      return this.pick()
    }
    if (!this.#mayRepeat(node, error) || this.#used++ >= this.#policy.retries) return undefined
    const next = this.pick()
    if (next && isTooBusy(error) && !(await this.#wait(error))) return undefined
    return next
  }

  #wait(error: Failed): Promise<boolean> {
    const header = error.retryAfter ?? error.headers?.['retry-after']
    return waited({ header, attempt: this.#used, ...this.#policy })
  }

  told(last: Error): Error {
    const attempts = this.#failures.length
    if (attempts === 1 || !(last instanceof EsconnError)) return last
    const others = new Set(
      this.#failures.map(({ error }) => error.message).filter(said => said !== last.message),
    )
    const before = others.size > 0 ? `; before: ${[...others].join('; ')}` : ''
    last.message += `, after ${attempts} attempts${before}`
    return last
  }

  #mayRepeat(node: Node, error: Failed): boolean {
    const { idempotent, afterTooMany } = this.#policy
    if (isTooBusy(error)) return idempotent || (afterTooMany && statusOf(error) === 429)
    if (!error.fault || !idempotent) return false
    if (error.fault === 'timeout' && error.status === undefined) {
      this.#spent.add(node)
      return true
    }
    if (!BROKEN.has(error.fault)) return false
    if (this.#failures.filter(failure => failure.node === node).length > 1) this.#spent.add(node)
    return true
  }
}

const statusOf = (error: Failed): number => error.status ?? error.statusCode ?? 0

const isTooBusy = (error: Failed): boolean => isOverloaded(statusOf(error))
