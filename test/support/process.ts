import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export const BIN = join(import.meta.dirname, '../../bin/esconn.js')

/** The built command line as a separate process, in an environment without a configuration. */
export function start(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', ...options.env }
  return spawn(process.execPath, [BIN, ...argv], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env,
  })
}

/** How a process ended: its status or the signal that ended it, and its standard error. */
export async function ended(child: ChildProcess) {
  const said = child.stderr ? text(child.stderr) : ''
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { status, signal, stderr: await said }
}

/** Makes a process print its peak memory, in KiB, as the last line of its standard error. */
export const PEAK = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs'
  process.on('exit', () => writeSync(2, process.resourceUsage().maxRSS + '\\n'))`)}`
