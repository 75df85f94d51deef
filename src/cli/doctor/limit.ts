import { duration } from '../../duration.ts'
import { WireError } from '../../errors.ts'
import { unlessAborted } from '../../wire/abort.ts'
import { after } from '../../wire/clock.ts'

/** How long something may take, and who may end it before. */
interface Limits {
  timeout: number
  signal?: AbortSignal | undefined
}

/**
 * What `act` gives in time; its signal is aborted when the time is up.
 *
 * @param late how the message begins that says it was not in time
 * @throws {WireError} `timeout`, or the reason for which `signal` was aborted, or what `act` throws
 */
export async function within<T>(
  { timeout, signal }: Limits,
  late: string,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const clock = new AbortController()
  const stop = after(timeout, () =>
    clock.abort(new WireError('timeout', `${late} within ${duration(timeout)}`)),
  )
  const both = signal ? AbortSignal.any([signal, clock.signal]) : clock.signal
  try {
    both.throwIfAborted()
    return await unlessAborted(act(both), both)
  } finally {
    stop()
  }
}

/** How long `act` takes, and what it gives. */
export async function timed<T>(act: () => Promise<T>): Promise<{ value: T; took: string }> {
  const started = performance.now()
  const value = await act()
  return { value, took: duration(Math.round(performance.now() - started)) }
}
