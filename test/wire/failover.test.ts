import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { createConnections } from '../../src/connections.ts'
import type { AttemptResult } from '../../src/wire/exchange.ts'
import { chosenGenerations, nameOf } from '../cluster/generations.ts'
import { load, request } from '../cluster/request.ts'
import { onOwnServers } from '../cluster/servers.ts'
import { type Cluster, joined, threeNodes } from '../cluster/three.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'

const DOCUMENTS = Array.from({ length: 60 }, (_, n) => `{"n":${2 ** 53 + 2 * n}}`)

/** An index without a copy on the third node, and one with a copy of each of its shards on every node. */
async function filled({ urls: [url = ''] }: Cluster): Promise<void> {
  const apart = { 'index.routing.allocation.exclude._name': 'three' }
  const indices = {
    apart: { number_of_shards: 1, number_of_replicas: 1, ...apart },
    everywhere: { number_of_shards: 3, number_of_replicas: 2 },
  }
  for (const [index, settings] of Object.entries(indices)) {
    await request(url, `PUT /${index}`, { settings })
    await load(url, index, DOCUMENTS)
  }
  await joined(url, 3)
}

const inLines = (stdout: string): string[] => stdout.split('\n').slice(0, -1)

/** The nodes in this order as the alias `default`. */
function asking(t: ExecutionContext, nodes: readonly string[], settings: { retries?: number } = {}) {
  const config = { aliases: { default: { nodes, ...settings } } }
  const cwd = configured(t, config)
  const connections = createConnections({ config })
  t.teardown(() => connections.close())
  return {
    command: (...argv: string[]) => esconn(argv, { cwd }),
    connection: connections.get('default'),
  }
}

/** Searches with the library: how many hits it found, and which nodes it tried. */
async function search({ connection }: ReturnType<typeof asking>, index: string, timeout: number) {
  const asked: string[] = []
  const observe = ({ url }: AttemptResult) => asked.push(new URL(url).origin)
  let hits = 0
  for await (const _ of connection.hits(index, { size: 100 }, { timeout, observe })) hits += 1
  return { hits, asked }
}

async function countIn(url: string, index: string): Promise<number> {
  await request(url, `POST /${index}/_refresh`)
  const { text } = await request(url, `GET /${index}/_count`)
  return JSON.parse(text).count ?? 0
}

for (const generation of chosenGenerations()) {
  const ownServers = onOwnServers(test)
  const name = nameOf(generation)
  let cluster: Cluster
  const [one, two, three] = [0, 1, 2].map(index => () => cluster.urls[index] as string) as [
    () => string,
    () => string,
    () => string,
  ]

  ownServers(`${name}: three nodes are one cluster`, async t => {
    t.timeout(600_000, 'three servers may take their time to start')
    cluster = await threeNodes(generation)
    await filled(cluster)
    const { status, stdout } = await asking(t, cluster.urls).command('search', 'everywhere', '--size', '100')
    t.deepEqual([status, inLines(stdout).length], [0, DOCUMENTS.length])
  })

  ownServers(`${name}: a node that hangs costs one timeout, and is tried last afterwards`, async t => {
    const asked = asking(t, [three(), one(), two()])
    cluster.nodes[2]?.kill('SIGSTOP')
    try {
      const started = performance.now()
      const { status, stdout, stderr } = await asked.command(
        'search',
        'apart',
        '--size',
        '10',
        '--timeout',
        '5s',
        '-v',
      )
      const spent = performance.now() - started
      t.deepEqual([status, inLines(stdout).length], [0, 10])
      t.true(spent >= 5000, `${spent} ms`)
      t.deepEqual(
        stderr.map(line => line.replace(/\([\d.]+m?s\)$/, '')),
        [
          `POST ${three()}/apart/_search -> ${three()}: no answer within 5s `,
          `POST ${one()}/apart/_search -> 200 `,
          'default: 10 of 60 hits',
        ],
      )
      const first = await search(asked, 'apart', 5000)
      t.deepEqual([first.hits, first.asked], [DOCUMENTS.length, [three(), one()]])
      const second = await search(asked, 'apart', 5000)
      t.deepEqual([second.hits, second.asked], [DOCUMENTS.length, [one()]])
    } finally {
      cluster.nodes[2]?.kill('SIGCONT')
    }
  })

  ownServers(`${name}: a write to a node that hangs is sent once`, async t => {
    await request(one(), 'PUT /once')
    await joined(one(), 3)
    const { connection } = asking(t, [three(), one(), two()])
    cluster.nodes[2]?.kill('SIGSTOP')
    const write = connection.index({ index: 'once', document: { n: 1 } }, { requestTimeout: 1000 })
    const error = await t.throwsAsync(write).finally(() => cluster.nodes[2]?.kill('SIGCONT'))
    t.is(error?.message, `default: ${three()}: no answer within 1s`)
    while ((await countIn(one(), 'once')) === 0) await sleep(100)
    await joined(one(), 3)
    t.is(await countIn(one(), 'once'), 1)
  })

  ownServers(`${name}: no command fails when a node is killed while searches run`, async t => {
    const asked = asking(t, cluster.urls, { retries: 8 }) // a busy machine takes longer to turn copies into primaries
    const outcomes: unknown[] = []
    let killed = false
    const run = async (work: () => Promise<unknown>) => {
      for (let after = 0; after < 20; after += killed ? 1 : 0) outcomes.push(await work())
    }
    const commands = async () => {
      const { status, stdout, stderr } = await asked.command('search', 'everywhere', '--size', '100')
      return [status, inLines(stdout).length, ...stderr]
    }
    const library = async () => [0, (await search(asked, 'everywhere', 30_000)).hits]
    /** What is kept for pages dies with its node: that is told, or all hits are there. */
    const pages = async () => {
      const { status, stdout, stderr } = await asked.command(
        'search',
        'everywhere',
        '--all',
        '--format',
        'ids',
      )
      const ids = new Set(inLines(stdout))
      const isTold = status === 3 && /the point in time was lost/.test(stderr[0] ?? '')
      return isTold ? [0, DOCUMENTS.length] : [status, ids.size, ...stderr]
    }
    const kill = async () => {
      await sleep(1000)
      cluster.nodes[0]?.kill('SIGKILL')
      killed = true
    }
    await Promise.all([kill(), run(commands), run(commands), run(library), run(pages)])
    t.true(outcomes.length >= 80)
    t.deepEqual(
      outcomes.filter(outcome => String(outcome) !== `0,${DOCUMENTS.length}`),
      [],
    )
  })

  ownServers(`${name}: a dead node is not tried again at once`, async t => {
    const asked = asking(t, cluster.urls)
    const first = await search(asked, 'everywhere', 30_000)
    t.deepEqual([first.hits, first.asked], [DOCUMENTS.length, [one(), two()]])
    const second = await search(asked, 'everywhere', 30_000)
    t.deepEqual([second.hits, second.asked], [DOCUMENTS.length, [two()]])
  })

  ownServers(`${name}: when all nodes are down, the error and -v list each of them`, async t => {
    for (const node of cluster.nodes) node.kill('SIGKILL')
    await Promise.all(cluster.nodes.map(node => node.stop()))
    const { status, stdout, stderr } = await asking(t, cluster.urls).command('search', 'everywhere', '-v')
    t.deepEqual([status, stdout], [7, ''])
    for (const [index, url] of cluster.urls.entries())
      t.regex(
        stderr[index] ?? '',
        new RegExp(`^POST ${url}/everywhere/_search -> ${url}: connection refused`),
      )
    t.is(
      stderr[3],
      `default: ${three()}: connection refused, after 3 attempts; before: ${one()}: connection refused; ${two()}: connection refused`,
    )
  })

  test.after.always(`${name}: stop them`, async () => {
    await cluster?.stop()
  })
}
