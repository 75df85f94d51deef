/** In how many slices a limit is counted. */
const SLICES = 8

/**
 * Calls `late` when `milliseconds` have passed, unless the function it answers with was called before.
 * It counts in slices, so that a time in which this process was blocked (by a slow pipe behind standard output, say)
 * counts as one of them at the most: what waits in the sockets meanwhile is not the network's silence.
 */
export function after(milliseconds: number, late: () => void): () => void {
  let left = SLICES
  const timer = setInterval(() => {
    left--
    if (left > 0) return
    clearInterval(timer)
    late()
  }, milliseconds / SLICES)
  return () => clearInterval(timer)
}
