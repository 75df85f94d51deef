import { EsconnError, WireError } from '../errors.ts'

/** What a signal was aborted for, if that was us, or else that somebody did. */
export function aborted(signal: AbortSignal | undefined): EsconnError {
  const reason: unknown = signal?.reason
  return reason instanceof EsconnError
    ? reason
    : new WireError('aborted', 'the request was aborted', { cause: reason })
}

/**
 * What is being waited for, which goes on for whoever else waits.
 *
 * @throws {EsconnError} what the signal is aborted for before that
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work
  let stop = () => {}
  const end = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(signal))
  })
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  return await Promise.race([work, end]).finally(() => signal.removeEventListener('abort', stop))
}
