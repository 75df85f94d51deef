import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { generations, nameOf, type Product } from '../../test/cluster/generations.ts'
import { request } from '../../test/cluster/request.ts'
import { type StartedServer, startServer } from '../../test/cluster/start.ts'
import { documentsOf } from './response.ts'

/** How many documents are exported and imported. */
export const DOCUMENTS = 300_000

/** What is exported, and imported to. */
export const EXPORTED = { index: 'exported', shards: 4 }
export const IMPORTED = 'imported'

/** What is imported: hits as exported, and the same as bodies for `_bulk`. */
export const HITS_FILE = 'hits.ndjson'
export const BATCHES = 'batches'

/** In a body for `_bulk`: some 5 MB of them. */
const BULK = 6500

/** The newest server of a product, empty; it ends with this process. */
export async function newestServer(product: Product, say: (line: string) => void): Promise<StartedServer> {
  const newest = generations.findLast(({ kind }) => kind === product)
  if (newest === undefined) throw new Error(`no ${product} to start`)
  say(`${nameOf(newest)} is started`)
  return await startServer(newest)
}

/** Fills what is exported. */
export async function fill({ url }: StartedServer, say: (line: string) => void): Promise<void> {
  say(`${EXPORTED.index} gets ${DOCUMENTS} documents`)
  await create(url, EXPORTED.index)
  for (const { body } of bulkBodies())
    await succeed(url, `POST /${EXPORTED.index}/_bulk?filter_path=errors`, body)
  await succeed(url, `POST /${EXPORTED.index}/_forcemerge?max_num_segments=1`)
  await succeed(url, `POST /${EXPORTED.index}/_refresh`)
}

/** Writes what is imported into a directory. */
export function writeInput(directory: string): void {
  mkdirSync(join(directory, BATCHES))
  const hits = openSync(join(directory, HITS_FILE), 'w')
  for (const { from, sources, body } of bulkBodies()) {
    writeFileSync(join(directory, BATCHES, String(from)), body)
    const lines = sources.map((source, at) => `{"_index":"i","_id":"${from + at}","_source":${source}}\n`)
    writeSync(hits, lines.join(''))
  }
  closeSync(hits)
}

/** Makes the index anew that is imported to. */
export async function emptyImported(url: string): Promise<void> {
  await request(url, `DELETE /${IMPORTED}`)
  await create(url, IMPORTED)
}

/** @throws {Error} unless all documents have been imported */
export async function checkImported(url: string): Promise<void> {
  await succeed(url, `POST /${IMPORTED}/_refresh`)
  const { count } = JSON.parse(await succeed(url, `GET /${IMPORTED}/_count`))
  if (count !== DOCUMENTS) throw new Error(`imported ${count} documents`)
}

function* bulkBodies(): Generator<{ from: number; sources: string[]; body: string }> {
  for (let from = 0; from < DOCUMENTS; from += BULK) {
    const sources = [...documentsOf(from, Math.min(BULK, DOCUMENTS - from))]
    const body = sources.map((source, at) => `{"index":{"_id":"${from + at}"}}\n${source}\n`).join('')
    yield { from, sources, body }
  }
}

async function create(url: string, index: string): Promise<void> {
  const settings = { number_of_shards: EXPORTED.shards, number_of_replicas: 0, refresh_interval: '-1' }
  await succeed(url, `PUT /${index}`, JSON.stringify({ settings, mappings: { enabled: false } }))
}

async function succeed(url: string, line: string, body?: string): Promise<string> {
  const { status, text } = await request(url, line, body)
  if (status !== 200 || text.includes('"errors":true')) throw new Error(`${line}: ${text.slice(0, 300)}`)
  return text
}
