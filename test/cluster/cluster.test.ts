import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { chosenGenerations, type Generation } from './generations.ts'
import { load, request } from './request.ts'
import { onOwnServers, onServers, uniqueName } from './servers.ts'
import { type StartedServer, startServer } from './start.ts'

const eachServer = onServers(test)
const starts = onOwnServers(test)
// The newest Elasticsearch is the hardest to end: a launcher with a child.
const [generation] = chosenGenerations({}) as [Generation]
let mine: StartedServer
let theirs: StartedServer & { starter: number }

eachServer('a server returns its version', async (t, { url, version }) => {
  const root = await request(url, 'GET /')
  // The archives of Elasticsearch 8 and 9 do not contain this endpoint.
  if (root.status === 405) t.is(root.headers['x-elastic-product'], 'Elasticsearch')
  else t.is(JSON.parse(root.text).version.number, version)
  const nodes = await request(url, 'GET /_nodes/_local?filter_path=nodes.*.version')
  t.true(nodes.text.includes(`"version":"${version}"`), nodes.text)
})

eachServer('a server takes a document and finds it', async (t, { url }) => {
  const index = uniqueName('entries')
  await load(url, index, ['{"text":"some words","number":1.0}', '{"text":"others"}'])
  const query = { query: { match: { text: 'words' } } }
  const { status, text } = await request(url, `POST /${index}/_search`, query)
  t.is(status, 200)
  t.deepEqual(JSON.parse(text).hits.total, { value: 1, relation: 'eq' })
  t.true(text.includes('{"text":"some words","number":1.0}'))
  await request(url, `DELETE /${index}`)
})

eachServer('documents that were not loaded are an error', async (t, { url }) => {
  await t.throwsAsync(load(url, uniqueName('entries'), ['{"text":']), { message: /was not loaded: 200/ })
})

starts('two starts do not collide', async t => {
  t.timeout(400_000)
  ;[mine, theirs] = await Promise.all([startServer(generation), startElsewhere(generation)])
  for (const key of ['url', 'transport', 'directory', 'pid'] as const) t.not(mine[key], theirs[key])
  await load(mine.url, 'entries', ['{"of":"mine"}'])
  await load(theirs.url, 'entries', ['{"of":"theirs"}'])
  t.true((await request(mine.url, 'GET /entries/_search')).text.includes('"mine"'))
  t.true((await request(theirs.url, 'GET /entries/_search')).text.includes('"theirs"'))
})

starts('stop leaves no process and no directory', async t => {
  t.deepEqual(remains(mine), { processes: true, directory: true })
  await mine.stop()
  t.deepEqual(remains(mine), { processes: false, directory: false })
  await t.notThrowsAsync(mine.stop(), 'a second time')
  t.notThrows(() => mine.kill('SIGKILL'), 'there is nothing to kill')
})

starts('a starter that is killed leaves no process and no directory', async t => {
  t.deepEqual(remains(theirs), { processes: true, directory: true })
  process.kill(theirs.starter, 'SIGKILL')
  while (remains(theirs).directory) await sleep(100)
  t.deepEqual(remains(theirs), { processes: false, directory: false })
})

starts('a server that cannot start says why', async t => {
  t.timeout(400_000)
  const settings = { 'esconn.unheard.of': true }
  const { message } = (await t.throwsAsync(startServer(generation, { settings }))) as Error
  t.regex(message, /^elasticsearch 9\.\S+ did not start: exit status/)
  t.true(message.includes('unknown setting [esconn.unheard.of]'), message)
})

test.after.always('stop what a failure left running', () => mine?.stop())

/** Starts a server in a separate process, so that this process can be killed. */
async function startElsewhere(generation: Generation): Promise<typeof theirs> {
  const script = `
    const { startServer } = await import(${JSON.stringify(import.meta.resolve('./start.ts'))})
    console.log(JSON.stringify(await startServer(${JSON.stringify(generation)})))`
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) return { ...JSON.parse(line), starter: child.pid }
  throw new Error('the other process did not start a server')
}

function remains({ pid, directory }: StartedServer) {
  return { processes: isAlive(-pid), directory: existsSync(directory) }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
