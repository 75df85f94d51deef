import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { chosenGenerations, nameOf } from '../cluster/generations.ts'
import { request } from '../cluster/request.ts'
import { startServer } from '../cluster/start.ts'
import { threeNodes } from '../cluster/three.ts'
import { configured } from '../support/configured.ts'
import { throughKills } from '../support/kills.ts'
import { ended, PEAK, start } from '../support/process.ts'

const MILLION = 1_000_000
const BULK = 20_000

const source = (n: number): string =>
  `{"n":${n},"@timestamp":"2026-11-27T08:00:00Z","host":"h${n % 7}","long":${9007199254740993n + BigInt(n)}}`

/** An index with so many documents. */
async function filled(url: string, index: string, count: number, settings: object): Promise<void> {
  const properties = { n: { type: 'long' }, '@timestamp': { type: 'date' }, host: { type: 'keyword' } }
  const body = {
    settings: { number_of_replicas: 0, refresh_interval: '-1', ...settings },
    mappings: { dynamic: false, properties },
  }
  const { status, text } = await request(url, `PUT /${index}`, body)
  if (status !== 200) throw new Error(text)
  for (let from = 0; from < count; from += BULK) {
    const lines = Array.from(
      { length: Math.min(BULK, count - from) },
      (_, at) => `{"create":{}}\n${source(from + at)}\n`,
    )
    const reply = await request(url, `POST /${index}/_bulk?filter_path=errors`, lines.join(''))
    if (!/"errors":false/.test(reply.text)) throw new Error(reply.text.slice(0, 500))
  }
  await request(url, `POST /${index}/_refresh`)
}

/** Fails unless the lines are the documents, each once. */
async function areAll(t: ExecutionContext, lines: Readable, count: number, isExact = true): Promise<void> {
  const seen = new Uint8Array(count)
  let [total, wrong] = [0, 0]
  for await (const line of createInterface(lines)) {
    const n = Number(/"n":(\d+)/.exec(line)?.[1])
    if (isExact && line !== source(n)) wrong++
    if (++(seen[n] as number) > 1) wrong++
    total++
  }
  t.deepEqual([total, wrong, seen.indexOf(0)], [count, 0, -1])
}

/** The time in milliseconds and the peak memory in MiB of an export, which must be whole. */
async function exported(t: ExecutionContext, cwd: string, index: string, count: number, isExact = true) {
  const started = performance.now()
  const child = start(['export', index, '--format', 'source'], { cwd, env: PEAK })
  const [{ status, stderr }] = await Promise.all([
    ended(child),
    areAll(t, child.stdout as Readable, count, isExact),
  ])
  t.is(status, 0, stderr)
  const peak = Number(stderr.trimEnd().split('\n').at(-1)) / 1024
  return { milliseconds: performance.now() - started, peak }
}

for (const generation of chosenGenerations()) {
  test.serial(
    `${nameOf(generation)}: a million documents, in constant memory and after 20 kills`,
    async t => {
      t.timeout(1_800_000)
      const server = await startServer(generation)
      t.teardown(() => server.stop())
      const { url } = server
      const cwd = configured(t, { aliases: { default: { node: url } } })
      await filled(url, 'fewer', MILLION / 2, { number_of_shards: 4 })
      await filled(url, 'many', MILLION, { number_of_shards: 4 })
      const fewer = await exported(t, cwd, 'fewer', MILLION / 2)
      const many = await exported(t, cwd, 'many', MILLION)
      t.log(`peak of half a million: ${fewer.peak.toFixed(0)} MiB, of a million: ${many.peak.toFixed(0)} MiB`)
      t.true(many.peak < 150)
      t.true(many.peak < fewer.peak * 1.2)
      const argv = ['export', 'many', '--format', 'source', '--page', '200kB', '--out', 'f', '--state', 's']
      await throughKills(t, argv, { cwd, pause: [200, 2000], atLeast: 10 })
      await areAll(t, createReadStream(join(cwd, 'f')), MILLION)
    },
  )

  const modes = generation.kind === 'elasticsearch' && generation.version.startsWith('9') ? ['logsdb'] : []
  for (const mode of [undefined, ...modes])
    test.serial(
      `${nameOf(generation)}: five million documents in one shard${mode ? `, ${mode}` : ''}`,
      async t => {
        t.timeout(3_600_000)
        const server = await startServer(generation)
        t.teardown(() => server.stop())
        const settings = { number_of_shards: 1, ...(mode ? { 'index.mode': mode } : {}) }
        const cwd = configured(t, { aliases: { default: { node: server.url } } })
        await filled(server.url, 'tenth', MILLION / 2, settings)
        await filled(server.url, 'deep', 5 * MILLION, settings)
        const tenth = await exported(t, cwd, 'tenth', MILLION / 2, mode === undefined)
        const deep = await exported(t, cwd, 'deep', 5 * MILLION, mode === undefined)
        t.log(`a tenth of it: ${tenth.milliseconds.toFixed(0)} ms, all: ${deep.milliseconds.toFixed(0)} ms`)
        t.true(
          deep.milliseconds < 20 * tenth.milliseconds,
          'a page does not cost more where there are more documents',
        )
        t.true(deep.peak < 150)
      },
    )

  if (generation.kind === 'opensearch')
    test.serial(`${nameOf(generation)}: with segment replication, while documents are written`, async t => {
      t.timeout(1_200_000)
      const cluster = await threeNodes(generation)
      t.teardown(() => cluster.stop())
      const [url = ''] = cluster.urls
      const settings = { number_of_shards: 3, number_of_replicas: 1, 'index.replication.type': 'SEGMENT' }
      await filled(url, 'segments', MILLION / 10, { ...settings, refresh_interval: '10s' })
      await request(url, 'PUT /segments/_doc/late?wait_for_active_shards=all', source(MILLION / 10))
      const cwd = configured(t, { aliases: { default: { nodes: cluster.urls } } })
      let isDone = false
      const writing = (async () => {
        for (let version = 0; !isDone; version++) await request(url, 'PUT /segments/_doc/other', { version })
      })()
      const child = start(['export', 'segments', '--term', 'host=h0', '--format', 'source'], { cwd })
      const [{ status, stderr }, printed] = await Promise.all([ended(child), text(child.stdout as Readable)])
      isDone = true
      await writing
      t.is(status, 0, stderr)
      const expected = Array.from({ length: MILLION / 10 + 1 }, (_, n) => source(n)).filter(line =>
        line.includes('h0'),
      )
      t.deepEqual(printed.split('\n').slice(0, -1).toSorted(), expected.toSorted())
    })
}
