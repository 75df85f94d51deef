import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Generation } from './generations.ts'
import { request } from './request.ts'
import { type StartedServer, startServer } from './start.ts'

/** Three servers that form one cluster; any two of them work without the third. */
export interface Cluster {
  nodes: readonly StartedServer[]
  urls: readonly string[]
  stop(): Promise<void>
}

/** Starts a new cluster. Each of its nodes can be killed or stopped alone, and ends when this process ends. */
export async function threeNodes(generation: Generation): Promise<Cluster> {
  const cluster = `esconn-${randomBytes(6).toString('hex')}`
  const first = await startServer(generation, { settings: member(cluster, 'one') })
  const others = ['two', 'three'].map(name =>
    startServer(generation, { settings: member(cluster, name, first) }),
  )
  const started = [first, ...(await Promise.allSettled(others)).flatMap(fulfilled)]
  const stop = async () => {
    await Promise.all(started.map(node => node.stop()))
  }
  await Promise.all(others)
    .then(() => joined(first.url, 3))
    .catch(async error => {
      await stop()
      throw error
    })
  return { nodes: started, urls: started.map(({ url }) => url), stop }
}

const fulfilled = <T>(outcome: PromiseSettledResult<T>): T[] =>
  outcome.status === 'fulfilled' ? [outcome.value] : []

/** The settings that make a server a node of a cluster: the first one bootstraps it, the others discover the first. */
function member(cluster: string, name: string, first?: StartedServer) {
  return {
    'cluster.name': cluster,
    'node.name': name,
    'discovery.type': undefined,
    ...(first ? { 'discovery.seed_hosts': [first.transport] } : { 'cluster.initial_master_nodes': [name] }),
  }
}

/** Waits until a cluster has as many nodes and all copies of all shards, and can lose any one of them. */
export async function joined(url: string, nodes: number): Promise<void> {
  const wanted = `wait_for_nodes=${nodes}&wait_for_status=green&wait_for_no_initializing_shards=true`
  const { text } = await request(url, `GET /_cluster/health?${wanted}&timeout=60s`)
  if (JSON.parse(text).timed_out !== false) throw new Error(`the cluster is not complete: ${text}`)
  while ((await voters(url)).length < nodes) await sleep(50)
}

/** The nodes that count for a majority; those that join are added a moment later. */
async function voters(url: string): Promise<string[]> {
  const part = 'metadata.cluster_coordination.last_committed_config'
  const { text } = await request(url, `GET /_cluster/state/metadata?filter_path=${part}`)
  return JSON.parse(text).metadata.cluster_coordination.last_committed_config
}
