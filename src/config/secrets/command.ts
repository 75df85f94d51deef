import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Env } from '../expand.ts'
import { shown } from '../mistakes.ts'

/** More than any secret is long, in bytes. */
const MAX_OUTPUT = 1024 * 1024

/** Milliseconds for which output may still come once the program has ended: what it left running may hold the pipe. */
const GRACE = 200

interface Call {
  argv: readonly string[]
  /** Its working directory. */
  cwd: string
  env: Env
  /** Milliseconds that it may take. */
  timeout: number
  /** Ends it before that. */
  signal?: AbortSignal | undefined
}

/**
 * What a program prints. No shell reads its arguments; what it says on standard error is seen by the user as it
 * comes, so that it may ask for something; its standard input is empty.
 *
 * @throws {Error} saying how it ended, and nothing of its output; or the reason of the signal
 */
export async function outputOf(call: Call): Promise<string> {
  const limit = new AbortController()
  const end = (reason: string) => limit.abort(new Error(reason))
  const stop = call.signal ? AbortSignal.any([call.signal, limit.signal]) : limit.signal
  const timer = setTimeout(() => end(`did not end within ${call.timeout / 1000}s`), call.timeout)
  try {
    return await printed(call, stop, end)
  } catch (error) {
    throw stop.aborted ? stop.reason : inOurWords(error as NodeJS.ErrnoException, call.argv[0])
  } finally {
    clearTimeout(timer)
  }
}

async function printed(
  { argv: [program = '', ...args], cwd, env }: Call,
  stop: AbortSignal,
  end: (reason: string) => void,
): Promise<string> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true })
  const output = gathered(child.stdout, end)
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

function gathered(stdout: Readable, end: (reason: string) => void) {
  const chunks: Buffer[] = []
  let size = 0
  stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_OUTPUT) end('printed more than 1 MiB')
  })
  return { end: once(stdout, 'close'), text: () => textOf(Buffer.concat(chunks)) }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('printed what is no UTF-8 text')
  }
}

function inOurWords(error: NodeJS.ErrnoException, program = ''): Error {
  if (error.code === undefined) return error
  const why =
    error.code === 'ENOENT'
      ? 'is not there, or its working directory is not'
      : `cannot be run (${error.code})`
  return new Error(`${shown(program)} ${why}`)
}
