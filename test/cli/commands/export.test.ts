import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { ESCONN, ended, PEAK, start } from '../../support/process.ts'
import { answer, raw, reply, type Script } from '../../support/raw.ts'

const eachServer = onServers(test)

const COUNT = 3000
const document = (n: number) =>
  `{"n":${n}, "long":${9007199254740993n + BigInt(n)},"text":"${'words '.repeat(20)}"}`
const documents = Array.from({ length: COUNT }, (_, n) => document(n))

/** An index of two shards with the documents. */
async function loaded(url: string): Promise<string> {
  const index = uniqueName('export')
  await request(url, `PUT /${index}`, { settings: { number_of_shards: 2, number_of_replicas: 0 } })
  const lines = documents.map((document, n) => `{"index":{"_id":"${n}"}}\n${document}\n`)
  await request(url, `POST /${index}/_bulk`, lines.join(''))
  return index
}

const sorted = (text: string): string[] => text.split('\n').slice(0, -1).toSorted()

const SUMMARY = /^default: (\d+) documents?, [\d.]+\w*B, in [\d.]+m?s(?: \(\d+ documents\/s, .*B\/s\))?$/

eachServer('every document once: to standard output, or to a file', async (t, { url }) => {
  const index = await loaded(url)
  const few = { index, query: { range: { n: { lt: 2 } } } }
  const cwd = configured(t, { aliases: { default: { node: url, indices: { all: index, few } } } })
  const exported = async (...argv: string[]) => {
    const { status, stdout, stderr } = await esconn(['export', ...argv], { cwd })
    t.deepEqual([status, stderr.length], [0, 1], stderr.join('\n'))
    t.regex(stderr[0] ?? '', SUMMARY)
    return stdout
  }
  const hits = await exported('all', '--page', '20kB')
  const searched = await esconn(['search', 'all', '--all'], { cwd })
  const withoutSort = (text: string) => sorted(text).map(line => line.replace(/,"sort":\[.*\]\}$/, '}'))
  t.deepEqual(withoutSort(hits), withoutSort(searched.stdout), 'the hits of a search')
  t.deepEqual(sorted(await exported('all', '--format', 'source')), documents.toSorted())
  t.deepEqual(sorted(await exported('few', '--format', 'ids')), ['0', '1'], 'a view')
  t.deepEqual(sorted(await exported('all', '--term', 'n=7', '--format', 'source')), [document(7)])
  const { stdout, stderr } = await esconn(['export', 'all', '--progress', 'json'], { cwd })
  const [summary = '', last = ''] = stderr.slice(-2)
  t.regex(summary, SUMMARY)
  t.like(JSON.parse(last), { documents: COUNT, bytes: stdout.length, share: 1, done: true })
  t.is(await exported('all', '--out', 'all.ndjson'), '')
  t.deepEqual(sorted(readFileSync(join(cwd, 'all.ndjson'), 'utf8')), sorted(hits))
  symlinkSync('linked.gz', join(cwd, 'all.gz'))
  await exported('all', '--out', 'linked.gz')
  await exported('all', '--out', 'all.gz', '--format', 'source', '--color', 'always')
  t.deepEqual(sorted(gunzipSync(readFileSync(join(cwd, 'linked.gz'))).toString()), documents.toSorted())
  t.deepEqual(readdirSync(cwd).toSorted(), ['.esconnrc', 'all.gz', 'all.ndjson', 'linked.gz'])
  await request(url, `DELETE /${index}`)
})

eachServer(
  'an export that is interrupted, or whose disk is full, closes its points in time',
  async (t, { url, kind }) => {
    const index = await loaded(url)
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const open = async () => {
      const { search } = JSON.parse((await request(url, `GET /${index}/_stats/search`)).text)._all.total
      return kind === 'opensearch' ? search.point_in_time_current : search.open_contexts
    }
    const openInTheEnd = async () => {
      for (let waits = 0; waits < 50 && (await open()) > 0; waits++) await sleep(100) // for a page under way
      return await open()
    }
    const child = start(['export', index, '--page', '5kB'], { cwd })
    await once(child.stdout as NodeJS.ReadableStream, 'data')
    child.stdout?.pause() // so that it cannot end
    t.true((await open()) > 0)
    child.kill('SIGINT')
    child.stdout?.resume()
    const { signal, stderr } = await ended(child)
    t.deepEqual([signal, stderr], ['SIGINT', ''])
    t.is(await openInTheEnd(), 0)
    const limited = spawn(
      'sh',
      ['-c', 'ulimit -f 100; exec "$@"', 'sh', ...ESCONN, 'export', index, '--out', 'f'],
      { cwd },
    )
    const outcome = await ended(limited)
    t.is(outcome.status, 23)
    const part = join(cwd, 'f.part')
    t.deepEqual(outcome.stderr.split('\n').slice(0, 2), [
      `esconn: default: what arrived is in ${part}`,
      `esconn: ${part} could not be written: file size limit exceeded`,
    ])
    t.is(await openInTheEnd(), 0)
    await request(url, `DELETE /${index}`)
  },
)

eachServer('without documents, or without their _source', async (t, { url }) => {
  const index = uniqueName('bare')
  await request(url, `PUT /${index}`, { mappings: { _source: { enabled: false } } })
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const none = await esconn(['export', index, '--out', 'none'], { cwd })
  t.deepEqual([none.status, readFileSync(join(cwd, 'none'), 'utf8')], [0, ''])
  await esconn(['export', index, '--out', 'none.gz'], { cwd })
  t.is(gunzipSync(readFileSync(join(cwd, 'none.gz'))).length, 0)
  await request(url, `PUT /${index}/_doc/1`, { a: 1 })
  const refused = await esconn(['export', index, '--out', 'refused'], { cwd })
  t.deepEqual([refused.status, existsSync(join(cwd, 'refused.part'))], [66, false])
  t.deepEqual(refused.stderr, [
    `default: ${index} keeps no _source, so its documents cannot be exported`,
    '--format ids prints their ids',
  ])
  const ids = await esconn(['export', index, '--format', 'ids'], { cwd })
  t.deepEqual([ids.status, ids.stdout], [0, '1\n'])
  await request(url, `DELETE /${index}`)
})

const DENIED = { error: { type: 'security_exception', reason: 'no permissions' }, status: 403 }

/** A cluster whose only shard times out after a document. */
const incomplete: Script = (socket, asked) => {
  if (asked.path.startsWith('/i/_pit')) return reply({ id: 'a' })(socket, asked)
  if (asked.path === '/_pit') return reply({ succeeded: true })(socket, asked)
  if (asked.path === '/i/_search_shards')
    return reply({ indices: { i: {} }, shards: [[{ index: 'i', shard: 0 }]] })(socket, asked)
  if (asked.path.startsWith('/i/_stats')) return reply(DENIED, 403)(socket, asked)
  const hits = asked.path === '/_search' ? ['{"_index":"i","_id":"1","_source":{},"sort":[0,0]}'] : []
  return answer(hits, { timed_out: hits.length > 0 })(socket, asked)
}

test('3: documents are missing', async t => {
  const { url } = await raw(t, incomplete)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const exported = async (...argv: string[]) => {
    const { status, stderr } = await esconn(['export', 'i', '--out', 'f', ...argv], { cwd })
    const at = stderr.indexOf('default: incomplete: the search timed out on the cluster (shard 0 of i)')
    t.true(at > 0, stderr.join('\n'))
    return { status, advice: stderr[at + 1], files: readdirSync(cwd).filter(name => name.startsWith('f')) }
  }
  const advice = `what arrived is in ${join(cwd, 'f.part')}; with --allow-partial this is not a failure`
  t.deepEqual(await exported(), { status: 3, advice, files: ['f.part'] })
  t.deepEqual(await exported('--allow-partial'), { status: 0, advice: undefined, files: ['f'] })
})

const refuses = test.macro(
  async (t: ExecutionContext, argv: string[], status: number, ...stderr: string[]) => {
    const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
    t.deepEqual(await esconn(['export', 'i', ...argv], { cwd }), { status, stdout: '', stderr })
  },
)

const INSTEAD = 'use esconn search, or search --all for every hit'
for (const [flag, ...value] of [
  ['--sort', 'n'],
  ['--from', '5'],
  ['--size', '5'],
  ['--limit', '5'],
  ['--all'],
  ['--collapse', 'n'],
  ['--highlight', 'n'],
] as const)
  test(
    `${flag} is for search`,
    refuses,
    [flag, ...value],
    2,
    `${flag} has no meaning for export, which reads whole shards`,
    INSTEAD,
  )
test(
  'aggregations are for search',
  refuses,
  ['--body', '{"aggs":{}}'],
  2,
  'default: the body\'s "aggs" has no meaning where whole shards are read',
  INSTEAD,
)
test('--parallel 0', refuses, ['--parallel', '0'], 2, '--parallel 0: must be 1 or greater')
test(
  '--out names a device',
  refuses,
  ['--out', '/dev/null'],
  2,
  '--out /dev/null: it is not a file',
  'to write to it: > /dev/null',
)
test(
  '--out in no directory',
  refuses,
  ['--out', '/nonexistent/f'],
  23,
  '/nonexistent/f.part could not be written: no such directory',
)

test(
  '--state in no directory',
  refuses,
  ['--state', '/nonexistent/s'],
  23,
  '/nonexistent/s could not be written: no such directory',
)
for (const [argv, what, advice] of [
  [['--part', '3/3'], '--part 3/3: not a part', 'for example: 0/3, 1/3 and 2/3, the three parts of a whole'],
  [
    ['--format', 'csv'],
    '--format csv needs --fields, its columns',
    'for example: --format csv --fields _id,title',
  ],
  [['--fields', 'a'], '--fields is for --format csv', 'for example: --format csv --fields _id,title'],
] as const)
  test(argv.join(' '), refuses, [...argv], 2, what, advice)
test(
  'a plan with --out',
  refuses,
  ['--plan', 'p', '--out', 'f'],
  2,
  '--plan without --part only writes the plan, and takes neither --out nor --state',
)

test('240 MB of 16 shards, read side by side, are printed in constant memory', async t => {
  const hits = Array.from(
    { length: 100 },
    (_, n) => `{"_index":"i","_id":"${n}","_source":{"s":"${'x'.repeat(40_000)}"},"sort":[${n},0]}`,
  )
  let pages = 0
  const { url } = await raw(t, (socket, asked) => {
    const shards = Array.from({ length: 16 }, (_, shard) => [{ index: 'i', shard }])
    if (asked.path === '/i/_search_shards') return reply({ indices: { i: {} }, shards })(socket, asked)
    if (asked.path !== '/_search') return incomplete(socket, asked)
    const size = Number(/"size":(\d+)/.exec(asked.body)?.[1])
    return answer(pages++ < 60 ? Array.from({ length: size }, (_, n) => hits[n % 100] ?? '') : [])(
      socket,
      asked,
    )
  })
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const child = start(['export', 'i', '--parallel', '16'], { cwd, env: PEAK })
  let bytes = 0
  child.stdout?.on('data', chunk => {
    bytes += chunk.length
  })
  const { status, stderr } = await ended(child)
  t.is(status, 0, stderr)
  t.true(bytes > 240_000_000, `${bytes} bytes`)
  t.true(Number(stderr.trimEnd().split('\n').at(-1)) / 1024 < 200, stderr)
})
