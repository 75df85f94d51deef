import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { type Checkpoint, createConnections, InputError, UsageError, WireError } from '../../src/index.ts'
import type { TailOptions } from '../../src/walk/tail.ts'
import { request } from '../cluster/request.ts'
import { PASSWORDS, sharedSecured } from '../cluster/secured.ts'
import { onServers, uniqueName } from '../cluster/servers.ts'
import { JSON_TYPE, raw, reply, type Script } from '../support/raw.ts'

const eachServer = onServers(test)

async function create(url: string, index: string, settings: object = {}): Promise<void> {
  const { status, text } = await request(url, `PUT /${index}`, {
    settings: { number_of_replicas: 0, ...settings },
  })
  if (status !== 200) throw new Error(text)
  await request(url, `GET /_cluster/health/${index}?wait_for_status=green&timeout=60s`) // a busy machine takes its time
}

async function put(
  url: string,
  index: string,
  id: number | string,
  document: object,
  query = '?refresh=true',
) {
  const { status, text } = await request(url, `PUT /${index}/_doc/${id}${query}`, document)
  if (status > 201) throw new Error(text)
}

/** A tail that is read meanwhile. */
interface Followed {
  hits: string[]
  /** The id of each hit. */
  ids: () => string[]
  notices: string[]
  checkpoint: () => Checkpoint | undefined
  /** Method, path and query of each request. */
  requests: string[]
  /** Waits until something is true, or the tail has failed. */
  until: (isSo: () => boolean) => Promise<void>
  /** Waits for so many further polls. */
  polls: (count: number) => Promise<void>
  stop: () => Promise<void>
  ended: Promise<void>
}

const idOf = (hit: string): string => /"_id":"([^"]+)"/.exec(hit)?.[1] ?? ''

/** Follows a name, once the first batch has come. */
async function follow(
  t: ExecutionContext,
  url: string,
  name: string,
  { body = {}, alias = {}, ...options }: TailOptions & { body?: object; alias?: object } = {},
): Promise<Followed> {
  const connections = createConnections({ config: { aliases: { default: { node: url, ...alias } } } })
  const hits: string[] = []
  const notices: string[] = []
  const requests: string[] = []
  const abort = new AbortController()
  let checkpoint: Checkpoint | undefined
  const onNotice = (text: string) => notices.push(text)
  const observe: TailOptions['observe'] = ({ method, url }) =>
    requests.push(`${method} ${new URL(url).pathname}`)
  const given = { interval: 100, onNotice, observe, signal: abort.signal, ...options }
  const batches = connections.get('default').tail(name, body, given)
  const take = async () => {
    const { hits: more, checkpoint: now } = (await batches.next()).value
    hits.push(...more.map(String))
    checkpoint = now
  }
  t.teardown(async () => {
    abort.abort()
    await connections.close()
  })
  await take()
  let hasEnded = false
  const ended = (async () => {
    for (;;) await take()
  })().finally(() => {
    hasEnded = true
  })
  ended.catch(() => {}) // thrown where it is waited for
  const until = async (isSo: () => boolean) => {
    while (!isSo() && !hasEnded) await sleep(20)
    if (hasEnded) await ended
  }
  const polled = () => requests.filter(path => /_stats\/refresh$/.test(path)).length
  return {
    hits,
    ids: () => hits.map(idOf),
    notices,
    checkpoint: () => checkpoint,
    requests,
    until,
    polls: async count => {
      const before = polled()
      await until(() => polled() >= before + count)
    },
    stop: async () => {
      abort.abort()
      await t.throwsAsync(ended, { message: 'default: the request was aborted' })
    },
    ended,
  }
}

/** Writes, changes and deletes documents; returns the last version of each, by id. */
async function write(url: string, index: string, name: string): Promise<Map<string, number>> {
  const versions = new Map<string, number>()
  for (let version = 1; version <= 60; version++) {
    const ids = [version % 7, 10 + version, 100 + (version % 3)].map(n => `${name}${n}`)
    const gone = version % 5 === 0 ? [`${name}${10 + version}`] : []
    const lines = [
      ...ids.map(id => `{"index":{"_id":"${id}"}}\n{"version":${version},"at":"20${90 - version}"}\n`),
      ...gone.map(id => `{"delete":{"_id":"${id}"}}\n`),
    ]
    const query = version % 10 === 0 ? '?refresh=true' : ''
    await request(url, `POST /${index}/_bulk${query}`, lines.join(''))
    for (const id of ids) versions.set(id, version)
    for (const id of gone) versions.delete(id)
    await sleep(10)
  }
  return versions
}

eachServer('each change comes once, and the last version of each document', async (t, { url }) => {
  const index = uniqueName('tail')
  await create(url, index, { number_of_shards: 2 })
  for (let id = 0; id < 3; id++) await put(url, index, id, { version: 0 })
  const tail = await follow(t, url, index, { interval: 50 })
  const written = await Promise.all(['a', 'b'].map(name => write(url, index, name)))
  const expected = written.flatMap(versions => [...versions].map(([id, version]) => `${id} ${version}`))
  const versions = () => tail.hits.map(hit => `${idOf(hit)} ${/"version":(\d+)/.exec(hit)?.[1]}`)
  await tail.until(() => new Set([...versions(), ...expected]).size === new Set(versions()).size)
  await tail.polls(3)
  t.is(new Set(versions()).size, versions().length, 'none came twice')
  t.deepEqual(tail.notices, [])
  await tail.stop()
  await request(url, `DELETE /${index}`)
})

eachServer('what is not visible is left to the index, and to nobody else', async (t, { url }) => {
  const index = uniqueName('slow')
  await create(url, index, { refresh_interval: '1h' })
  await put(url, index, 0, {}, '')
  const tail = await follow(t, url, index, { interval: 20 })
  await put(url, index, 1, {}, '')
  await tail.polls(10)
  const { text } = await request(url, `POST /${index}/_count`)
  t.is(JSON.parse(text).count, 0)
  await request(url, `POST /${index}/_refresh`)
  await tail.until(() => tail.hits.length === 2)
  t.deepEqual(tail.ids(), ['0', '1'], 'also what was written before, but could not be seen')
  const refreshes = () => tail.requests.filter(path => path.endsWith('/_refresh')).length
  const before = refreshes()
  let isDone = false
  const writing = (async () => {
    for (let id = 2; !isDone; id++) await put(url, index, id, {}, '')
  })()
  await request(url, `POST /${index}/_refresh`)
  await tail.polls(100)
  isDone = true
  await writing
  t.true(refreshes() - before <= 2, 'while others write, not more than once after each of its own')
  await tail.stop()
  await request(url, `DELETE /${index}`)
})

eachServer('on a readonly alias nothing is refreshed, which is said', async (t, { url }) => {
  const index = uniqueName('readonly')
  await create(url, index)
  const tail = await follow(t, url, index, { alias: { readonly: true } })
  await put(url, index, 1, {})
  await tail.until(() => tail.hits.length === 1)
  t.deepEqual(
    tail.notices.map(text => text.replace(/:.*/, '')),
    ['nothing is refreshed (that needs the right `maintenance` and an alias that is not readonly)'],
  )
  t.false(tail.requests.some(path => path.endsWith('/_refresh')))
  await tail.stop()
  await request(url, `DELETE /${index}`)
})

eachServer('the newest documents come first, and not again', async (t, { url }) => {
  const index = uniqueName('last')
  await create(url, index, { number_of_shards: 2 })
  const mappings = { properties: { time: { type: 'date' }, other: { type: 'date' } } }
  await request(url, `PUT /${index}/_mapping`, { properties: { time: { type: 'date' } } })
  for (let id = 0; id < 6; id++) await put(url, index, id, { time: `202${9 - id}-01-01`, even: id % 2 === 0 })
  const byTime = await follow(t, url, index, { last: 2 })
  t.deepEqual(byTime.ids(), ['1', '0'])
  await put(url, index, 6, { time: '1999-01-01' })
  await byTime.until(() => byTime.hits.length === 3)
  t.deepEqual(byTime.ids(), ['1', '0', '6'])
  await byTime.stop()
  const body = { query: { term: { even: true } } }
  const queried = await follow(t, url, index, { last: 2, body })
  t.deepEqual(queried.ids(), ['2', '0'])
  await queried.stop()
  await request(url, `PUT /${index}/_mapping`, mappings)
  const byNumber = await follow(t, url, index, { last: 10 })
  t.is(byNumber.hits.length, 7, 'there are two dates')
  const named = await follow(t, url, index, { last: 1, timeField: 'time' })
  t.deepEqual(named.ids(), ['0'])
  const { url: proxy } = await raw(t, async (socket, asked) => {
    if (/"size":5,.*"_seq_no"/.test(asked.body)) await put(url, index, 'late', {})
    return forward(url)(socket, asked)
  })
  const both = await follow(t, proxy, index, { last: 5 })
  await both.polls(5)
  t.is(both.ids().filter(id => id === 'late').length, 1, 'found at first, and written after the beginning')
  await Promise.all([byNumber, named, both].map(tail => tail.stop()))
  await request(url, `DELETE /${index}`)
})

eachServer('a checkpoint leads to all changes since, whatever the query finds', async (t, { url }) => {
  const index = uniqueName('goes-on')
  await create(url, index)
  await put(url, index, 0, { n: 0 })
  const body = { query: { term: { n: 1 } } }
  const first = await follow(t, url, index, { body })
  for (let id = 1; id < 4; id++) await put(url, index, id, { n: id })
  const numberOf = () => first.checkpoint()?.indices[index]?.shards[0]?.seq_no
  await first.until(() => numberOf() === 3)
  t.deepEqual(first.ids(), ['1'])
  await first.stop()
  await put(url, index, 4, { n: 1 })
  const after = JSON.parse(JSON.stringify(first.checkpoint()))
  const second = await follow(t, url, index, { body, after, last: 10 })
  await second.until(() => second.hits.length > 0)
  t.deepEqual(second.ids(), ['4'])
  await second.stop()
  await request(url, `DELETE /${index}`)
  await create(url, index)
  await t.throwsAsync(follow(t, url, index, { body, after }), {
    instanceOf: InputError,
    message: `default: the checkpoint does not fit: ${index} was created anew since`,
  })
  await request(url, `DELETE /${index}`)
})

eachServer('indices of a pattern come and go', async (t, { url }) => {
  const stem = uniqueName('many')
  const tail = await follow(t, url, `${stem}-*`, { last: 10 })
  const said = (text: string) => tail.until(() => tail.notices.includes(text))
  await said(`${stem}-* matches no index yet; waiting for one`)
  await put(url, `${stem}-1`, 1, {})
  await tail.until(() => tail.hits.length === 1)
  await put(url, `${stem}-2`, 2, {})
  await put(url, `${stem}-1`, 3, {})
  await tail.until(() => tail.hits.length === 3)
  t.deepEqual(tail.ids().toSorted(), ['1', '2', '3'])
  await request(url, `DELETE /${stem}-1`)
  await said(`no longer there: ${stem}-1`)
  await put(url, `${stem}-1`, 4, {})
  await tail.until(() => tail.hits.length === 4)
  t.true(tail.notices.includes(`${stem}-1 was created anew, and is read from its beginning`))
  await request(url, `POST /${stem}-2/_close`)
  await said(`no longer there: ${stem}-2`)
  await request(url, `POST /${stem}-2/_open?wait_for_active_shards=1`)
  await put(url, `${stem}-2`, 5, {})
  await tail.until(() => tail.hits.length === 5)
  t.deepEqual(tail.ids().slice(3), ['4', '5'], 'an index that is opened again goes on')
  await tail.stop()
  await request(url, `DELETE /${stem}-1,${stem}-2`)
})

eachServer('a new index of a data stream', async (t, { url, kind }) => {
  if (kind === 'elasticsearch') return void t.pass('the archive has no data streams')
  const stream = uniqueName('stream')
  const template = { settings: { number_of_replicas: 0 } }
  await request(url, `PUT /_index_template/${stream}`, {
    index_patterns: [stream],
    data_stream: {},
    priority: 500,
    template,
  })
  await request(url, `PUT /_data_stream/${stream}`)
  const add = (id: number) =>
    request(url, `PUT /${stream}/_create/${id}?refresh=true`, { '@timestamp': '2000-01-01' })
  await add(1)
  const tail = await follow(t, url, stream, { last: 10 })
  await request(url, `POST /${stream}/_rollover`)
  await add(2)
  await tail.until(() => tail.hits.length === 2)
  t.deepEqual([tail.ids(), tail.notices], [['1', '2'], []])
  await tail.stop()
  await request(url, `DELETE /_data_stream/${stream}`)
})

eachServer('an index that is deleted may be made anew; for a while', async (t, { url }) => {
  const index = uniqueName('anew')
  await create(url, index)
  await put(url, index, 1, {})
  const tail = await follow(t, url, index)
  const said = (text: RegExp) => tail.until(() => tail.notices.some(notice => text.test(notice)))
  await request(url, `DELETE /${index}`)
  await said(/index_not_found_exception: .*; waiting for it to be made anew$/)
  await put(url, index, 2, {})
  await said(/^it answers again, and the tail goes on where it stood$/)
  await said(new RegExp(`^${index} was created anew, and is read from its beginning$`))
  await tail.until(() => tail.hits.length === 1)
  await request(url, `DELETE /${index}`)
  await t.throwsAsync(tail.ended, { instanceOf: WireError, message: /^default: .*index_not_found_exception/ })
})

eachServer('what passes is waited for and said once; a refusal ends it', async (t, { url }) => {
  const index = uniqueName('outage')
  await create(url, index)
  let fault: Script | undefined
  const { url: proxy } = await raw(t, (socket, asked) => (fault ?? forward(url))(socket, asked))
  const tail = await follow(t, proxy, index, { interval: 20, retries: 0 })
  for (const script of [reply({ error: 'no master' }, 503), reply('', 500), hangUp]) {
    fault = script
    const said = tail.notices.length
    await tail.until(() => tail.notices.length > said)
    await tail.polls(2)
    await put(url, index, 1, {})
    const seen = tail.hits.length
    fault = undefined
    await tail.until(() => tail.hits.length > seen && tail.notices.length === said + 2)
    t.regex(tail.notices.at(-2) ?? '', /; tried again until it answers$/)
    t.is(tail.notices.at(-1), 'it answers again, and the tail goes on where it stood')
    t.is(tail.hits.length, seen + 1)
  }
  fault = reply({ error: { type: 'security_exception', reason: 'no' } }, 401)
  await t.throwsAsync(tail.ended, { instanceOf: WireError, message: /security_exception: no \(401\)$/ })
  await request(url, `DELETE /${index}`)
})

/** Ends the connection without a reply. */
const hangUp: Script = socket => socket.destroy()

/** What another server answers. */
const forward =
  (url: string): Script =>
  async (socket, asked) => {
    const { status, text } = await request(url, `${asked.method} ${asked.path}`, asked.body || undefined)
    return reply(text, status, JSON_TYPE)(socket, asked)
  }

eachServer('an index without sequence numbers is refused', async (t, { url, kind, version }) => {
  if (kind === 'opensearch' || Number.parseInt(version, 10) < 9)
    return void t.pass('only Elasticsearch 9 can do without')
  const index = uniqueName('plain')
  await create(url, index, { 'index.disable_sequence_numbers': true })
  await put(url, index, 1, {})
  const message =
    'default: an index keeps no sequence numbers (index.disable_sequence_numbers): what is read of it cannot be continued'
  await t.throwsAsync(follow(t, url, index), { instanceOf: UsageError, message })
  await request(url, `DELETE /${index}`)
})

test('without the right `monitor` it is refused', async t => {
  const { url, ca, stop } = await sharedSecured()
  t.teardown(stop)
  const alias = { auth: { username: 'bob', password: PASSWORDS.bob }, tls: { ca } }
  const error = await t.throwsAsync<WireError>(follow(t, url, 'logs-a', { alias }), { instanceOf: WireError })
  t.is(error?.fault, 'denied')
  t.regex(
    error?.message ?? '',
    /^default: an index can be followed only with the right `monitor` of it: security/,
  )
})
