import { EsconnError, WireError } from './errors.ts'

/** The error for an aborted signal: its reason if that is an error of ours, else `aborted`. */
export function abortError(signal: AbortSignal | undefined): EsconnError {
  const reason: unknown = signal?.reason
  return reason instanceof EsconnError
    ? reason
    : new WireError('aborted', 'the request was aborted', { cause: reason })
}

/** Aborted as soon as one of the signals is; those that are undefined never are. */
export function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal {
  const [first, ...others] = signals.filter(signal => signal !== undefined)
  return first && others.length === 0 ? first : AbortSignal.any(first ? [first, ...others] : [])
}

/**
 * Waits for `work`, or until the signal is aborted; the work itself continues, as others may wait for it too.
 *
 * @throws {EsconnError} the reason of the signal
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(abortError(signal))
  })
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  return await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort))
}

/** How many slices a timeout is divided into. */
const SLICES = 8

/**
 * Calls `onTimeout` after `milliseconds`, unless the returned function is called before. The time is counted in
 * slices, so that a period in which this process was blocked (by a slow reader of standard output, for example)
 * counts as one slice at most: it is not the network's delay.
 */
export function startTimer(milliseconds: number, onTimeout: () => void): () => void {
  let left = SLICES
  const timer = setInterval(() => {
    left--
    if (left > 0) return
    clearInterval(timer)
    onTimeout()
  }, milliseconds / SLICES)
  return () => clearInterval(timer)
}
