// npm run bench: how long esconn takes and how much memory it needs, next to other programs; docs/performance.md.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Product } from '../test/cluster/generations.ts'
import type { StartedServer } from '../test/cluster/start.ts'
import { fill, newestServer, writeInput } from './bench/cluster.ts'
import { allGroups, chosenGroups } from './bench/groups.ts'
import { measure } from './bench/measure.ts'
import { describeMachine, findPrograms, installElasticdump } from './bench/programs.ts'
import { tableOf } from './bench/table.ts'

type Clusters = Readonly<Record<Product, string>>

const PRODUCTS = ['elasticsearch', 'opensearch'] as const

const HELP = `npm run bench -- [OPTIONS]

Measures how long esconn takes and how much memory it needs, next to other programs, on
a server that answers from memory, and on real ones. docs/performance.md describes what is
measured.

  --only NAME    a group (start, length, chunked, gzip, formats, library,
                 export-elasticsearch, export-opensearch,
                 import-elasticsearch, import-opensearch), or the cases
                 whose name contains this; repeatable
  --runs N       run each case N times (default: 15 in start, 5 in library, else 3)
  --size MB      size of the large response (default: 500)
  --json FILE    write the figures as JSON, too
  --markdown     print the tables as Markdown
`

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

try {
  const options = readOptions()
  if (options.help) process.stdout.write(HELP)
  else await bench(options)
} catch (error) {
  say((error as Error).message)
  process.exit(2)
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      size: { type: 'string', default: '500' },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  for (const name of ['runs', 'size'] as const)
    if (!/^[1-9]\d*$/.test(values[name] ?? '1')) throw new Error(`--${name} must be a whole number above 0`)
  return values
}

async function bench({ only, runs, size, json, markdown }: ReturnType<typeof readOptions>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'esconn-bench-'))
  process.on('exit', () => rmSync(directory, { recursive: true }))
  const memory = fork(join(import.meta.dirname, 'bench/server.ts'), [size])
  const [port] = await once(memory, 'message')
  const url = `http://127.0.0.1:${port}`
  const programs = findPrograms(say)
  const choose = (clusters: Clusters) =>
    chosenGroups(allGroups(programs, { url, megabytes: Number(size), clusters }), only)
  const none = { elasticsearch: url, opensearch: url }
  const chosen = choose(none).map(({ name }) => name)
  const servers: StartedServer[] = []
  for (const product of PRODUCTS) {
    if (!chosen.some(name => name.endsWith(product))) continue
    const server = await newestServer(product, say)
    if (chosen.includes(`export-${product}`)) await fill(server, say)
    servers.push(server)
  }
  if (chosen.some(name => name.startsWith('import'))) writeInput(directory)
  const clusters = { ...none, ...Object.fromEntries(servers.map(({ kind, url }) => [kind, url])) }
  writeFileSync(join(directory, '.esconnrc'), configuration(url, clusters))
  const groups = choose(clusters)
  const results = []
  for (const group of groups) {
    if (group.name === 'gzip') await fetch(`${url}/gzip`, { method: 'HEAD' }) // it takes seconds to compress
    group.cases = group.cases.filter(({ name }) => name !== 'elasticdump' || installElasticdump(say))
    const surroundings = { directory, measurer: programs.time, say }
    const figures = await measure(group, Number(runs ?? group.runs), surroundings)
    process.stdout.write(`${tableOf(group, figures, markdown)}\n`)
    results.push({ group: group.name, title: group.title, baseline: group.baseline, figures })
  }
  const machine = describeMachine(programs)
  process.stdout.write(`${machine.join('; ')}\n`)
  if (json) writeFileSync(json, `${JSON.stringify({ machine, results }, undefined, 2)}\n`)
  memory.disconnect()
  for (const server of servers) await server.stop()
}

function configuration(node: string, clusters: Clusters): string {
  return `aliases:
  default:
    node: ${node}
  gzip:
    node: ${node}
    compression: true
  elasticsearch:
    node: ${clusters.elasticsearch}
  opensearch:
    node: ${clusters.opensearch}
`
}

function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`)
}
