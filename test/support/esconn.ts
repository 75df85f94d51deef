import { once } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Io } from '../../src/cli/output/streams.ts'
import { run } from '../../src/cli/run.ts'
import { EXECUTABLE, start } from './process.ts'

/** The result of a run of the command line. */
export interface RunResult {
  status: number
  stdout: string
  /** Its lines, without the program's name before each. */
  stderr: string[]
}

/** What a test changes in the environment of a run; by default it is empty, without a configuration. */
export interface RunOptions {
  env?: Record<string, string>
  cwd?: string
  stdin?: string | Readable
  stdout?: Writable & { isTTY?: boolean }
  stderr?: Writable
  /** Of the terminal that standard output is then. */
  columns?: number
  signal?: AbortSignal
}

/**
 * Runs the command line with its own streams and environment: in this process, or as the executable that ESCONN_BIN
 * names, unless it needs streams or a signal that only this process has.
 */
export async function esconn(argv: readonly string[], surroundings: RunOptions = {}): Promise<RunResult> {
  const written: Buffer[] = []
  const told: Buffer[] = []
  const terminal = surroundings.columns && { isTTY: true, columns: surroundings.columns }
  const io: Io = {
    argv,
    stdin: readableOf(surroundings.stdin ?? ''),
    stdout: surroundings.stdout ?? Object.assign(sink(written), terminal),
    stderr: surroundings.stderr ?? sink(told),
    env: { HOME: '/nonexistent', ...surroundings.env },
    cwd: surroundings.cwd ?? '/',
    signal: surroundings.signal ?? new AbortController().signal,
  }
  const status = await (EXECUTABLE && !needsThisProcess(surroundings) ? runExecutable(io) : run(io))
  const lines = Buffer.concat(told).toString().split('\n').slice(0, -1)
  return {
    status,
    stdout: Buffer.concat(written).toString(),
    stderr: lines.map(line => line.replace(/^esconn: /, '')),
  }
}

const needsThisProcess = ({ stdout, columns, signal }: RunOptions): boolean =>
  stdout !== undefined || columns !== undefined || signal !== undefined

async function runExecutable({ argv, stdin, stdout, stderr, env, cwd }: Io): Promise<number> {
  const child = start(argv, { env: { ...env }, cwd, stdio: 'pipe' })
  pipeline(stdin, child.stdin as Writable).catch(() => {}) // it may end before it has read all
  child.stdout?.pipe(stdout, { end: false })
  child.stderr?.pipe(stderr, { end: false })
  const [status] = await once(child, 'close')
  return status
}

const readableOf = (input: string | Readable): Readable =>
  typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input

/** A stream that keeps what is written. */
export function sink(written: Buffer[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      written.push(Buffer.from(chunk))
      done()
    },
  })
}

/** A stream for input. */
export const pipe = (): PassThrough => new PassThrough()
