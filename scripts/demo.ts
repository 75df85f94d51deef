// npm run demo [-- --keep]: boots a real server, loads some blog entries, and shows commands with their output.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Generation, generations } from '../test/cluster/generations.ts'
import { load, request } from '../test/cluster/request.ts'
import { type Server, startServer } from '../test/cluster/start.ts'
import { type Project, project } from './demo/project.ts'
import { show } from './demo/show.ts'

const INDEX = 'blog-entries'
// Its bare distribution answers `GET /`, with its version; that of Elasticsearch does so only with more modules.
const newest = generations.findLast(({ kind }) => kind === 'opensearch') as Generation

// The reader of the output may close it early, as `head` does.
process.stdout.on('error', () => process.exit(141))

// Neither this nor Ctrl-C needs to clean up: the server, and the project in its folder, end with this process.
await demo().catch(error => {
  say(error.message)
  process.exit(1)
})

async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean' } } })
  say(`starting OpenSearch ${newest.version} (the first run downloads it)`)
  const server = await startServer(newest)
  const entries = readFileSync(join(import.meta.dirname, 'demo/entries.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
  say(`loading ${entries.length} blog entries into the index ${INDEX}`)
  await fill(server, entries)
  const stage = project(server.directory, { node: server.url, index: INDEX })
  await show(stage)
  if (values.keep) return explain(stage, server)
  say('stopping the server')
  await server.stop()
}

async function fill({ url }: Server, entries: readonly string[]): Promise<void> {
  const mapping = readFileSync(join(import.meta.dirname, 'demo/index.json'), 'utf8')
  const { status, text } = await request(url, `PUT /${INDEX}`, mapping)
  if (status !== 200) throw new Error(`could not create the index ${INDEX}: ${status} ${text}`)
  await load(url, INDEX, entries)
}

function explain({ directory, bin }: Project, { url }: Server): void {
  process.stdout.write(`The server at ${url} keeps running until you press Ctrl-C. In another terminal:

  export ESCONN_CONFIG=${join(directory, '.esconnrc')} PATH=${bin}:$PATH
  esconn search entry --match title=bread
`)
}

function say(text: string): void {
  process.stderr.write(`demo: ${text}\n`)
}
