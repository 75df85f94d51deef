import { anySignal, startTimer, unlessAborted } from '../../abort.ts'
import { WireError } from '../../errors.ts'
import { formatDuration } from '../../units.ts'

interface TimeLimits {
  /** Milliseconds. */
  timeout: number
  signal?: AbortSignal | undefined
}

/**
 * The result of `act`, whose signal is aborted when the time is up.
 *
 * @param late what has not happened in time, as the message begins
 * @throws {WireError} `timeout`, or the reason for which `signal` was aborted, or what `act` throws
 */
export async function withinTime<T>(
  { timeout, signal }: TimeLimits,
  late: string,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timer = new AbortController()
  const stop = startTimer(timeout, () =>
    timer.abort(new WireError('timeout', `${late} within ${formatDuration(timeout)}`)),
  )
  const either = anySignal(signal, timer.signal)
  try {
    either.throwIfAborted()
    return await unlessAborted(act(either), either)
  } finally {
    stop()
  }
}

/** The result of `act`, and how long it took: `4ms`, for example. */
export async function timed<T>(act: () => Promise<T>): Promise<{ value: T; took: string }> {
  const started = performance.now()
  const value = await act()
  return { value, took: formatDuration(Math.round(performance.now() - started)) }
}
