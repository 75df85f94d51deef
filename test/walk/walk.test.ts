import test, { type ExecutionContext } from 'ava'
import {
  type Checkpoint,
  createConnections,
  IncompleteError,
  InputError,
  UsageError,
} from '../../src/index.ts'
import type { WalkBatch, WalkOptions } from '../../src/walk/walk.ts'
import { request } from '../cluster/request.ts'
import { PASSWORDS, sharedSecured } from '../cluster/secured.ts'
import { onServers, uniqueName } from '../cluster/servers.ts'
import { answer, JSON_TYPE, raw, reply, type Script } from '../support/raw.ts'
import { recorder } from '../support/recorder.ts'

const eachServer = onServers(test)

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

/** The document with this id: its bytes would not survive a parser that rounds. */
const document = (id: number, version = 0): string =>
  `{"n":${id},"long":${9007199254740993n + BigInt(id)},"real":1.0, "version":${version},"word":"${'ab'[id % 2]}"}`

type Write = { id: number; version?: number; isDeleted?: boolean }

/** Writes documents with bulk requests. */
async function write(url: string, index: string, writes: readonly Write[], query = ''): Promise<void> {
  for (let from = 0; from < writes.length; from += BULK) {
    const lines = writes
      .slice(from, from + BULK)
      .map(({ id, version, isDeleted }) =>
        isDeleted ? `{"delete":{"_id":"${id}"}}\n` : `{"index":{"_id":"${id}"}}\n${document(id, version)}\n`,
      )
    const { text } = await request(url, `POST /${index}/_bulk${query}`, lines.join(''))
    if (!/"errors":false/.test(text.slice(0, 100))) throw new Error(text.slice(0, 500))
  }
}

const BULK = 10_000

const load = (url: string, index: string, ids: readonly number[]): Promise<void> =>
  write(
    url,
    index,
    ids.map(id => ({ id })),
  )

async function create(url: string, index: string, settings: object): Promise<void> {
  const { status, text } = await request(url, `PUT /${index}`, {
    settings: { number_of_replicas: 0, ...settings },
  })
  if (status !== 200) throw new Error(text)
  await request(url, `GET /_cluster/health/${index}?wait_for_status=green&timeout=60s`) // a busy machine takes its time
}

function connect(t: ExecutionContext, url: string, alias: object = {}) {
  const connections = createConnections({ config: { aliases: { default: { node: url, ...alias } } } })
  t.teardown(() => connections.close())
  return connections.get('default')
}

/** What a walk gave. */
interface Walked {
  /** The JSON of each hit, by id; those that came twice have two. */
  hits: Map<number, string[]>
  last: WalkBatch | undefined
  notices: string[]
  /** The share of each batch. */
  shares: (number | undefined)[]
}

const idOf = (hit: string): number => Number(/"_id":"(\d+)"/.exec(hit)?.[1])

async function walked(
  t: ExecutionContext,
  url: string,
  name: string,
  {
    body = {},
    alias,
    each = async () => {},
    ...options
  }: WalkOptions & {
    body?: object
    alias?: object
    each?: (batch: WalkBatch, hits: Walked['hits']) => Promise<void>
  } = {},
): Promise<Walked> {
  const notices: string[] = []
  const onNotice = (text: string) => notices.push(text)
  const hits: Walked['hits'] = new Map()
  const shares: Walked['shares'] = []
  let last: WalkBatch | undefined
  for await (const batch of connect(t, url, alias).walk(name, body, { onNotice, ...options })) {
    shares.push(batch.share)
    for (const hit of batch.hits.map(String)) hits.set(idOf(hit), [...(hits.get(idOf(hit)) ?? []), hit])
    last = batch
    await each(batch, hits)
  }
  return { hits, last, notices, shares }
}

/** Fails unless each of these documents came once, with the bytes that were loaded. */
function isWhole(
  t: ExecutionContext,
  { hits, notices }: Pick<Walked, 'hits' | 'notices'>,
  ids: readonly number[],
  message?: string,
): void {
  t.deepEqual(
    [...hits.keys()].toSorted((a, b) => a - b),
    ids,
    message,
  )
  const wrong = ids.filter(id => hits.get(id)?.length !== 1 || !hits.get(id)?.[0]?.includes(document(id)))
  t.deepEqual(wrong, [], message)
  t.deepEqual(notices, [], message)
}

eachServer('50,000 documents of four shards come once each, as they were loaded', async (t, { url }) => {
  const [one, two] = [uniqueName('walk'), uniqueName('walk')]
  await create(url, one, { number_of_shards: 4 })
  await create(url, two, { number_of_shards: 2, max_result_window: 150 })
  await load(url, one, upTo(50_000))
  const ofTwo = upTo(51_000).slice(50_000)
  await load(url, two, ofTwo)
  isWhole(t, await walked(t, url, one), upTo(50_000))
  isWhole(t, await walked(t, url, two), ofTwo, 'a smaller window')
  isWhole(t, await walked(t, url, `${one},${two}`), upTo(51_000), 'two indices')
  const body = { query: { range: { n: { lt: 300 } } }, post_filter: { term: { 'word.keyword': 'a' } } }
  isWhole(
    t,
    await walked(t, url, one, { body }),
    [...Array(150)].map((_, n) => 2 * n),
    'a query',
  )
  const filter = { range: { n: { gte: 49_000 } } }
  await request(url, `PUT /${one}/_alias/${one}-x`, { routing: 'x', filter })
  const routed = JSON.parse((await request(url, `POST /${one}-x/_search`, { size: 10_000 })).text)
  const ids = routed.hits.hits
    .map(({ _id }: { _id: string }) => Number(_id))
    .toSorted((a: number, b: number) => a - b)
  t.true(ids.length > 100 && ids.length < 500, `${ids.length}`)
  isWhole(t, await walked(t, url, `${one}-x`), ids, 'an alias with a filter and a routing')
  await request(url, `PUT /${two}/_alias/${one}-x`, {})
  isWhole(t, await walked(t, url, `${one}-x`), [...ids, ...ofTwo], 'an alias that has another index besides')
  await request(url, `DELETE /${one},${two}`)
})

eachServer(
  'the share that has been read rises from shard to shard, and is 1 at the end',
  async (t, { url }) => {
    const index = uniqueName('share')
    await create(url, index, { number_of_shards: 3 })
    await load(url, index, upTo(3000))
    await request(url, `PUT /${index}/_alias/${index}-x`, { routing: 'x' })
    const rises = async (name: string, options: Parameters<typeof walked>[3] = {}) => {
      const { shares, last } = await walked(t, url, name, { pageBytes: 10_000, parallel: 1, ...options })
      const numbers = shares.map(Number)
      t.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        'it never falls',
      )
      t.is(shares.at(-1), 1)
      return { shares: numbers, last }
    }
    const { shares } = await rises(index)
    t.true(Number(shares[0]) < 0.1, `${shares[0]}`)
    for (const third of [0, 1 / 3, 2 / 3])
      t.true(
        shares.some(share => share > third + 0.1 && share < third + 0.2),
        `${shares}`,
      )
    const { last } = await rises(index, { body: { query: { range: { n: { lt: 2000 } } } } })
    await load(url, index, upTo(3500).slice(3000))
    const { shares: after } = await rises(index, { after: last?.checkpoint })
    t.true(Number(after[0]) < 0.5, 'that of what is read after a checkpoint')
    await rises(index, { through: last?.checkpoint })
    for (const part of [0, 1]) await rises(index, { part: { index: part, of: 2, block: 100 } })
    await rises(`${index}-x`)
    await request(url, `DELETE /${index}`)
  },
)

eachServer(
  'an index that was shrunk has numbers twice: no document is lost between pages',
  async (t, { url }) => {
    const [wide, index] = [uniqueName('wide'), uniqueName('shrunk')]
    await create(url, wide, { number_of_shards: 4 })
    await load(url, wide, upTo(3000))
    await request(url, `PUT /${wide}/_settings`, { 'index.blocks.write': true })
    const settings = {
      'index.number_of_shards': 1,
      'index.number_of_replicas': 0,
      'index.blocks.write': null,
    }
    await request(url, `POST /${wide}/_shrink/${index}?wait_for_active_shards=1`, { settings })
    await request(url, `GET /_cluster/health/${index}?wait_for_status=green&timeout=60s`)
    const checkpoints: [Checkpoint | undefined, number][] = []
    const each = async ({ checkpoint }: WalkBatch, { size }: Walked['hits']) => {
      checkpoints.push([checkpoint, size])
    }
    isWhole(t, await walked(t, url, index, { pageBytes: 1000, each }), upTo(3000))
    t.true(checkpoints.length > 100)
    for (const [after, before] of [
      checkpoints[3],
      checkpoints[100],
      checkpoints.at(-1),
    ] as typeof checkpoints)
      t.is((await walked(t, url, index, { after })).hits.size, 3000 - before, 'it goes on exactly there')
    await request(url, `DELETE /${wide},${index}`)
  },
)

eachServer('a data stream, and what was written to it since a checkpoint', async (t, { url, kind }) => {
  const stream = uniqueName('stream')
  const rollOver = await growing(url, stream, kind)
  const add = async (n: number) => {
    const document = { '@timestamp': new Date().toISOString(), n }
    t.is((await request(url, `POST /${stream}/_doc`, document)).status, 201)
  }
  const numbers = async (after?: Checkpoint) => {
    const found: number[] = []
    const each = async ({ hits }: WalkBatch) => {
      found.push(...hits.map(hit => Number(/"n":(\d)/.exec(String(hit))?.[1])))
    }
    const { last } = await walked(t, url, stream, { after, each })
    return { found: found.toSorted(), checkpoint: JSON.parse(JSON.stringify(last?.checkpoint)) as Checkpoint }
  }
  await add(1)
  await rollOver()
  await add(2)
  const first = await numbers()
  t.deepEqual(first.found, [1, 2])
  await rollOver()
  await add(3)
  const second = await numbers(first.checkpoint)
  t.deepEqual(second.found, [3])
  t.deepEqual((await numbers(second.checkpoint)).found, [])
  await request(url, `DELETE /${kind === 'opensearch' ? `_data_stream/${stream}` : `${stream}-*`}`)
})

/** Makes a data stream, or where the server has none an alias; returns what adds another index to it. */
async function growing(url: string, name: string, kind: string): Promise<() => Promise<void>> {
  if (kind === 'opensearch') {
    const template = { settings: { number_of_replicas: 0 } }
    const body = { index_patterns: [name], data_stream: {}, priority: 500, template }
    await request(url, `PUT /_index_template/${name}`, body)
    await request(url, `PUT /_data_stream/${name}`)
    return async () => {
      await request(url, `POST /${name}/_rollover`)
    }
  }
  const aliases = { [name]: { is_write_index: true } }
  await request(url, `PUT /${name}-000001`, { settings: { number_of_replicas: 0 }, aliases })
  return async () => {
    await request(url, `POST /${name}/_rollover`, { settings: { number_of_replicas: 0 } })
  }
}

eachServer('an index that is deleted, or made anew since a checkpoint', async (t, { url }) => {
  const index = uniqueName('gone')
  await create(url, index, { number_of_shards: 2 })
  await load(url, index, upTo(2000))
  const deleteIt = async () => {
    await request(url, `DELETE /${index}`)
  }
  const message = new RegExp(
    `^default: incomplete: shard 0 of ${index} is gone; shard 1 of ${index} is gone$`,
  )
  let last: WalkBatch | undefined
  const each = async (batch: WalkBatch) => {
    last = batch
    await deleteIt()
  }
  await t.throwsAsync(walked(t, url, index, { pageBytes: 5000, parallel: 1, each }), {
    instanceOf: IncompleteError,
    message,
  })
  await create(url, index, { number_of_shards: 2 })
  await t.throwsAsync(walked(t, url, index, { after: last?.checkpoint }), {
    instanceOf: InputError,
    message: `default: the checkpoint does not fit: ${index} was created anew since`,
  })
  await deleteIt()
  await t.throwsAsync(walked(t, url, index), { message: /^default: index_not_found_exception/ })
  t.is((await walked(t, url, `${index}*`)).hits.size, 0)
})

eachServer('without the right to refresh: what is visible is proved, or it is said', async (t, { url }) => {
  const index = uniqueName('idle')
  await create(url, index, { refresh_interval: '200ms' })
  await load(url, index, upTo(1500))
  await request(url, `POST /${index}/_refresh`)
  const alias = { readonly: true }
  const quiet = await walked(t, url, index, { alias, pageBytes: 20_000 })
  t.deepEqual(quiet.notices, [
    'nothing is refreshed (that needs the right `maintenance` and an alias that is not readonly): the last changes may be missing',
  ])
  isWhole(t, { ...quiet, notices: [] }, upTo(1500))
  t.is(quiet.shares.at(-1), 1)
  const again = await walked(t, url, index, { alias, after: quiet.last?.checkpoint })
  t.is(again.hits.size, 0)
  let [isDone, count] = [false, 1500]
  const writing = (async () => {
    for (; !isDone; count++) await load(url, index, [count])
  })()
  const busy = await walked(t, url, index, { alias, after: quiet.last?.checkpoint }).finally(() => {
    isDone = true
  })
  await writing
  await request(url, `POST /${index}/_refresh`)
  const rest = await walked(t, url, index, { alias, after: busy.last?.checkpoint })
  const ids = new Set([...busy.hits.keys(), ...rest.hits.keys()])
  t.deepEqual(
    upTo(count).filter(n => n >= 1500 && !ids.has(n)),
    [],
    'none is lost between checkpoints',
  )
  await request(url, `DELETE /${index}`)
})

eachServer('an index without sequence numbers has no checkpoint', async (t, { url, kind, version }) => {
  if (kind === 'opensearch' || Number.parseInt(version, 10) < 9) {
    t.log('only Elasticsearch 9 can do without them')
    t.pass()
    return
  }
  const index = uniqueName('plain')
  await create(url, index, { 'index.disable_sequence_numbers': true })
  await load(url, index, upTo(1500))
  const whole = await walked(t, url, index)
  t.true(whole.notices[0]?.startsWith('an index keeps no sequence numbers'), whole.notices[0])
  isWhole(t, { ...whole, notices: [] }, upTo(1500))
  t.is(whole.last?.checkpoint, undefined)
  const message =
    'default: an index keeps no sequence numbers (index.disable_sequence_numbers): what is read of it cannot be continued'
  await t.throwsAsync(walked(t, url, index, { resumable: true }), { instanceOf: UsageError, message })
  await request(url, `DELETE /${index}`)
})

eachServer('parts together are the whole, and each is what was planned', async (t, { url }) => {
  const index = uniqueName('parts')
  await create(url, index, { number_of_shards: 3 })
  await load(url, index, upTo(3000))
  const parts = (options: WalkOptions, alias = {}) =>
    Promise.all(
      upTo(3).map(number =>
        walked(t, url, index, {
          ...options,
          alias,
          part: { index: number, of: 3, block: 150 },
          pageBytes: 5000,
        }),
      ),
    )
  const together = (walks: Walked[]) => ({
    hits: new Map(walks.flatMap(({ hits }) => [...hits])),
    notices: walks.flatMap(({ notices }) => notices),
    last: undefined,
  })
  const first = await parts({})
  t.is(
    first.reduce((sum, { hits }) => sum + hits.size, 0),
    3000,
    'without overlap',
  )
  t.true(first.every(({ hits }) => hits.size > 600))
  isWhole(t, together(first), upTo(3000))
  const plan = await connect(t, url).checkpoint(index)
  await load(url, index, upTo(3500).slice(3000))
  isWhole(t, together(await parts({ through: plan })), upTo(3000), 'what was planned')
  isWhole(t, await walked(t, url, index, { after: plan }), upTo(3500).slice(3000), 'what came after it')
  const each = () => load(url, index, upTo(3600).slice(3500))
  await t.throwsAsync(walked(t, url, index, { part: { index: 0, of: 3 }, each, parallel: 1 }), {
    instanceOf: IncompleteError,
    message: /has changed meanwhile, so that parts of it may not fit together/,
  })
  await request(url, `DELETE /${index}`)
})

eachServer('indices of the modes logsdb and time_series', async (t, { url, kind, version }) => {
  if (kind === 'opensearch' || Number.parseInt(version, 10) < 9) {
    t.log('only Elasticsearch 9 is tried')
    t.pass()
    return
  }
  const times = { start_time: '2026-11-27T00:00:00Z', end_time: '2026-11-28T00:00:00Z' }
  const series = { 'index.routing_path': ['word'], 'index.time_series': times }
  for (const mode of ['logsdb', 'time_series']) {
    const index = uniqueName(mode)
    const word = { type: 'keyword', time_series_dimension: mode === 'time_series' }
    const properties = { '@timestamp': { type: 'date' }, word, n: { type: 'long' } }
    const settings = { 'index.mode': mode, number_of_replicas: 0, ...(mode === 'time_series' ? series : {}) }
    await request(url, `PUT /${index}`, { settings, mappings: { properties } })
    const add = async (numbers: number[]) => {
      const time = (n: number) => new Date(Date.UTC(2026, 10, 27, 1) + n * 1000).toISOString()
      const lines = numbers.map(n => `{"create":{}}\n{"@timestamp":"${time(n)}","word":"w","n":${n}}\n`)
      t.regex((await request(url, `POST /${index}/_bulk`, lines.join(''))).text, /"errors":false/)
    }
    const numbers = async (after?: Checkpoint) => {
      const found: number[] = []
      const each = async ({ hits }: WalkBatch) => {
        found.push(...hits.map(hit => Number(/"n":(\d+)/.exec(String(hit))?.[1])))
      }
      const { last, notices } = await walked(t, url, index, { after, each, pageBytes: 20_000 })
      t.deepEqual(notices, [], mode)
      return { found: found.toSorted((a, b) => a - b), checkpoint: last?.checkpoint }
    }
    await add(upTo(1000))
    const first = await numbers()
    t.deepEqual(first.found, upTo(1000), mode)
    await add([1000, 1001])
    t.deepEqual((await numbers(first.checkpoint)).found, [1000, 1001], mode)
    await request(url, `DELETE /${index}`)
  }
})

eachServer(
  'an alias that is moved, and an index that is made anew, while they are read',
  async (t, { url }) => {
    const stem = uniqueName('moved')
    const [one, two] = [`${stem}-1`, `${stem}-2`]
    for (const index of [one, two]) await create(url, index, { number_of_shards: 3 })
    await load(url, one, upTo(1500))
    const alias = `${stem}-x`
    await request(url, `PUT /${one}/_alias/${alias}`)
    let isMoved = false
    const move = async () => {
      if (isMoved) return
      isMoved = true
      const actions = [{ remove: { index: one, alias } }, { add: { index: two, alias } }]
      await request(url, 'POST /_aliases', { actions })
    }
    isWhole(t, await walked(t, url, alias, { parallel: 1, pageBytes: 5000, each: move }), upTo(1500))
    t.true(isMoved)
    const { last } = await walked(t, url, `${stem}-1,${stem}-2`)
    await load(url, one, [1])
    let isNew = false
    const makeAnew = async () => {
      if (isNew) return
      isNew = true
      await request(url, `DELETE /${two}`)
      await create(url, two, { number_of_shards: 3 })
      await load(url, two, upTo(300))
    }
    await load(url, two, upTo(100))
    await t.throwsAsync(
      walked(t, url, `${stem}-1,${stem}-2`, { after: last?.checkpoint, parallel: 1, each: makeAnew }),
      { instanceOf: IncompleteError, message: /shard \d of \S+-2 is gone/ },
    )
    await request(url, `DELETE /${one},${two}`)
  },
)

eachServer('a vector comes with its document', async (t, { url, kind, version }) => {
  const index = uniqueName('vector')
  const isVector = kind === 'elasticsearch' && Number.parseInt(version, 10) >= 9
  const properties = { v: isVector ? { type: 'dense_vector', dims: 2 } : { type: 'float' } }
  await request(url, `PUT /${index}`, { settings: { number_of_replicas: 0 }, mappings: { properties } })
  await request(url, `PUT /${index}/_doc/1`, '{"v":[0.50, 1.5]}')
  const { hits } = await walked(t, url, index)
  t.regex(hits.get(1)?.[0] ?? '', /"v":\[0\.50?, ?1\.5\]/)
  await request(url, `DELETE /${index}`)
})

test('with the right `read` alone, also that of an alias alone, all is read, and what is given up is said', async t => {
  const { url, ca, stop } = await sharedSecured()
  t.teardown(stop)
  const as = (username: 'ada' | 'eve') => ({ auth: { username, password: PASSWORDS[username] }, tls: { ca } })
  const admin = connect(t, url, as('ada'))
  const [own, other, alias] = [uniqueName('eves'), uniqueName('others'), uniqueName('eves')]
  for (const index of [own, other]) {
    const aliases = index === other ? { [alias]: { filter: { range: { n: { lt: 1000 } } } } } : {}
    await admin.indices.create({ index, aliases, settings: { number_of_shards: 2, number_of_replicas: 0 } })
    const operations = upTo(1500).flatMap(id => [`{"index":{"_id":"${id}"}}`, document(id)])
    await admin.bulk({ index, operations, refresh: true })
  }
  const noStats =
    'the cluster does not tell sequence numbers (that needs the right `monitor`): a point in time that is lost cannot be replaced'
  const noRefresh =
    'nothing is refreshed (that needs the right `maintenance` and an alias that is not readonly): the last changes may be missing'
  const noPoints =
    'points in time are denied (to the reader of an alias, for example): all is read by one scroll, which cannot be replaced if it is lost'
  for (const { name, count, notices } of [
    { name: own, count: 1500, notices: [noStats, noRefresh] },
    { name: alias, count: 1000, notices: [noStats, noRefresh, noPoints] },
  ]) {
    const whole = await walked(t, url, name, { alias: as('eve') })
    t.deepEqual(whole.notices, notices)
    isWhole(t, { ...whole, notices: [] }, upTo(count))
    t.deepEqual([whole.last?.checkpoint, whole.last?.share], [undefined, undefined])
    let hits = 0
    for await (const _ of connect(t, url, as('eve')).hits(name, {}, { all: true })) hits++
    t.is(hits, count)
  }
  const none = { indices: {} }
  const part = { index: 0, of: 2 }
  for (const options of [{ after: none }, { through: none }, { resumable: true }, { part }])
    await t.throwsAsync(walked(t, url, own, { alias: as('eve'), ...options }), {
      message: /^default: .*indices:monitor\/stats/,
    })
  await t.throwsAsync(walked(t, url, other, { alias: as('eve') }), { message: /unauthorized|security/ })
  await admin.indices.delete({ index: [own, other] })
})

const hit = (id: number) => `{"_index":"i","_id":"${id}","_source":${document(id)},"sort":[${id},0]}`
const DENIED = reply({ error: { type: 'security_exception', reason: 'no permissions' }, status: 403 }, 403)
const LOST = reply(
  { error: { type: 'search_context_missing_exception', reason: 'No search context found' }, status: 404 },
  404,
)

/** A cluster that tells nothing but hits, and answers requests for pages by these scripts. */
function plain(pages: Script[]): Script {
  let page = 0
  return (socket, asked) => {
    if (asked.path.startsWith('/i/_pit')) return reply({ id: 'a' })(socket, asked)
    if (asked.path === '/_pit') return reply({ succeeded: true })(socket, asked)
    if (asked.path === '/_search') return pages[page++]?.(socket, asked)
    if (asked.path.startsWith('/_resolve/')) return reply({ indices: [{ name: 'i' }] })(socket, asked)
    if (asked.path.startsWith('/i/_search?') || asked.path === '/i/_search') return answer()(socket, asked)
    return DENIED(socket, asked)
  }
}

/** A server that does what another one does, but refuses requests with such paths. */
const refusing =
  (url: string, refused: RegExp): Script =>
  async (socket, asked) => {
    if (refused.test(asked.path)) return DENIED(socket, asked)
    const { status, text } = await request(url, `${asked.method} ${asked.path}`, asked.body || undefined)
    return reply(text, status, JSON_TYPE)(socket, asked)
  }

eachServer(
  'without the right to _search_shards the shards are found by their numbers',
  async (t, { url }) => {
    const stem = uniqueName('refused')
    const [one, two] = [`${stem}-1`, `${stem}-2`]
    await create(url, one, { number_of_shards: 3 })
    await create(url, two, { number_of_shards: 2 })
    await load(url, one, upTo(900))
    await load(url, two, upTo(1500).slice(900))
    await request(url, `PUT /${one}/_alias/${stem}-x`, { routing: 'x' })
    await request(url, `POST /${stem}-*/_refresh`)
    const { hits } = JSON.parse(
      (await request(url, `POST /${stem}-x/_search`, { size: 900, _source: false })).text,
    )
    const routed = hits.hits
      .map(({ _id }: { _id: string }) => Number(_id))
      .toSorted((a: number, b: number) => a - b)
    for (const refused of [/_search_shards/, /_search_shards|_stats/]) {
      const { url: other } = await raw(t, refusing(url, refused))
      isWhole(t, { ...(await walked(t, other, `${stem}-*`)), notices: [] }, upTo(1500), 'two indices')
      isWhole(t, { ...(await walked(t, other, `${stem}-x`)), notices: [] }, routed, 'an alias with a routing')
    }
    await request(url, `DELETE /${one},${two}`)
  },
)

const full = answer(upTo(200).map(hit))

test('without the right to _stats a lost point in time is replaced, but hits may be missing', async t => {
  const { url, requests } = await raw(t, plain([full, LOST, answer([hit(199), hit(200)])]))
  const seen: number[] = []
  const each = async ({ hits }: WalkBatch) => {
    seen.push(...hits.map(String).map(idOf))
  }
  await t.throwsAsync(walked(t, url, 'i', { each }), {
    instanceOf: IncompleteError,
    message:
      /^default: incomplete: the point in time of shard 0 of i was lost \(search_context_missing_exception: /,
  })
  t.deepEqual(seen, upTo(201))
  t.regex(requests.findLast(({ path }) => path === '/_search')?.body ?? '', /"range":{"_seq_no":{"gt":198}}/)
})

const GONE = { _shards: { total: 0, successful: 0, skipped: 0, failed: 0 } }
test('a page without a shard is not the end of it', async t => {
  const { url } = await raw(t, plain([full, answer([], GONE)]))
  const message = /^default: incomplete: the shard is gone \(shard 0 of i\)$/
  await t.throwsAsync(walked(t, url, 'i'), { instanceOf: IncompleteError, message })
})

test('many shards that are gone are three, and how many others', async t => {
  const { url } = await raw(t, (socket, asked) => {
    const shards = upTo(9).map(shard => [{ index: 'i', shard }])
    if (asked.path === '/i/_search_shards') return reply({ indices: { i: {} }, shards })(socket, asked)
    return plain(upTo(9).map(() => answer([], GONE)))(socket, asked)
  })
  const name = (shard: number) => `the shard is gone \\(shard ${shard} of i\\)`
  const message = new RegExp(`: incomplete: ${name(0)}; ${name(1)}; ${name(2)}; and of 6 other shards$`)
  await t.throwsAsync(walked(t, url, 'i', { parallel: 1 }), { instanceOf: IncompleteError, message })
})

test('a page that times out on the cluster is what arrived, and incomplete', async t => {
  const { url } = await raw(t, plain([answer([hit(0)], { timed_out: true })]))
  const message = /^default: incomplete: the search timed out on the cluster \(shard 0 of i\)$/
  await t.throwsAsync(walked(t, url, 'i'), { instanceOf: IncompleteError, message })
})

test('what a walk refuses', async t => {
  for (const member of ['sort', 'size', 'aggs', 'knn', 'rescore', 'min_score', 'collapse', 'highlight'])
    await t.throwsAsync(walked(t, 'http://localhost:9', 'i', { body: { [member]: 1 } }), {
      instanceOf: UsageError,
      message: `default: the body's "${member}" has no meaning where whole shards are read`,
    })
  const message = 'default: other:logs-* is in another cluster, whose shards cannot be read from this one'
  await t.throwsAsync(walked(t, 'http://localhost:9', 'other:logs-*'), { instanceOf: UsageError, message })
})
eachServer(
  'while documents are written none is missing, and a checkpoint leads to all changes',
  async (t, { url }) => {
    const index = uniqueName('busy')
    await create(url, index, { number_of_shards: 2 })
    await load(url, index, upTo(6000))
    /** Of the last version of what was written, by id; the first 4000 are changed, the next 1000 stay, the last are deleted. */
    const versions = new Map<number, number>()
    let isDone = false
    const writer = async (offset: number) => {
      for (let version = 1; !isDone; version++) {
        const changed = upTo(100).map(n => ({ id: (version * 700 + n * 2 + offset) % 4000, version }))
        const distinct = [...new Map(changed.map(one => [one.id, one])).values()]
        const gone = upTo(5).map(n => ({
          id: 5000 + ((version * 10 + n * 2 + offset) % 1000),
          isDeleted: true,
        }))
        await write(url, index, [...distinct, ...gone])
        for (const { id } of distinct) versions.set(id, version)
      }
    }
    const writing = [0, 1].map(writer)
    const pages = { pageBytes: 20_000, parallel: 2 }
    const first = await walked(t, url, index, pages).finally(() => {
      isDone = true
    })
    await Promise.all(writing)
    t.true(versions.size > 0)
    t.deepEqual(
      upTo(5000).filter(id => !first.hits.has(id)),
      [],
    )
    t.deepEqual(
      upTo(5000).filter(id => id >= 4000 && first.hits.get(id)?.length !== 1),
      [],
    )
    const { hits } = await walked(t, url, index, { after: first.last?.checkpoint })
    const lost = [...versions].filter(([id, version]) => {
      const seen = [...(first.hits.get(id) ?? []), ...(hits.get(id) ?? [])]
      return !seen.some(hit => hit.includes(document(id, version)))
    })
    t.deepEqual(lost, [])
    await request(url, `DELETE /${index}`)
  },
)

eachServer(
  'points in time that are dropped by hand are opened again, which is said once',
  async (t, { url, kind }) => {
    const index = uniqueName('dropped')
    await create(url, index, { number_of_shards: 2 })
    await load(url, index, upTo(3000))
    const { url: proxied, received } = await recorder(t, url)
    let batches = 0
    const each = async () => {
      if (batches++ % 4 !== 0) return
      const [, id = ''] =
        [
          ...received()
            .toString()
            .matchAll(/"(?:pit_)?id":"([^"]+)"/g),
        ].at(-1) ?? []
      const [path, body] =
        kind === 'opensearch' ? ['/_search/point_in_time', { pit_id: [id] }] : ['/_pit', { id }]
      t.is((await request(url, `DELETE ${path}`, body)).status, 200)
    }
    const { notices, hits } = await walked(t, proxied, index, { pageBytes: 20_000, parallel: 1, each })
    t.deepEqual(notices, ['a point in time was lost and is opened again: what follows is read as it is now'])
    isWhole(t, { hits, notices: [] }, upTo(3000))
    await request(url, `DELETE /${index}`)
  },
)
