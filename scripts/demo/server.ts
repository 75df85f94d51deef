import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Generation, generations } from '../../test/cluster/generations.ts'
import { load, request } from '../../test/cluster/request.ts'
import { type Server, type StartedServer, startServer } from '../../test/cluster/start.ts'
import { type Project, project } from './project.ts'

const INDEX = 'blog-entries'
// Its bare distribution answers `GET /`, with its version; that of Elasticsearch does so only with more modules.
const newest = generations.findLast(({ kind }) => kind === 'opensearch') as Generation

/** A real server with the blog entries, and a project whose alias `default` is that server. */
export async function demoServer(say: (text: string) => void): Promise<Project & { server: StartedServer }> {
  say(`starting OpenSearch ${newest.version} (the first run downloads it)`)
  const server = await startServer(newest)
  const entries = readFileSync(join(import.meta.dirname, 'entries.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
  say(`loading ${entries.length} blog entries into the index ${INDEX}`)
  await fill(server, entries)
  return { ...project(server.directory, { node: server.url, index: INDEX }), server }
}

async function fill({ url }: Server, entries: readonly string[]): Promise<void> {
  const mapping = readFileSync(join(import.meta.dirname, 'index.json'), 'utf8')
  const { status, text } = await request(url, `PUT /${INDEX}`, mapping)
  if (status !== 200) throw new Error(`could not create the index ${INDEX}: ${status} ${text}`)
  await load(url, INDEX, entries)
}
