/**
 * Calls `late` when `milliseconds` have passed, unless the function it answers with was called before.
 * A blocked event loop (a slow pipe behind standard output) makes timers fire late and all at once: so
 * whatever waits in the sockets is read first, and only real silence counts.
 */
export function after(milliseconds: number, late: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    immediate = setImmediate(late)
  }, milliseconds)
  return () => {
    clearTimeout(timer)
    clearImmediate(immediate)
  }
}

/** `30s`, `1.5s`, `250ms`: a duration in milliseconds as a person writes it. */
export const duration = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`
