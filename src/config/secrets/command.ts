import { spawn } from 'node:child_process'
import type { Env } from '../expand.ts'

/** More than any secret is long, in bytes. */
const MAX_OUTPUT = 1024 * 1024

interface Call {
  argv: readonly string[]
  /** Its working directory. */
  cwd: string
  env: Env
  /** Milliseconds that it may take. */
  timeout: number
}

/**
 * What a program prints. No shell reads its arguments; what it says on standard error is seen by the user as it
 * comes, so that it may ask for something; its standard input is empty.
 *
 * @throws {Error} saying how it ended, and nothing of its output
 */
export function outputOf({ argv: [program = '', ...args], cwd, env, timeout }: Call): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true })
    const end = (what: string) => {
      child.kill('SIGKILL')
      child.stdout.destroy() // a grandchild may still hold the other end
      reject(new Error(what))
    }
    const timer = setTimeout(() => end(`did not end within ${timeout / 1000}s`), timeout)
    const chunks: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_OUTPUT) end('printed more than 1 MiB')
    })
    child.on('error', (error: NodeJS.ErrnoException) => reject(new Error(reasonOf(error))))
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      if (status === 0) resolve(Buffer.concat(chunks).toString())
      else reject(new Error(signal ? `was ended by ${signal}` : `failed with exit status ${status}`))
    })
  })
}

const reasonOf = ({ code }: NodeJS.ErrnoException): string =>
  code === 'ENOENT' ? 'is not there, or its working directory is not' : `cannot be run (${code})`
