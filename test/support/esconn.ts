import { PassThrough, Readable, Writable } from 'node:stream'
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/run.ts'

/** What a run of the command line came to. */
export interface Outcome {
  status: number
  stdout: string
  /** Its lines, without the program's name before each. */
  stderr: string[]
}

/** The surroundings of a run that a test wants otherwise; by default an empty world without a configuration. */
export interface Surroundings {
  env?: Record<string, string>
  cwd?: string
  stdin?: string
  stdout?: Writable & { isTTY?: boolean }
  signal?: AbortSignal
}

/** Runs the command line in this process, with streams and an environment of its own. */
export async function esconn(argv: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const written: Buffer[] = []
  const told: Buffer[] = []
  const io: Io = {
    argv,
    stdin: Readable.from([Buffer.from(surroundings.stdin ?? '')]),
    stdout: surroundings.stdout ?? sink(written),
    stderr: sink(told),
    env: { HOME: '/nonexistent', ...surroundings.env },
    cwd: surroundings.cwd ?? '/',
    signal: surroundings.signal ?? new AbortController().signal,
  }
  const status = await run(io)
  const lines = Buffer.concat(told).toString().split('\n').slice(0, -1)
  return {
    status,
    stdout: Buffer.concat(written).toString(),
    stderr: lines.map(line => line.replace(/^esconn: /, '')),
  }
}

/** A stream that keeps what is written. */
export function sink(written: Buffer[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      written.push(Buffer.from(chunk))
      done()
    },
  })
}

/** A stream that somebody else reads. */
export const pipe = (): PassThrough => new PassThrough()
