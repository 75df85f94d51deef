import { setTimeout as sleep } from 'node:timers/promises'
import { abortError } from '../abort.ts'
import { EsconnError, type Fault, WireError } from '../errors.ts'
import type { Call } from '../wire/exchange.ts'
import { isLost } from './point-in-time.ts'
import { isGone } from './reader.ts'
import { type FollowOptions, type TailContext, TailedShards } from './tailed-shards.ts'
import type { WalkBatch } from './walk.ts'

/** How an index is followed. */
export interface TailOptions extends FollowOptions {
  /** How often is looked for changes, in milliseconds. Default: 1000. */
  interval?: number | undefined
}

/**
 * Every document that is new or has changed, once for each change that becomes visible, and each shard in the order of
 * its changes. The first batch comes at once, with the checkpoint of the beginning. It ends only with an error; those
 * that pass are waited for after the first batch, however long that takes.
 *
 * @param name what the alias calls the index
 * @param call of the search in it
 * @throws {UsageError} for a body with a member that makes no sense here, or an index without sequence numbers
 * @throws {InputError} for a checkpoint of indices or shards that have been made anew since
 * @throws {WireError} if a request is refused; `denied` without the right to `_stats`
 */
export async function* tail(
  context: TailContext,
  name: string,
  call: Call,
  { interval = 1000, ...options }: TailOptions = {},
): AsyncGenerator<WalkBatch, never, undefined> {
  const { onNotice = () => {}, signal } = options
  const outage = new Outage(onNotice)
  try {
    const shards = new TailedShards(context, call, options)
    yield await shards.begin(name)
    for (;;) {
      const started = performance.now()
      try {
        yield* shards.poll()
        outage.end()
      } catch (error) {
        if (signal?.aborted) throw abortError(signal)
        outage.goesOn(error)
      }
      await pause(started + outage.pauseAfter(interval) - performance.now(), signal)
    }
  } catch (error) {
    const cause = outage.endedBy(error)
    throw cause instanceof EsconnError ? cause.addAlias(context.alias) : cause
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(Math.max(milliseconds, 0), undefined, { signal }).catch(() => {
    throw abortError(signal)
  })
}

/** The longest pause while the cluster does not answer, in milliseconds. */
const LONGEST_PAUSE = 5000

/** How often an index that was deleted is asked for again: it may be made anew. */
const MAX_GONE = 5

/** A time in which the cluster does not answer. */
class Outage {
  readonly #onNotice: (text: string) => void
  #error: EsconnError | undefined
  #failures = 0
  /** How often in a row an index was gone. */
  #gone = 0

  constructor(onNotice: (text: string) => void) {
    this.#onNotice = onNotice
  }

  /** Says what happened, the first time; throws what does not pass by itself. */
  goesOn(error: unknown): void {
    this.#gone = isGone(error) ? this.#gone + 1 : 0
    if (!mayPass(error) || this.#gone > MAX_GONE) throw error
    const what = [error.node, error.what].filter(part => part !== undefined).join(': ')
    const then = this.#gone > 0 ? 'waiting for it to be made anew' : 'tried again until it answers'
    if (this.#error === undefined) this.#onNotice(`${what}; ${then}`)
    this.#error = error
    this.#failures++
  }

  end(): void {
    if (this.#error) this.#onNotice('it answers again, and the tail goes on where it stood')
    this.#error = undefined
    this.#failures = 0
    this.#gone = 0
  }

  /** In milliseconds. */
  pauseAfter(interval: number): number {
    return Math.min(interval * 2 ** this.#failures, Math.max(interval, LONGEST_PAUSE))
  }

  /** A time limit that comes while the cluster does not answer is not the end of a tail that has all. */
  endedBy(error: unknown): unknown {
    return this.#error && error instanceof WireError && error.fault === 'timeout' ? this.#error : error
  }
}

/** What passes by itself: a node that restarts, a copy that is lost, an overloaded cluster. */
const PASSING: ReadonlySet<Fault> = new Set([
  'unreachable',
  'unresolved',
  'reset',
  'cut',
  'corrupt',
  'timeout',
  'overloaded',
  'tls',
  'incomplete',
])

const mayPass = (error: unknown): error is EsconnError =>
  error instanceof EsconnError &&
  (PASSING.has(error.fault) || Number(error.status) >= 500 || isLost(error, true) || isGone(error))
