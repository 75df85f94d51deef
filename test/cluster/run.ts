// node --import tsx test/cluster/run.ts ava …: runs a command with servers that all of its test files share.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { targets } from './servers.ts'
import type { Server } from './start.ts'

const [command = 'ava', ...args] = process.argv.slice(2)
const all = targets()

try {
  const servers = await Promise.all(all.map(target => target.open()))
  process.exitCode = await follow(servers)
  await Promise.all(all.map(target => target.close()))
} catch (error) {
  // The servers that did start end with this process.
  process.stderr.write(`${(error as Error).message}\n`)
  process.exit(1)
}

async function follow(servers: readonly Server[]): Promise<number> {
  const addresses = servers.map(({ kind, version, url }) => ({ kind, version, url }))
  const env = { ...process.env, ESCONN_TEST_SERVERS: JSON.stringify(addresses) }
  const child = spawn(command, args, { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return status ?? 128 + constants.signals[signal ?? 'SIGTERM']
}
