import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { gateway } from '../../support/gateway.ts'
import { ended, PEAK, start } from '../../support/process.ts'
import { nobody, raw, reply } from '../../support/raw.ts'

const eachServer = onServers(test)

const isBulk = (line: string) => line.endsWith('/_bulk')

/** The documents of an index, as JSON texts in their order. */
async function sourcesOf(url: string, index: string): Promise<string[]> {
  await request(url, `POST /${index}/_refresh`)
  const { text } = await request(url, `GET /${index}/_search?size=10000`)
  const { hits } = JSON.parse(text).hits
  return hits.map((hit: { _source: object }) => JSON.stringify(hit._source)).toSorted()
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => `{"n":${n}}`)

eachServer(
  'requests whose reply is lost are sent again, and no document is there twice',
  async (t, { url }) => {
    const [plain, created] = [uniqueName('lost'), uniqueName('lost')]
    let [bulks, lost] = [0, 0]
    const node = await gateway(t, url, async ({ line, pass }) => {
      const answer = await pass()
      if (!isBulk(line) || bulks++ % 2 > 0) return answer
      lost++
      return 'lost'
    })
    const cwd = configured(t, { aliases: { default: { node, retries: 1 } } })
    const lines = upTo(200)
    const stdin = lines.join('\n')
    const flags = ['--batch', '4kB', '--parallel', '1']
    const made = await esconn(['import', plain, ...flags], { cwd, stdin })
    t.is(made.status, 0, made.stderr.join('\n'))
    t.deepEqual(await sourcesOf(url, plain), lines.toSorted())
    await request(url, `PUT /${created}/_doc/7?refresh=true`, '{"n":7.0}')
    const given = await esconn(['import', created, ...flags, '--id-field', 'n', '--op', 'create'], {
      cwd,
      stdin,
    })
    t.is(given.status, 3)
    t.regex(
      given.stderr[0] ?? '',
      /^default: line 8 was rejected: version_conflict\S+: .*\(409\); it was sent again after/,
    )
    t.regex(given.stderr[1] ?? '', /^default: 199 documents written, 1 rejected/)
    t.deepEqual(await sourcesOf(url, created), lines.toSorted())
    t.true(lost >= 3, `${lost}`)
    for (const index of [plain, created]) await request(url, `DELETE /${index}`)
  },
)

eachServer(
  'items that are refused for the moment are sent again, but no older version wins',
  async (t, { url }) => {
    const index = uniqueName('busy')
    let bulks = 0
    const error = { type: 'es_rejected_execution_exception', reason: 'busy' }
    /** Takes two of three documents, and at times none. */
    const node = await gateway(t, url, async ({ line, body, pass }) => {
      if (!isBulk(line)) return await pass()
      const round = bulks++
      if (round % 4 === 1) return { status: 429, text: JSON.stringify({ error, status: 429 }) }
      const pairs = body.match(/.*\n.*\n/g) ?? []
      const isRefused = (at: number) => (at + round) % 3 === 1
      const taken = pairs.filter((_, at) => !isRefused(at)).join('')
      const done = taken === '' ? [] : JSON.parse((await pass(taken)).text).items
      const status = round % 2 ? 429 : 503
      const items = pairs.map((_, at) => (isRefused(at) ? { index: { status, error } } : done.shift()))
      return { status: 200, text: JSON.stringify({ items }) }
    })
    const cwd = configured(t, { aliases: { default: { node } } })
    const lines = Array.from({ length: 90 }, (_, n) => `{"id":${n % 9},"n":${n}}`)
    const { status, stderr } = await esconn(['import', index, '--id-field', 'id', '--parallel', '2'], {
      cwd,
      stdin: lines.join('\n'),
    })
    t.is(status, 0, stderr.join('\n'))
    t.regex(stderr.at(-1) ?? '', /^default: 90 documents written, /)
    t.deepEqual(await sourcesOf(url, index), lines.slice(-9).toSorted())
    await request(url, `DELETE /${index}`)
  },
)

eachServer(
  'a data stream gets `create` by itself, and a document without ids is not sent twice',
  async (t, { url, kind }) => {
    const name = uniqueName('stream')
    const lines = upTo(30).map(line => line.replace('{', '{"@timestamp":"2026-01-01T00:00:00Z","d":"x",'))
    if (kind === 'opensearch') {
      await request(url, `PUT /_index_template/${name}`, { index_patterns: [name], data_stream: {} })
      const cwd = configured(t, { aliases: { default: { node: url } } })
      for (const _ of ['made by the first document', 'there already']) {
        const { status, stderr } = await esconn(['import', name, '--batch', '200'], {
          cwd,
          stdin: lines.join('\n'),
        })
        t.is(status, 0, stderr.join('\n'))
      }
      t.deepEqual(await sourcesOf(url, name), [...lines, ...lines].toSorted())
      await request(url, `DELETE /_data_stream/${name}`)
      await request(url, `DELETE /_index_template/${name}`)
      return
    }
    const settings = {
      mode: 'time_series',
      routing_path: ['d'],
      time_series: { start_time: '2026-01-01T00:00:00Z', end_time: '2027-01-01T00:00:00Z' },
    }
    const properties = { '@timestamp': { type: 'date' }, d: { type: 'keyword', time_series_dimension: true } }
    const made = await request(url, `PUT /${name}`, {
      settings: { index: settings },
      mappings: { properties },
    })
    if (made.status === 400) return t.log('the server has no time series')
    const node = await gateway(t, url, async ({ line, pass }) => {
      const answer = await pass()
      return isBulk(line) ? 'lost' : answer
    })
    const cwd = configured(t, { aliases: { default: { node }, whole: { node: url } } })
    const { status, stderr } = await esconn(['import', name], { cwd, stdin: lines[0] ?? '' })
    t.is(status, 56)
    t.regex(
      stderr.slice(-2).join('\n'),
      /the connection broke \(\w+\); whether lines 1 to 1 are written is not known\nsent again, documents without ids/,
    )
    const later = lines.map((line, n) => line.replace('T00:00:00Z', `T01:00:${String(n).padStart(2, '0')}Z`))
    t.is((await esconn(['-a', 'whole', 'import', name], { cwd, stdin: later.join('\n') })).status, 0)
    t.is((await sourcesOf(url, name)).length, 31)
    await request(url, `DELETE /${name}`)
  },
)

test('what ends an import, and its status', async t => {
  const busy = { error: { type: 'es_rejected_execution_exception', reason: 'busy' }, status: 429 }
  const blocked = { error: { type: 'cluster_block_exception', reason: 'blocked' }, status: 403 }
  const item = (result: object) => reply({ items: [{ index: result }] })
  const endings = [
    [item(busy), 75, /busy \(429\), after 2 attempts\n/],
    [reply(busy, 429), 75, /busy \(429\), after 2 attempts\n/],
    [reply(busy, 503), 75, /busy \(503\), after 2 attempts\n/],
    [item(blocked), 4, /cluster_block_exception: blocked \(403\)\n/],
    [
      item({ error: { type: 'index_closed_exception', reason: 'closed' }, status: 400 }),
      22,
      /closed \(400\)$/,
    ],
    [reply(blocked, 403), 4, /blocked \(403\)\n/],
    [reply({ items: [] }), 8, /the reply says of 0 documents what was done, not of 1$/],
    [reply({ items: [{ index: {} }] }), 8, /does not say what was done with a document$/],
    [
      reply(Buffer.alloc(0), 413),
      3,
      /line 1 was rejected: too_large: the cluster takes no request of this size \(413\)/,
    ],
  ] as const
  for (const [script, expected, message] of endings) {
    const none = reply({ indices: [{}] })
    const { url, requests } = await raw(t, [none, none, script])
    const cwd = configured(t, { aliases: { default: { nodes: [await nobody(), url], retries: 1 } } })
    const { status, stderr } = await esconn(['import', 'i'], { cwd, stdin: '{}' })
    t.is(status, expected, stderr.join('\n'))
    t.regex(stderr.join('\n'), message)
    t.is(requests.length, expected === 75 ? 4 : 3)
  }
})

eachServer('a node that goes away in the middle, and comes back, ends no import', async (t, { url }) => {
  const index = uniqueName('away')
  let bulks = 0
  const node = await gateway(t, url, async ({ line, pass }) =>
    isBulk(line) && ++bulks === 3 ? 'away' : await pass(),
  )
  const cwd = configured(t, { aliases: { default: { node, retries: 8 } } })
  const lines = upTo(300)
  const argv = ['import', index, '--batch', '4kB', '--parallel', '1']
  const { status, stderr } = await esconn(argv, { cwd, stdin: lines.join('\n') })
  t.is(status, 0, stderr.join('\n'))
  t.true(bulks > 4)
  t.deepEqual(await sourcesOf(url, index), lines.toSorted())
  await request(url, `DELETE /${index}`)
})

eachServer('a vector is read back too, before a document counts as rejected', async (t, { url, kind }) => {
  const index = uniqueName('vectors')
  const v = kind === 'elasticsearch' ? { type: 'dense_vector', dims: 2 } : { type: 'float' }
  await request(url, `PUT /${index}`, { mappings: { properties: { v } } })
  let bulks = 0
  const node = await gateway(t, url, async ({ line, pass }) => {
    const answer = await pass()
    return isBulk(line) && bulks++ === 0 ? 'lost' : answer
  })
  const cwd = configured(t, { aliases: { default: { node } } })
  const argv = ['import', index, '--id-field', 'n', '--op', 'create']
  const { status, stderr } = await esconn(argv, { cwd, stdin: '{"n":1,"v":[0.5,0.25]}' })
  t.is(status, 0, stderr.join('\n'))
  await request(url, `DELETE /${index}`)
})

eachServer('lines of another kind wait for those before them in bounded memory', async (t, { url }) => {
  const index = uniqueName('unfit')
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const child = start(['import', index, '--rejects', 'r'], {
    ...{ cwd, env: PEAK },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const line = `{"text":"${'unfit '.repeat(170)}"}\n`
  const lines = [`{"_index":"i","_id":"1","_source":{}}\n`, ...Array<string>(150).fill(line.repeat(1000))]
  const [{ status, stderr }] = await Promise.all([
    ended(child),
    pipeline(Readable.from(lines), child.stdin as NodeJS.WritableStream),
  ])
  t.is(status, 3)
  t.regex(stderr, /1 document written, 150000 rejected/)
  const peak = Number(stderr.trimEnd().split('\n').at(-1)) / 1024
  t.true(peak < 180, `${peak} MiB`)
  await request(url, `DELETE /${index}`)
})
