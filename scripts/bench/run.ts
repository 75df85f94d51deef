import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** The longest that a process may take, in milliseconds. */
const LIMIT = 90_000

/** One run of a process, from its start to its end. */
export interface Run {
  milliseconds: number
  /** The maximum resident set in MiB, of the largest process that it consists of; only where that was measured. */
  peak?: number
  stdout: string
}

/**
 * Runs a command in a directory, its home, with nothing else in the environment that could change what it does.
 *
 * @param measurer GNU time, where the peak memory is measured; it takes a millisecond of its own
 * @throws {Error} if the command fails or takes too long; the message is short
 */
export async function run(
  argv: readonly string[],
  directory: string,
  measurer?: readonly string[],
): Promise<Run> {
  const peakFile = join(directory, 'peak')
  const [program = '', ...rest] = measurer ? [...measurer, '-f', '%M', '-o', peakFile, ...argv] : argv
  const started = performance.now()
  const child = spawn(program, rest, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // so that all processes of a pipe are ended together
  })
  const timer = setTimeout(() => process.kill(-Number(child.pid), 'SIGKILL'), LIMIT)
  const closed = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [status] = await closed
  const milliseconds = performance.now() - started
  clearTimeout(timer)
  if (milliseconds > LIMIT) throw new Error(`over ${LIMIT / 1000} s`)
  if (status !== 0) throw new Error(`failed: ${stderr.trim().split('\n').at(-1)}`)
  return { milliseconds, stdout, ...(measurer && { peak: Number(readFileSync(peakFile, 'utf8')) / 1024 }) }
}
