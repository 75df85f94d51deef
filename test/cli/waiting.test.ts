import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { configured } from '../support/configured.ts'
import { ended, start } from '../support/process.ts'

/** An alias whose secret a program prints that never ends; it writes its number into `pid`. */
const endless = (t: ExecutionContext): string => {
  const command = ['sh', '-c', 'echo $$$$ > pid; exec sleep 60']
  const auth = { bearer: { command } }
  return configured(t, { aliases: { default: { node: 'http://127.0.0.1:9', auth } } })
}

const run = (cwd: string, ...argv: string[]) =>
  start([...argv, '--config', '.esconnrc'], { cwd, env: { PATH: process.env.PATH } })

async function written(file: string): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (text) return text
    await sleep(25)
  }
  throw new Error(`${file} was not written`)
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await sleep(20)
  }
  return false
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
  const outcome = ended(run(cwd, 'ping', '--max-time', '2s'))
  const pid = Number(await written(join(cwd, 'pid')))
  const { status, stderr } = await outcome
  t.deepEqual([status, stderr], [28, 'esconn: default: not done within --max-time 2s\n'])
  t.true(await isGone(pid))
})

test('SIGINT while a pipe is read that nobody writes', async t => {
  const cwd = configured(t, {})
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(cwd, 'pipe')])
  const child = start(['aliases', '--config', 'pipe'], { cwd })
  const outcome = ended(child)
  await sleep(1500)
  child.kill('SIGINT')
  t.is((await outcome).signal, 'SIGINT')
})
