import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { ended, start } from './process.ts'

/** How often a command is killed before it may end. */
const KILLS = 20

/**
 * Runs a command anew each time that it was killed, at random instants; fails unless it was killed often and then ends
 * with 0.
 *
 * @param pause the shortest time before a kill, and by how much it may be longer, in milliseconds
 */
export async function throughKills(
  t: ExecutionContext,
  argv: readonly string[],
  { cwd, pause: [shortest, more], atLeast }: { cwd: string; pause: [number, number]; atLeast: number },
): Promise<void> {
  let kills = 0
  for (let isDone = false; !isDone; ) {
    const child = start(argv, { cwd })
    const late = shortest + more * Math.random()
    const killing = kills < KILLS ? sleep(late, undefined, { ref: false }) : undefined
    killing?.then(() => child.kill('SIGKILL'))
    const { status, signal, stderr } = await ended(child)
    isDone = signal === null
    if (isDone) t.is(status, 0, stderr)
    else kills++
  }
  t.log(`${kills} kills`)
  t.true(kills > atLeast)
}
