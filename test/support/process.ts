import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

/** The executable that ESCONN_BIN names: tests of the command line run it instead of the built files. */
export const EXECUTABLE = process.env.ESCONN_BIN && resolve(process.env.ESCONN_BIN)

/** What starts the command line: a program and its first arguments. */
export const ESCONN: readonly [string, ...string[]] = EXECUTABLE
  ? [EXECUTABLE]
  : [process.execPath, join(import.meta.dirname, '../../bin/esconn.js')]

/** The command line as a separate process, in an environment without a configuration. */
export function start(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', ...options.env }
  const [program, ...first] = ESCONN
  return spawn(program, [...first, ...argv], {
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

/** The environment that makes the command line load a file of this directory first. */
export function preload(name: string) {
  const file = join(import.meta.dirname, name)
  return { NODE_OPTIONS: `--import=${file}`, BUN_OPTIONS: `--preload ${file}` }
}

/** Makes a process print its peak memory, in KiB, as the last line of its standard error. */
export const PEAK = preload('peak.mjs')
