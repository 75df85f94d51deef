import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { anySignal } from '../../abort.ts'
import { quoteName } from '../mistakes.ts'
import type { Env } from '../variables.ts'

/** Longer than any secret, in bytes. */
const MAX_OUTPUT = 1024 * 1024

/** Milliseconds to wait for output once the program has ended, since a child of it may keep the pipe open. */
const GRACE = 200

/** The default `timeout` of a program, in milliseconds. */
const DEFAULT_TIMEOUT = 60_000

interface CommandCall {
  argv: readonly string[]
  /** Its working directory. */
  cwd: string
  env: Env
  /** In milliseconds; default: a minute. */
  timeout?: number | undefined
  /** Ends the program. */
  signal?: AbortSignal | undefined
}

/**
 * The standard output of a program, which is run without a shell. Its standard error is that of this process, so that
 * it can prompt; its standard input is empty.
 *
 * @throws {Error} that says how it ended, without its output; or the reason of the signal
 */
export async function runSecretCommand(call: CommandCall): Promise<string> {
  const limit = new AbortController()
  const end = (reason: string) => limit.abort(new Error(reason))
  const stop = anySignal(call.signal, limit.signal)
  const timeout = call.timeout ?? DEFAULT_TIMEOUT
  const timer = setTimeout(() => end(`did not end within ${timeout / 1000}s`), timeout)
  try {
    return await capture(call, stop, end)
  } catch (error) {
    throw stop.aborted ? stop.reason : describeSpawnError(error as NodeJS.ErrnoException, call.argv[0])
  } finally {
    clearTimeout(timer)
  }
}

async function capture(
  { argv: [program = '', ...args], cwd, env }: CommandCall,
  stop: AbortSignal,
  end: (reason: string) => void,
): Promise<string> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true })
  const output = collectOutput(child.stdout, end)
  try {
    const [status, ending] = await once(child, 'exit', { signal: stop })
    if (status !== 0) throw new Error(ending ? `was ended by ${ending}` : `failed with exit status ${status}`)
    await Promise.race([output.end, sleep(GRACE, undefined, { ref: false })])
    return output.text()
  } finally {
    child.kill('SIGKILL')
    child.stdout.destroy() // a grandchild may still hold the other end
  }
}

function collectOutput(stdout: Readable, end: (reason: string) => void) {
  const chunks: Buffer[] = []
  let size = 0
  stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_OUTPUT) end('printed more than 1 MiB')
  })
  return { end: once(stdout, 'close'), text: () => decodeOutput(Buffer.concat(chunks)) }
}

function decodeOutput(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('printed bytes that are not UTF-8 text')
  }
}

function describeSpawnError(error: NodeJS.ErrnoException, program = ''): Error {
  if (error.code === undefined) return error
  const why =
    error.code === 'ENOENT'
      ? 'does not exist, or its working directory does not'
      : `cannot be run (${error.code})`
  return new Error(`${quoteName(program)} ${why}`)
}
