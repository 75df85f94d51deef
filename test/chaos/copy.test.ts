import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { chosenGenerations, nameOf } from '../cluster/generations.ts'
import { request } from '../cluster/request.ts'
import { startServer } from '../cluster/start.ts'
import { joined, threeNodes } from '../cluster/three.ts'
import { configured } from '../support/configured.ts'
import { documents } from '../support/documents.ts'
import { esconn } from '../support/esconn.ts'
import { throughKills } from '../support/kills.ts'
import { ended, start } from '../support/process.ts'

const DOCUMENTS = 100_000
const BULK = 10_000

/** An index with so many documents. */
async function filled(url: string, index: string, settings: object = {}): Promise<void> {
  const own = { number_of_shards: 3, number_of_replicas: 0, ...settings }
  const { status, text } = await request(url, `PUT /${index}`, {
    settings: own,
    mappings: { dynamic: false },
  })
  if (status !== 200) throw new Error(text)
  for (let from = 0; from < DOCUMENTS; from += BULK) {
    const lines = Array.from({ length: BULK }, (_, at) => {
      const n = from + at
      return `{"index":{"_id":"${n}"}}\n{"n":${n}.0,"long":${9007199254740993n + BigInt(n)}}\n`
    })
    const reply = await request(url, `POST /${index}/_bulk?filter_path=errors`, lines.join(''))
    if (!reply.text.includes('"errors":false')) throw new Error(reply.text)
  }
}

/** Fails unless the other side has all of the documents, and no others. */
async function areSame(t: ExecutionContext, cwd: string, index: string): Promise<void> {
  const { status, stdout, stderr } = await esconn(['diff', index, `to:${index}`], { cwd })
  t.deepEqual([status, stdout, stderr.at(-1)], [0, '', `${DOCUMENTS} documents compared, none differ`])
}

const all = chosenGenerations()

test.serial('from each server to each other one', async t => {
  t.timeout(3_600_000)
  const servers = await Promise.all(all.map(one => startServer(one)))
  t.teardown(() => Promise.all(servers.map(server => server.stop())))
  for (const [from, source] of servers.entries())
    for (const [to, target] of servers.entries()) {
      if (from === to) continue
      const index = await documents(source.url)
      const cwd = configured(t, { aliases: { default: { node: source.url }, to: { node: target.url } } })
      const { status, stdout, stderr } = await esconn(['copy', index, `to:${index}`, '--verify'], { cwd })
      const pair = [source, target].map(nameOf).join(' to ')
      t.deepEqual(
        [status, stdout, stderr.at(-1)],
        [0, '', '8 documents compared, none differ'],
        `${pair}: ${stderr.join('\n')}`,
      )
    }
})

for (const [at, generation] of all.entries()) {
  const other = all[(at + 1) % all.length] ?? generation

  test.serial(`${nameOf(generation)} to ${nameOf(other)}: after 20 kills each document is there`, async t => {
    t.timeout(1_200_000)
    const [source, target] = await Promise.all([generation, other].map(one => startServer(one)))
    t.teardown(() => Promise.all([source?.stop(), target?.stop()]))
    await filled(String(source?.url), 'killed')
    const cwd = configured(t, { aliases: { default: { node: source?.url }, to: { node: target?.url } } })
    const argv = ['copy', 'killed', 'to:killed', '--state', 's', '--batch', '50kB', '--page', '100kB']
    await throughKills(t, argv, { cwd, pause: [300, 1200], atLeast: 8 })
    await areSame(t, cwd, 'killed')
  })

  test.serial(`${nameOf(generation)}: a node of three that is killed costs a copy no document`, async t => {
    t.timeout(1_200_000)
    const cluster = await threeNodes(generation)
    t.teardown(() => cluster.stop())
    const [url = ''] = cluster.urls
    await filled(url, 'failover', { number_of_replicas: 1 })
    await joined(url, 3)
    const alias = { nodes: cluster.urls, timeout: '30s', retries: 10 }
    const cwd = configured(t, {
      aliases: { default: alias, to: { ...alias, indices: { failover: 'copied' } } },
    })
    const child = start(['copy', 'failover', 'to:failover', '--batch', '50kB', '--page', '100kB'], { cwd })
    const written = async () => {
      const { status, text } = await request(url, 'GET /copied/_stats/indexing')
      return status === 200 ? JSON.parse(text)._all.primaries.indexing.index_total : 0
    }
    while ((await written()) < DOCUMENTS / 10) await sleep(50)
    cluster.nodes[2]?.kill('SIGKILL')
    const { status, stderr } = await ended(child)
    t.is(status, 0, stderr)
    await areSame(t, cwd, 'failover')
  })
}
