/**
 * How many milliseconds of processor time this process has spent since now: unlike the time that passes, it does not
 * tell how busy the machine is with something else.
 */
export function processorTime(): () => number {
  const start = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }
}

/**
 * Does something that ends with a time limit, and does it again with twice as much time until the limit was not over
 * before there was something to see. How much that needs depends on how busy the machine is.
 */
export async function inTime<T>(act: (limit: string) => Promise<T>, seen: () => boolean): Promise<T> {
  for (let seconds = 2; ; seconds *= 2) {
    const outcome = await act(`${seconds}s`)
    if (seen()) return outcome
  }
}
