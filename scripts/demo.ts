// npm run demo: boots a real server, loads sample entries, asks it, and shows commands and answers.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { generations, nameOf } from '../test/cluster/generations.ts'
import { load, request } from '../test/cluster/request.ts'
import { startServer } from '../test/cluster/start.ts'

const here = (file: string) => join(import.meta.dirname, file)
const BIN = here('../bin/esconn.js')
const SNIPPET = here('demo/snippet.js')
const INDEX = 'blog-entries'

const talk = (line: string) => process.stderr.write(`demo: ${line}\n`)
const show = (text: string) => process.stdout.write(`${text}\n`)

/** Ends what was opened, the last first; Ctrl-C comes here too. */
const closing: (() => Promise<unknown>)[] = []
const close = async () => {
  for (const end of closing.splice(0).reverse()) await end()
}

process.exitCode = await main().catch(error => {
  talk(error.message)
  return 1
})

async function main(): Promise<number> {
  process.once('SIGINT', () => void close().then(() => process.kill(process.pid, 'SIGINT')))
  try {
    const file = await prepare()
    await demonstrate(file)
    if (process.argv.includes('--keep')) await keep(file)
  } finally {
    await close()
  }
  return 0
}

/** A server with the entries, and the configuration file that leads to it. */
async function prepare(): Promise<string> {
  const newest = generations.findLast(({ kind }) => kind === 'elasticsearch')
  if (!newest) throw new Error('no Elasticsearch to show')
  talk(`booting ${nameOf(newest)} (the first time it is downloaded, some 130 MB)`)
  const server = await startServer(newest)
  closing.push(() => server.stop())
  await request(server.url, `PUT /${INDEX}`, readFileSync(here('demo/index.json'), 'utf8'))
  await load(server.url, INDEX, readFileSync(here('demo/entries.ndjson'), 'utf8').trimEnd().split('\n'))
  const directory = await mkdtemp(join(tmpdir(), 'esconn-demo-'))
  closing.push(() => rm(directory, { recursive: true }))
  const file = join(directory, 'esconn.yaml')
  const aliases = `aliases:\n  default:\n    node: ${server.url}\n    indices: { entry: ${INDEX} }\n  logs: default\n`
  await writeFile(file, aliases)
  return file
}

async function demonstrate(file: string): Promise<void> {
  const env = { ...process.env, ESCONN_CONFIG: file }
  show(`$ cat ${file}\n${readFileSync(file, 'utf8')}`)
  await command('esconn aliases', ['aliases'], env)
  const found = await command(
    'esconn search entry --term text=words',
    ['search', 'entry', '--term', 'text=words'],
    env,
  )
  await command('esconn --alias logs ping', ['--alias', 'logs', 'ping'], env)
  compare(found)
  show(`$ cat snippet.js\n${readFileSync(SNIPPET, 'utf8')}`)
  show(`$ node snippet.js\n${(await promisify(execFile)(process.execPath, [SNIPPET], { env })).stdout}`)
}

/** Shows a command line and its real answer. */
async function command(shown: string, argv: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [BIN, ...argv], { env })
  show(`$ ${shown}\n${stdout}`)
  return stdout
}

/** The same hit, as the cluster sent it and as a tool that parses and prints again would give it. */
function compare(lines: string): void {
  const hit = lines.split('\n').find(line => line.includes('1.5E+3')) ?? ''
  const source = hit.slice(hit.indexOf('"_source":') + '"_source":'.length, -1)
  show(`# the cluster's bytes, and esconn's\n${source}`)
  show(`# the same through JSON.parse and JSON.stringify\n${JSON.stringify(JSON.parse(source))}\n`)
}

async function keep(file: string): Promise<void> {
  show(`The server stays until Ctrl-C. In another terminal, in ${here('..')}:\n`)
  show(`  export ESCONN_CONFIG=${file}\n  bin/esconn.js search entry --match text=bread --size 3`)
  await once(process, 'SIGINT')
}
