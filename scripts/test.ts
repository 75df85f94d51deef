// npm test [-- arguments of ava]: builds, boots the servers that test files share, and runs the tests meanwhile.
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SharedServers } from '../test/cluster/shared.ts'
import type { TestEvent } from './test-runner/events.ts'
import { TestReport } from './test-runner/report.ts'

const ROOT = join(import.meta.dirname, '..')
const AVA = join(ROOT, 'node_modules/ava/entrypoints/cli.mjs')
const CONFIG = join(import.meta.dirname, 'test-runner/ava.config.js')

const args = process.argv.slice(2)
const report = new TestReport(process.stdout)
const servers = new SharedServers(line => report.line(`servers: ${line}`))

try {
  const env = await servers.open()
  // Named files, and those apart, may need no server: those that are needed boot when a test requests them.
  const isPart = args.length > 0 || process.env.ESCONN_TEST_CHAOS === '1'
  const booted = isPart ? undefined : servers.boot()
  await build()
  await Promise.race([runTests(env), failureOf(booted), interruption()])
  await servers.close()
} catch (error) {
  // The servers and ava end with this process.
  report.broken((error as Error).message)
}
process.exit(report.end())

async function build(): Promise<void> {
  const seconds = report.stopwatch()
  for (const script of ['scripts/build.js', 'scripts/standalone.js'])
    await promisify(execFile)(process.execPath, [join(ROOT, script)], { cwd: ROOT }).catch(
      ({ stdout, stderr }) => {
        throw new Error(`the build failed\n${stdout}${stderr}`)
      },
    )
  report.line(`build: done in ${seconds()}`)
}

/** Rejects when the work fails; never resolves. */
function failureOf(work: Promise<unknown> | undefined): Promise<never> {
  return new Promise((_, reject) => work?.catch(reject))
}

function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => reject(new Error(`ended by ${signal}`)))
  })
}

async function runTests(found: NodeJS.ProcessEnv): Promise<void> {
  const child = fork(AVA, ['--config', CONFIG, '--tap', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...found },
    execArgv: [],
    // Its own output is TAP, for programs; the observer in its configuration reports what happens.
    stdio: ['inherit', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  child.stderr?.on('data', (chunk: Buffer) => report.aside(chunk))
  child.on('message', event => report.take(event as TestEvent))
  process.on('exit', () => child.kill('SIGINT')) // it ends its workers when it is interrupted, and only then
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  report.ended(status ?? signal ?? 'unknown')
}
