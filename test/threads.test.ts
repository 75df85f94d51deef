import { fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { createConnections } from '../src/index.ts'
import { load } from './cluster/request.ts'
import { onServers, uniqueName } from './cluster/servers.ts'

const THREAD = join(import.meta.dirname, 'support/thread.js')
const eachServer = onServers(test)

/** A configuration in a file, and one document to find, both of which another process can share. */
async function prepare(t: ExecutionContext, url: string) {
  const index = uniqueName('threads')
  await load(url, index, ['{"n":9007199254740993}'])
  const cwd = await mkdtemp(join(tmpdir(), 'esconn-threads-'))
  t.teardown(() => rm(cwd, { recursive: true }))
  await writeFile(
    join(cwd, '.esconnrc'),
    JSON.stringify({ aliases: { default: { node: url }, logs: 'default' } }),
  )
  const own: string[] = []
  const registry = createConnections({ cwd, env: {} })
  for await (const hit of registry.get('logs').hits(index)) own.push(hit.toString())
  await registry.close()
  return { cwd, index, expected: { same: true, alias: 'logs', hits: own } }
}

eachServer('a worker thread uses its own connection', async (t, { url }) => {
  const { cwd, index, expected } = await prepare(t, url)
  const env = { ...process.env, ESCONN_CONFIG: join(cwd, '.esconnrc') }
  const worker = new Worker(THREAD, { workerData: ['logs', index], env })
  t.deepEqual(await once(worker, 'message'), [expected])
})

eachServer('a forked process uses its own connection', async (t, { url }) => {
  const { cwd, index, expected } = await prepare(t, url)
  const child = fork(THREAD, ['logs', index], { cwd, execArgv: [] })
  const [message] = await once(child, 'message')
  t.deepEqual(message, expected)
})

eachServer('a cluster worker uses its own connection', async (t, { url }) => {
  const { cwd, index, expected } = await prepare(t, url)
  cluster.setupPrimary({ exec: THREAD, args: ['logs', index], cwd, execArgv: [] })
  const worker = cluster.fork()
  const [message] = await once(worker, 'message')
  t.deepEqual(message, expected)
})

const connectionOf = (alias: string) =>
  createConnections({ config: { aliases: { [alias]: { node: 'http://localhost:9' } } }, env: {} }).get(alias)

const ADVICE = /pass the alias "logs"/

test('a connection cannot be posted to a thread', t => {
  const { port1, port2 } = new MessageChannel()
  t.throws(() => port1.postMessage(connectionOf('logs')), {
    any: true,
    name: 'DataCloneError',
    message: ADVICE,
  })
  t.throws(() => port1.postMessage({ deep: [connectionOf('logs')] }), { any: true, message: ADVICE })
  port2.close()
})

test('a connection cannot be a worker’s data', t => {
  t.throws(() => new Worker('', { eval: true, workerData: connectionOf('logs') }), {
    any: true,
    message: ADVICE,
  })
})

for (const serialization of ['json', 'advanced'] as const) {
  test(`a connection cannot be sent to a process (${serialization})`, t => {
    const child = fork(THREAD, { serialization, execArgv: ['--eval', '0'], stdio: 'ignore' })
    t.teardown(() => child.kill())
    t.throws(() => child.send({ connection: connectionOf('logs') } as object), { any: true, message: ADVICE })
  })
}
