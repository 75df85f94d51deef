import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { configured } from '../support/configured.ts'
import { ended, start } from '../support/process.ts'
import { inTime } from '../support/time.ts'

/** An alias whose secret comes from a program that never ends; it writes its process id into `pid`. */
const endless = (t: ExecutionContext): string => {
  const command = ['sh', '-c', 'echo $$$$ > pid; exec sleep 60']
  const auth = { bearer: { command } }
  return configured(t, { aliases: { default: { node: 'http://127.0.0.1:9', auth } } })
}

const run = (cwd: string, ...argv: string[]) =>
  start([...argv, '--config', '.esconnrc'], { cwd, env: { PATH: process.env.PATH } })

async function written(file: string): Promise<string> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (text) return text
    await sleep(25)
  }
}

/** Resolves once there is no process with this id. */
async function isGone(pid: number): Promise<true> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await sleep(20)
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  for (const argv of [['ping'], ['doctor']])
    test(`${signal} while a command is run for a secret ends both: ${argv}`, async t => {
      const cwd = endless(t)
      const child = run(cwd, ...argv)
      const outcome = ended(child)
      const pid = Number(await written(join(cwd, 'pid')))
      child.kill(signal)
      t.is((await outcome).signal, signal)
      t.true(await isGone(pid))
    })

test('--max-time while a command is run for a secret ends both', async t => {
  const cwd = endless(t)
  const file = join(cwd, 'pid')
  const asked = async (limit: string) => {
    const { status, stderr } = await ended(run(cwd, 'ping', '--max-time', limit))
    t.deepEqual([status, stderr], [28, `esconn: default: not done within --max-time ${limit}\n`])
  }
  await inTime(asked, () => existsSync(file))
  t.true(await isGone(Number(await written(file))))
})

/** The writing end of a pipe, as soon as the other end is open: it cannot be opened before. */
async function opened(pipe: string): Promise<number> {
  for (;;) {
    try {
      return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch {
      await sleep(20)
    }
  }
}

test('SIGINT while a pipe is read that nobody writes', async t => {
  const cwd = configured(t, {})
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(cwd, 'pipe')])
  const child = start(['aliases', '--config', 'pipe'], { cwd })
  const outcome = ended(child)
  const writer = await opened(join(cwd, 'pipe'))
  t.teardown(() => closeSync(writer))
  child.kill('SIGINT')
  t.is((await outcome).signal, 'SIGINT')
})
