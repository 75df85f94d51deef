import { generations, nameOf, type Product } from '../../test/cluster/generations.ts'
import { request } from '../../test/cluster/request.ts'
import { type StartedServer, startServer } from '../../test/cluster/start.ts'
import { documentsOf } from './response.ts'

/** What is exported. */
export const EXPORTED = { index: 'exported', shards: 4 }

const BULK = 5000

/** The newest server of a product, with so many documents; it ends with this process. */
export async function exportCluster(
  product: Product,
  count: number,
  say: (line: string) => void,
): Promise<StartedServer> {
  const newest = generations.findLast(({ kind }) => kind === product)
  if (newest === undefined) throw new Error(`no ${product} to start`)
  say(`${nameOf(newest)} is started, and gets ${count} documents`)
  const server = await startServer(newest)
  const { index, shards } = EXPORTED
  const settings = { number_of_shards: shards, number_of_replicas: 0, refresh_interval: '-1' }
  await succeed(server.url, `PUT /${index}`, JSON.stringify({ settings, mappings: { enabled: false } }))
  for (let from = 0; from < count; from += BULK) {
    const lines = [...documentsOf(from, Math.min(BULK, count - from))].map(
      (source, at) => `{"index":{"_id":"${from + at}"}}\n${source}\n`,
    )
    await succeed(server.url, `POST /${index}/_bulk?filter_path=errors`, lines.join(''))
  }
  await succeed(server.url, `POST /${index}/_forcemerge?max_num_segments=1`)
  await succeed(server.url, `POST /${index}/_refresh`)
  return server
}

async function succeed(url: string, line: string, body?: string): Promise<void> {
  const { status, text } = await request(url, line, body)
  if (status !== 200 || text.includes('"errors":true')) throw new Error(`${line}: ${text.slice(0, 300)}`)
}
