import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { ended, start } from '../../support/process.ts'
import { raw, reply } from '../../support/raw.ts'
import { inTime } from '../../support/time.ts'

const eachServer = onServers(test)

const put = (url: string, index: string, id: number, query = '?refresh=true') =>
  request(url, `PUT /${index}/_doc/${id}${query}`, `{"n": ${id}.0, "@timestamp": "20${60 - id}-01-01"}`)

/** An index with three documents, the first of which has the latest time. */
async function loaded(t: ExecutionContext, url: string) {
  const index = uniqueName('tail')
  await request(url, `PUT /${index}`, {
    settings: { number_of_replicas: 0 },
    mappings: { properties: { '@timestamp': { type: 'date' } } },
  })
  for (const id of [1, 2, 3]) await put(url, index, id)
  return { index, cwd: configured(t, { aliases: { default: { node: url } } }) }
}

/** A tail as a process of its own. */
function running(argv: readonly string[], cwd: string) {
  const child = start(['tail', '--interval', '50ms', ...argv], { cwd })
  const lines: string[] = []
  const reader = createInterface(child.stdout as NodeJS.ReadableStream).on('line', line => lines.push(line))
  const until = async (count: number) => {
    while (lines.length < count) await once(reader, 'line')
  }
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return await ended(child)
  }
  return { lines, until, end }
}

eachServer('the newest documents, and those that come; it ends in time', async (t, { url }) => {
  const { index, cwd } = await loaded(t, url)
  let printed = ''
  const tail = async (...argv: string[]) => {
    printed = ''
    const act = async (limit: string) => {
      const result = await esconn(['tail', index, ...argv, '--max-time', limit], { cwd })
      printed = result.stdout
      return result
    }
    const { status, stderr } = await inTime(act, () => printed !== '')
    t.deepEqual([status, stderr], [0, []])
  }
  await tail('--format', 'ids')
  t.is(printed, '3\n2\n1\n')
  await tail('-n', '1', '--format', 'source')
  t.is(printed, '{"n": 1.0, "@timestamp": "2059-01-01"}\n')
  await tail('--term', 'n=2', '--format', 'csv', '--fields', '_id,n')
  t.is(printed, '_id,n\r\n2,2.0\r\n')
  const { lines, until, end } = running([index, '-n', '1', '--format', 'ids'], cwd)
  await until(1)
  await put(url, index, 4)
  await put(url, index, 2)
  await until(3)
  t.deepEqual(lines, ['1', '4', '2'])
  const { signal, stderr } = await end('SIGINT')
  t.deepEqual([signal, stderr], ['SIGINT', ''])
  await request(url, `DELETE /${index}`)
})

eachServer('a state leads to what has come since, also after kill -9', async (t, { url }) => {
  const { index, cwd } = await loaded(t, url)
  const argv = [index, '--format', 'ids', '--state', 'state']
  const saved = () => {
    try {
      return JSON.parse(readFileSync(join(cwd, 'state'), 'utf8')).documents
    } catch {
      return 0
    }
  }
  const first = running(argv, cwd)
  await first.until(3)
  await put(url, index, 4)
  await first.until(4)
  while (saved() < 4) await sleep(20)
  await first.end('SIGKILL')
  await put(url, index, 5)
  const second = running(argv, cwd)
  await second.until(1)
  await put(url, index, 6)
  await second.until(2)
  const { signal, stderr } = await second.end('SIGINT')
  t.deepEqual(second.lines, ['5', '6'])
  t.is(signal, 'SIGINT')
  t.is(
    stderr,
    'esconn: default: 6 documents were printed; the same command goes on from there, and may print the last of them again\n',
  )
  const other = await esconn(['tail', index, '--state', 'state'], { cwd })
  t.deepEqual([other.status, other.stdout], [66, ''])
  t.regex(other.stderr[0] ?? '', /belongs to something else: its format is ids, here it is ndjson$/)
  await request(url, `DELETE /${index}`)
  await put(url, index, 1)
  const anew = await esconn(['tail', ...argv], { cwd })
  t.deepEqual([anew.status, anew.stdout], [66, ''])
  writeFileSync(join(cwd, 'state'), '{"esconn_state":1}')
  const broken = await esconn(['tail', ...argv], { cwd })
  t.deepEqual([broken.status, readFileSync(join(cwd, 'state'), 'utf8')], [66, '{"esconn_state":1}'])
  await request(url, `DELETE /${index}`)
})

eachServer('a field that no index has is said; a reader that goes away ends it', async (t, { url }) => {
  const { index, cwd } = await loaded(t, url)
  const child = start(['tail', index, '--term', 'nn=1', '--interval', '50ms'], { cwd })
  child.stderr?.setEncoding('utf8')
  t.deepEqual(await once(child.stderr as NodeJS.ReadableStream, 'data'), [
    `esconn: default: no field \`nn\` in ${index}; did you mean \`n\`?\n`,
  ])
  child.stdout?.destroy()
  await request(url, `PUT /${index}/_doc/5?refresh=true`, { nn: 1 })
  const { status, stderr } = await ended(child)
  t.deepEqual([status, stderr], [141, ''])
  await request(url, `DELETE /${index}`)
})

test('the time is up while the cluster does not answer: not all was delivered', async t => {
  let asked = 0
  const { url } = await raw(t, (socket, request) => {
    if (request.path.startsWith('/i/_stats') && asked++ > 0)
      return reply({ error: 'no master' }, 503)(socket, request)
    const none = { indices: {}, shards: [], hits: { hits: [] }, timed_out: false }
    return reply({ ...none, _shards: { total: 1, successful: 1, skipped: 0, failed: 0 } })(socket, request)
  })
  const cwd = configured(t, { aliases: { default: { node: url, retries: 0 } } })
  const argv = ['tail', 'i', '-n', '0', '--interval', '20ms', '--max-time']
  const { status, stderr } = await inTime(
    limit => esconn([...argv, limit], { cwd }),
    () => asked > 2, // by then the first failure was told
  )
  t.is(status, 75)
  t.regex(stderr.find(line => line.includes('503')) ?? '', /503.*; tried again until it answers$/)
})

const refuses = test.macro(
  async (t: ExecutionContext, argv: string[], status: number, ...stderr: string[]) => {
    const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
    t.deepEqual(await esconn(['tail', 'i', ...argv], { cwd }), { status, stdout: '', stderr })
  },
)

test(
  '--sort is for search',
  refuses,
  ['--sort', 'n'],
  2,
  '--sort has no meaning for tail, which reads whole shards',
  'use esconn search, or search --all for every hit',
)
test('-n takes a number', refuses, ['-n', 'x'], 2, '--last x: not a whole number')
test(
  'the first contact fails like that of every command',
  refuses,
  [],
  7,
  'default: http://localhost:9: connection refused',
  'is the cluster running, and is `node` of the alias its address?',
)
