import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { chosenGenerations, nameOf } from '../cluster/generations.ts'
import { request } from '../cluster/request.ts'
import { joined, threeNodes } from '../cluster/three.ts'
import { configured } from '../support/configured.ts'
import { start } from '../support/process.ts'

const DOCUMENTS = 300_000
const BULK = 10_000

const bulk = (from: number, count: number): string =>
  Array.from({ length: count }, (_, at) => `{"index":{"_id":"${from + at}"}}\n{"n":${from + at}}\n`).join('')

/** An index with the documents, a shard and a copy on each of two of three nodes. */
async function filled(url: string): Promise<void> {
  const settings = { number_of_shards: 3, number_of_replicas: 1 }
  await request(url, 'PUT /many', { settings })
  for (let from = 0; from < DOCUMENTS; from += BULK) {
    const { text } = await request(url, 'POST /many/_bulk', bulk(from, BULK))
    if (JSON.parse(text).errors !== false) throw new Error(text.slice(0, 500))
  }
  await request(url, 'POST /many/_refresh')
  await joined(url, 3)
}

/** Writes further documents, and changes old ones, until it is stopped. */
function writer(url: string): () => Promise<void> {
  let isStopped = false
  const written = (async () => {
    for (let n = 0; !isStopped; n += 100) {
      await request(url, 'POST /many/_bulk?refresh=true', bulk(DOCUMENTS + n, 100)).catch(() => {})
      await request(url, `POST /many/_doc/${n}`, { n, changed: true }).catch(() => {})
      await sleep(50)
    }
  })()
  return async () => {
    isStopped = true
    await written
  }
}

/** Which of the documents were printed, and how the command ended. */
async function readAll(
  t: ExecutionContext,
  nodes: readonly string[],
  argv: string[],
  onCount: (n: number) => void,
) {
  const cwd = configured(t, { aliases: { default: { nodes } } })
  const child = start([...argv, '--format', 'ids'], { cwd })
  const messages: string[] = []
  child.stderr?.setEncoding('utf8').on('data', text => messages.push(text))
  const ids: number[] = []
  const closed = once(child, 'close')
  for await (const id of createInterface(child.stdout as NodeJS.ReadableStream)) {
    ids.push(Number(id))
    onCount(ids.length)
  }
  const [status] = await closed
  return { status, ids, stderr: messages.join('') }
}

for (const generation of chosenGenerations())
  for (const argv of [
    ['search', 'many', '--all'],
    ['search', 'many', '--all', '--sort', 'n'],
    ['export', 'many'],
  ]) {
    const title = `${nameOf(generation)}: ${argv.join(' ')} of 300,000 hits while documents are written and a node is killed`
    test.serial(title, async t => {
      t.timeout(1_200_000)
      const cluster = await threeNodes(generation)
      t.teardown(() => cluster.stop())
      const [first = ''] = cluster.urls
      await filled(first)
      const stop = writer(first)
      const { status, ids, stderr } = await readAll(t, cluster.urls, argv, count => {
        if (count === 20_000) cluster.nodes[2]?.kill('SIGKILL')
      })
      await stop()
      t.log(`status ${status}, ${ids.length} hits`, stderr)
      const distinct = new Set(ids)
      const isExport = argv[0] === 'export'
      if (!isExport) t.is(distinct.size, ids.length, 'no hit twice') // one that changes may come twice there
      if (status === 0 || isExport) t.is([...distinct].filter(id => id < DOCUMENTS).length, DOCUMENTS)
      if (status !== 0 || isExport) t.is(status, isExport ? 0 : 3, stderr)
    })
  }
