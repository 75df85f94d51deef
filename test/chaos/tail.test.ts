import { mkdtempSync, rmSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { account, temporary } from '../cluster/account.ts'
import { chosenGenerations, type Generation, nameOf } from '../cluster/generations.ts'
import { request } from '../cluster/request.ts'
import { type StartedServer, startServer } from '../cluster/start.ts'
import { joined, threeNodes } from '../cluster/three.ts'
import { configured } from '../support/configured.ts'
import { start } from '../support/process.ts'

/** A document that was printed: its id and version. */
const printedIn = (line: string): string =>
  `${/"_id":"([^"]+)"/.exec(line)?.[1]} ${/"version":(\d+)/.exec(line)?.[1]}`

/** Follows an index as a process of its own, once it has printed a first document. */
async function following(t: ExecutionContext, nodes: readonly string[], index: string, alias: object = {}) {
  const cwd = configured(t, { aliases: { default: { nodes, timeout: '5s', ...alias } } })
  const child = start(['tail', index, '--interval', '200ms'], { cwd })
  t.teardown(() => child.kill('SIGKILL'))
  const printed: string[] = []
  const messages: string[] = []
  child.stderr?.setEncoding('utf8').on('data', text => messages.push(text))
  createInterface(child.stdout as NodeJS.ReadableStream).on('line', line => printed.push(printedIn(line)))
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      if (child.exitCode !== null) throw new Error(`it ended: ${messages.join('')}`)
      await sleep(50)
    }
  }
  await until(() => printed.length > 0)
  return { printed, messages, until }
}

/** Writes and changes documents, one after the other, until it is stopped; returns the last versions that were acknowledged. */
function writer(url: string, name: string): () => Promise<string[]> {
  let isStopped = false
  const last = new Map<string, number>()
  const written = (async () => {
    for (let version = 1; !isStopped; version++) {
      const id = `${name}${version % 50}`
      last.delete(id) // what fails may have been done all the same
      const reply = await request(url, `PUT /many/_doc/${id}?timeout=5s`, { version }).catch(() => undefined)
      if (reply && reply.status < 300) last.set(id, version)
      else await sleep(200)
    }
  })()
  return async () => {
    isStopped = true
    await written
    return [...last].map(([id, version]) => `${id} ${version}`)
  }
}

const isWhole = (expected: readonly string[], { printed }: { printed: readonly string[] }) => {
  const seen = new Set(printed)
  return expected.every(one => seen.has(one))
}

async function create(url: string, settings: object): Promise<void> {
  const { status, text } = await request(url, 'PUT /many', { settings })
  if (status !== 200) throw new Error(text)
  await request(url, 'PUT /many/_doc/first?refresh=true', { version: 0 })
}

/** A server whose data and port another one can take over. */
async function startOn(generation: Generation, data: string, port?: string): Promise<StartedServer> {
  const settings = {
    'path.data': data,
    'cluster.name': 'restarted',
    'node.name': 'restarted',
    ...(port ? { 'http.port': Number(port) } : {}),
  }
  return await startServer(generation, { settings })
}

for (const generation of chosenGenerations()) {
  test.serial(`${nameOf(generation)}: a tail while documents are written and a node is killed`, async t => {
    t.timeout(1_200_000)
    const cluster = await threeNodes(generation)
    t.teardown(() => cluster.stop())
    const [first = ''] = cluster.urls
    await create(first, { number_of_shards: 3, number_of_replicas: 1 })
    await joined(first, 3)
    const tail = await following(t, cluster.urls, 'many')
    const stops = ['a', 'b', 'c'].map(name => writer(first, name))
    await tail.until(() => tail.printed.length > 500)
    cluster.nodes[2]?.kill('SIGKILL')
    const before = tail.printed.length
    await tail.until(() => tail.printed.length > before + 500)
    const expected = (await Promise.all(stops.map(stop => stop()))).flat()
    await tail.until(() => isWhole(expected, tail))
    await sleep(2000)
    t.log(`${tail.printed.length} printed`, tail.messages.join(''))
    t.is(new Set(tail.printed).size, tail.printed.length, 'none came twice')
  })

  test.serial(
    `${nameOf(generation)}: a primary dies under updates that its replica has not taken`,
    async t => {
      t.timeout(1_200_000)
      const cluster = await threeNodes(generation)
      t.teardown(() => cluster.stop())
      const [anyone = ''] = cluster.urls
      const [master] = (await request(anyone, 'GET /_cat/nodes?h=master,name')).text
        .split('\n')
        .flatMap(line => /^\* +(\S+)/.exec(line)?.[1] ?? [])
      await create(anyone, {
        number_of_shards: 1,
        number_of_replicas: 1,
        refresh_interval: '1h', // so that nobody sees the first versions before the second ones
        'index.routing.allocation.exclude._name': master,
      })
      await joined(anyone, 3)
      const shards = (await request(anyone, 'GET /_cat/shards/many?h=prirep,node')).text
      const nodeOf = (role: string): StartedServer => {
        const name = new RegExp(`^${role} +(\\S+)`, 'm').exec(shards)?.[1] ?? ''
        const at = ['one', 'two', 'three'].indexOf(name)
        return cluster.nodes[at] as StartedServer
      }
      const [primary, replica] = [nodeOf('p'), nodeOf('r')]
      const tail = await following(t, cluster.urls, 'many', { readonly: true }) // a refresh would wait for the replica
      const ids = Array.from({ length: 50 }, (_, n) => `${n}`)
      const put = (version: number, pad = '') =>
        Promise.all(
          ids.map(id => request(primary.url, `PUT /many/_doc/${id}`, { version, pad }).catch(() => {})),
        )
      await put(1)
      replica.kill('SIGSTOP')
      const unacknowledged = put(2, 'x'.repeat(500_000)) // more than the sockets keep for it
      await sleep(3000)
      const showing = request(anyone, 'PUT /many/_settings', { refresh_interval: '1s' }).catch(() => {})
      await sleep(6000) // the primary shows the second versions by now
      primary.kill('SIGKILL')
      replica.kill('SIGCONT')
      await Promise.all([unacknowledged, showing])
      const other = cluster.nodes.find(node => node !== primary && node !== replica) as StartedServer
      const isWritten = async () => {
        const line = 'PUT /many/_doc/last?timeout=5s'
        return (await request(other.url, line, { version: 3 }).catch(() => undefined))?.status === 201
      }
      while (!(await isWritten())) await sleep(200)
      await request(other.url, 'POST /many/_refresh')
      const search = { size: 100, _source: ['version'] }
      const found = JSON.parse((await request(other.url, 'POST /many/_search', search)).text)
      const expected: string[] = found.hits.hits.map((hit: object) => printedIn(JSON.stringify(hit)))
      t.is(expected.length, 52)
      t.log(`${expected.filter(one => one.endsWith(' 1')).length} documents are in their first version again`)
      await tail.until(() => isWhole(expected, tail))
      t.log(tail.messages.join(''))
      t.is(new Set(tail.printed).size, tail.printed.length, 'none came twice')
    },
  )

  test.serial(`${nameOf(generation)}: the cluster is restarted under a tail`, async t => {
    t.timeout(1_200_000)
    const data = mkdtempSync(join(temporary, 'esconn-data-'))
    t.teardown(() => rmSync(data, { recursive: true }))
    if (account) await chown(data, account.uid, account.gid)
    const before = await startOn(generation, data)
    t.teardown(() => before.stop())
    await create(before.url, { number_of_shards: 2, number_of_replicas: 0 })
    const tail = await following(t, [before.url], 'many')
    const stop = writer(before.url, 'a')
    await tail.until(() => tail.printed.length > 100)
    await before.stop()
    await tail.until(() => tail.messages.length > 0)
    const after = await startOn(generation, data, new URL(before.url).port)
    t.teardown(() => after.stop())
    const printed = tail.printed.length
    await tail.until(() => tail.printed.length > printed + 50)
    const expected = await stop()
    await tail.until(() => isWhole(expected, tail))
    await sleep(2000)
    t.is(new Set(tail.printed).size, tail.printed.length, 'none came twice')
    const lines = tail.messages.join('').trimEnd().split('\n')
    t.log(lines.join('\n'))
    t.is(lines.length, 2, 'said once')
    t.regex(lines[0] ?? '', /; tried again until it answers$/)
    t.is(lines[1], 'esconn: default: it answers again, and the tail goes on where it stood')
  })
}
