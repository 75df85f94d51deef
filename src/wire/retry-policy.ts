import { setTimeout as sleep } from 'node:timers/promises'
import type { TransportRequestParams } from '@elastic/elasticsearch'
import { anySignal } from '../abort.ts'
import { isStream, type RequestOptions } from './exchange.ts'
import type { NodeConnection } from './http-node.ts'
import type { NodePool } from './node-pool.ts'
import { isReadOnly, type RequestExtras } from './readonly/rules.ts'
import { LONGEST_WAIT, parseRetryAfter } from './retry-after.ts'

/** After which errors a request is sent again, and how often. */
export interface RetryPolicy {
  /** Asked only after an error. */
  safety: () => RetrySafety
  /** Maximum number of further attempts, refused connections not counted. */
  retries: number
  /** When the whole command must have ended: milliseconds since the epoch. */
  deadline?: number | undefined
  signal: AbortSignal
  /** Explains the last error, by connecting once more where that helps. */
  diagnose: (node: NodeConnection, error: Error) => Promise<Error>
}

export const DEFAULT_RETRIES = 3

/** The policy for a request, by its options and the alias's settings. */
export function retryPolicyFor(
  params: TransportRequestParams,
  options: RequestOptions,
  { settings, closing }: Pick<NodePool, 'settings' | 'closing'>,
): RetryPolicy {
  const signal = anySignal(closing, options.signal)
  const retries = options.retries ?? settings.retries ?? DEFAULT_RETRIES
  const diagnose = (node: NodeConnection, error: Error) => node.diagnose(error, signal)
  return { safety: () => retrySafety(params, options), retries, deadline: options.deadline, signal, diagnose }
}

/** After what a request may be sent again. */
export interface RetrySafety {
  /** After any error: sent twice, it has the same effect and result. */
  idempotent: boolean
  /** After a 429, which proves that nothing was done. */
  retryOn429: boolean
}

/**
 * When a request may be sent again. A stream cannot be sent twice, and a by-query operation may have done half of its
 * work before it answers 429.
 */
export function retrySafety(params: TransportRequestParams, extras: RequestExtras = {}): RetrySafety {
  const once = hasStream(params)
  const idempotent = !once && isReadOnly(params, extras) && !ADVANCES_CURSOR.test(params.path)
  return { idempotent, retryOn429: !once && !BY_QUERY.test(params.path) }
}

export const hasStream = ({ body, bulkBody }: TransportRequestParams): boolean =>
  isStream(body) || isStream(bulkBody)

const BY_QUERY = /\/_(?:update_by_query|delete_by_query|reindex)\/*(?:[?#]|$)/

/** Each reply advances the cursor of a scroll or of SQL: sent twice, the request would skip a page. */
const ADVANCES_CURSOR = /^\/_(?:search\/scroll|sql)(?:[/?]|$)/

const FIRST_BACKOFF = 500

/**
 * Waits as long as the cluster's `Retry-After` says, or else twice as long as before the previous retry, with jitter.
 * Returns false at once if the wait would be too long or exceed the deadline.
 *
 * @param retry number of the retry, from 1
 */
export async function waitBeforeRetry(
  header: unknown,
  retry: number,
  { deadline, signal }: Pick<RetryPolicy, 'deadline' | 'signal'>,
): Promise<boolean> {
  const backoff = FIRST_BACKOFF * 2 ** (retry - 1) * (0.5 + Math.random() / 2)
  const wait = parseRetryAfter(header, Date.now()) ?? backoff
  if (wait > LONGEST_WAIT || (deadline !== undefined && Date.now() + wait > deadline)) return false
  await sleep(wait, undefined, { signal }).catch(() => {}) // the next attempt reports the abort
  return true
}
