import { InputError } from '../errors.ts'
import { Interruption } from './exit-status.ts'
import { run } from './run.ts'

function workingDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new InputError('the working directory no longer exists', { cause, advice: 'cd to another one' })
  }
}

/** Runs esconn as this process: its streams, its environment, its signals, its exit status. */
export async function main(): Promise<void> {
  const controller = new AbortController()
  const interrupt = (signal: 'SIGINT' | 'SIGTERM') => controller.abort(new Interruption(signal))
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  process.exitCode = await run({
    argv: process.argv.slice(2),
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    get cwd() {
      return workingDirectory()
    },
    signal: controller.signal,
  })
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  const { reason } = controller.signal
  if (reason instanceof Interruption) process.kill(process.pid, reason.signal) // so that a loop in a shell stops too
}
