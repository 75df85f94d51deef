import { createWriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { chosenGenerations, nameOf } from '../cluster/generations.ts'
import { request } from '../cluster/request.ts'
import { startServer } from '../cluster/start.ts'
import { joined, threeNodes } from '../cluster/three.ts'
import { configured } from '../support/configured.ts'
import { gateway } from '../support/gateway.ts'
import { throughKills } from '../support/kills.ts'
import { ended, PEAK, start } from '../support/process.ts'

const DOCUMENTS = 200_000

const source = (n: number): string =>
  `{"n":${n},"long":${9007199254740993n + BigInt(n)},"text":"${n % 7} words"}`

function* linesOf(count: number): Generator<string> {
  for (let from = 0; from < count; from += 1000)
    yield Array.from({ length: Math.min(1000, count - from) }, (_, at) => `${source(from + at)}\n`).join('')
}

async function create(url: string, index: string, settings: object = {}): Promise<void> {
  const own = { number_of_shards: 3, number_of_replicas: 0, ...settings }
  const body = { settings: own, mappings: { dynamic: false, properties: { n: { type: 'long' } } } }
  const { status, text } = await request(url, `PUT /${index}`, body)
  if (status !== 200) throw new Error(text)
}

/** Fails unless the index has so many documents, no number twice and none missing. */
async function hasEach(t: ExecutionContext, url: string, index: string, count: number): Promise<void> {
  await request(url, `POST /${index}/_refresh`)
  const aggs = { sum: { sum: { field: 'n' } }, max: { max: { field: 'n' } } }
  const body = { size: 0, track_total_hits: true, aggs }
  const { hits, aggregations } = JSON.parse((await request(url, `POST /${index}/_search`, body)).text)
  t.is(hits.total.value, count)
  t.is(aggregations.max.value, count - 1)
  t.is(aggregations.sum.value, (count * (count - 1)) / 2)
}

const BUSY = { type: 'es_rejected_execution_exception', reason: 'busy' }

/** A gateway that loses every tenth reply, refuses some requests and of others some of the documents. */
async function faulty(t: ExecutionContext, url: string) {
  const faults = { refused: 0, lost: 0, overloaded: 0 }
  const some = (chance: number) => Math.random() < chance
  const status = () => (some(0.5) ? 429 : 503)
  const refuseSome = async (body: string, pass: (body: string) => Promise<{ text: string }>) => {
    const documents = (body.match(/.*\n.*\n/g) ?? []).map(text => ({ text, isRefused: some(0.2) }))
    const taken = documents.filter(({ isRefused }) => !isRefused).map(({ text }) => text)
    const done = taken.length === 0 ? [] : JSON.parse((await pass(taken.join(''))).text).items
    faults.refused += documents.length - taken.length
    const items = documents.map(({ isRefused }) =>
      isRefused ? { index: { status: status(), error: BUSY } } : done.shift(),
    )
    return { status: 200, text: JSON.stringify({ items }) }
  }
  const node = await gateway(t, url, async ({ line, body, pass }) => {
    if (!line.endsWith('/_bulk')) return await pass()
    if (some(0.1)) {
      faults.lost++
      if (some(0.5)) await pass() // done, but nobody hears of it
      return 'lost'
    }
    if (some(0.9)) return some(0.5) ? await pass() : await refuseSome(body, pass)
    faults.overloaded++
    const code = status()
    return { status: code, text: JSON.stringify({ error: BUSY, status: code }) }
  })
  return { node, faults }
}

for (const generation of chosenGenerations()) {
  test.serial(`${nameOf(generation)}: after 20 kills at any instant each document is there once`, async t => {
    t.timeout(1_200_000)
    const server = await startServer(generation)
    t.teardown(() => server.stop())
    const { url } = server
    const cwd = configured(t, { aliases: { default: { node: url } } })
    await create(url, 'killed')
    await pipeline(Readable.from(linesOf(DOCUMENTS)), createWriteStream(join(cwd, 'docs')))
    const argv = ['import', 'killed', 'docs', '--state', 's', '--batch', '100kB']
    await throughKills(t, argv, { cwd, pause: [200, 1500], atLeast: 8 })
    await hasEach(t, url, 'killed', DOCUMENTS)
  })

  test.serial(
    `${nameOf(generation)}: through refused items, lost replies and overload each document is there once, in its last version`,
    async t => {
      t.timeout(600_000)
      const server = await startServer(generation)
      t.teardown(() => server.stop())
      const { url } = server
      await create(url, 'faults')
      const { node, faults } = await faulty(t, url)
      const cwd = configured(t, { aliases: { default: { node, retries: 8 } } })
      const [ids, versions] = [2000, 10]
      const all = Array.from({ length: ids * versions }, (_, at) => ({ id: at % ids, version: at }))
      const lines = all.map(({ id, version }) => `{"n":${id},"version":${version}}\n`)
      writeFileSync(join(cwd, 'docs'), lines.join(''))
      const argv = ['import', 'faults', 'docs', '--id-field', 'n', '--batch', '20kB']
      const { status, stderr } = await ended(start(argv, { cwd }))
      t.is(status, 0, stderr)
      t.log(JSON.stringify(faults))
      t.true(faults.refused > 100 && faults.lost > 3 && faults.overloaded > 0)
      await hasEach(t, url, 'faults', ids)
      const body = { size: 10_000, _source: ['version'] }
      const found = JSON.parse((await request(url, 'POST /faults/_search', body)).text).hits.hits
      const last = ids * (versions - 1)
      t.true(found.every((hit: { _source: { version: number } }) => hit._source.version >= last))
    },
  )

  test.serial(`${nameOf(generation)}: 10 GB pass in constant memory`, async t => {
    t.timeout(3_000_000)
    const server = await startServer(generation)
    t.teardown(() => server.stop())
    const { url } = server
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const text = 'a sentence of the log that is repeated. '.repeat(100)
    const large = (n: number) => `{"n":${n},"text":"${text}"}\n`
    const imported = async (index: string, gigabytes: number) => {
      await create(url, index, { refresh_interval: '-1' })
      const count = Math.round((gigabytes * 1e9) / Buffer.byteLength(large(1e6)))
      const child = start(['import', index], { cwd, env: PEAK, stdio: ['pipe', 'pipe', 'pipe'] })
      const input = Readable.from(
        (function* () {
          for (let n = 0; n < count; n += 100)
            yield Array.from({ length: Math.min(100, count - n) }, (_, at) => large(n + at)).join('')
        })(),
      )
      const [{ status, stderr }] = await Promise.all([
        ended(child),
        pipeline(input, child.stdin as NodeJS.WritableStream),
      ])
      t.is(status, 0, stderr)
      await hasEach(t, url, index, count)
      return Number(stderr.trimEnd().split('\n').at(-1)) / 1024
    }
    const one = await imported('one', 1)
    const ten = await imported('ten', 10)
    t.log(`peak of 1 GB: ${one.toFixed(0)} MiB, of 10 GB: ${ten.toFixed(0)} MiB`)
    t.true(ten < 150)
  })

  test.serial(`${nameOf(generation)}: a node of three that is killed costs no document`, async t => {
    t.timeout(1_200_000)
    const cluster = await threeNodes(generation)
    t.teardown(() => cluster.stop())
    const [url = ''] = cluster.urls
    await create(url, 'failover', { number_of_replicas: 1 })
    await joined(url, 3)
    const cwd = configured(t, { aliases: { default: { nodes: cluster.urls, timeout: '30s', retries: 10 } } })
    await pipeline(Readable.from(linesOf(DOCUMENTS)), createWriteStream(join(cwd, 'docs')))
    const child = start(['import', 'failover', 'docs', '--batch', '50kB'], { cwd })
    const written = async () => {
      const { text } = await request(url, 'GET /failover/_stats/indexing')
      return JSON.parse(text)._all.primaries.indexing.index_total
    }
    while ((await written()) < DOCUMENTS / 10) await sleep(50)
    cluster.nodes[2]?.kill('SIGKILL')
    const { status, stderr } = await ended(child)
    t.is(status, 0, stderr)
    await hasEach(t, url, 'failover', DOCUMENTS)
  })
}
