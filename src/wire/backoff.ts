import { setTimeout as sleep } from 'node:timers/promises'

/** A wait longer than this, in milliseconds, is the user's to decide: the command ends at once. */
const LONGEST_WAIT = 60_000
const FIRST_BACKOFF = 500

interface Wait {
  /** The reply's `Retry-After`, if it has one. */
  header: unknown
  /** The how manieth further attempt is about to be made, from 1. */
  attempt: number
  deadline?: number | undefined
  signal?: AbortSignal | undefined
}

/**
 * Waits as long as the cluster asks for, or else twice as long as the time before, with jitter.
 * Answers whether it did: a wait of over a minute or beyond the deadline is not begun.
 */
export async function waited({ header, attempt, deadline, signal }: Wait): Promise<boolean> {
  const backoff = FIRST_BACKOFF * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
  const wait = retryAfter(header, Date.now()) ?? backoff
  if (wait > LONGEST_WAIT || (deadline !== undefined && Date.now() + wait > deadline)) return false
  await sleep(wait, undefined, signal ? { signal } : {}).catch(() => {}) // the next attempt tells of the abort
  return true
}

/**
 * Milliseconds to wait by a `Retry-After` header, seconds or a date, or undefined where it says nothing
 * (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).
 */
function retryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
