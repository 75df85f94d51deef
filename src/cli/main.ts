import { Interruption } from './exit.ts'
import { run } from './run.ts'

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
    cwd: process.cwd(),
    signal: controller.signal,
  })
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  const { reason } = controller.signal
  if (reason instanceof Interruption) process.kill(process.pid, reason.signal) // so that a shell's loop stops too
}
