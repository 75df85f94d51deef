import type { WireError } from '../errors.ts'
import type { ExchangeOptions } from '../wire/exchange.ts'
import { waitBeforeRetry } from '../wire/retry-policy.ts'

/** How many requests are under way at a time: fewer while the cluster refuses documents, more again when it does not. */
export class Pace {
  readonly #most: number
  #limit: number
  #running = 0
  #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
    this.#limit = most
  }

  /** Sends when it is this request's turn. */
  async take<T>(send: () => Promise<T>): Promise<T> {
    while (this.#running >= Math.floor(this.#limit))
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#running++
    try {
      return await send()
    } finally {
      this.#running--
      for (const resolve of this.#waiting.splice(0)) resolve()
    }
  }

  slower(): void {
    this.#limit = Math.max(this.#limit / 2, 1)
  }

  faster(): void {
    this.#limit = Math.min(this.#limit + 1 / this.#limit, this.#most)
  }
}

/** The waits of one lane: longer each time, as long as no lane comes on. */
export class Patience {
  #waits = 0
  #settled = 0

  /**
   * @param limits.settled how many documents of all lanes are settled: where that grows, the earlier waits do not count
   * @throws {WireError} the error, where nothing was settled for too many waits
   */
  async wait(
    error: WireError,
    {
      settled,
      retries,
      ...limits
    }: { settled: number; retries: number; signal: AbortSignal } & Pick<ExchangeOptions, 'deadline'>,
  ): Promise<void> {
    if (settled > this.#settled) this.#waits = 0
    this.#settled = settled
    if (this.#waits++ >= retries) throw error.addAttempts(this.#waits, [])
    if (!(await waitBeforeRetry(error.retryAfter, Math.min(this.#waits, MAX_DOUBLED), limits))) throw error
  }
}

/** After so many waits they are no longer doubled: they are 16 seconds. */
const MAX_DOUBLED = 6
