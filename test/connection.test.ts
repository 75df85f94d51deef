import { errors } from '@elastic/elasticsearch'
import test from 'ava'
import { type Connection, createConnections, IncompleteError } from '../src/index.ts'
import { request } from './cluster/request.ts'
import { onServers, uniqueName } from './cluster/servers.ts'
import { DOCUMENTS, documents } from './support/documents.ts'
import { answer, raw } from './support/raw.ts'

const eachServer = onServers(test)

function connect(url: string, indices: Record<string, unknown> = {}): Connection {
  const config = { aliases: { default: { node: url, indices } } }
  return createConnections({ config, cwd: '/', env: {} }).get('default')
}

const all = async (hits: AsyncIterable<Buffer>): Promise<string[]> => {
  const found: string[] = []
  for await (const hit of hits) found.push(hit.toString())
  return found
}

eachServer('hits are the bytes of the cluster', async (t, { url }) => {
  const index = await documents(url)
  const connection = connect(url, { entry: index })
  const { text } = await request(url, `POST /${index}/_search`)
  const hits = await all(connection.hits('entry'))
  t.is(hits.length, DOCUMENTS.length)
  for (const hit of hits) t.true(text.includes(hit))
  for (const body of [{ size: 1 }, '{"size":1}', Buffer.from('{"size":1}')]) {
    t.deepEqual(await all(connection.hits('entry', body)), hits.slice(0, 1))
  }
  await connection.close()
})

test('hits can be kept, also of a reply that arrives in many pieces', async t => {
  const sent = Array.from(
    { length: 30_000 },
    (_, n) => `{"_id":"${n}","_source":{"text":"${'words '.repeat(n % 30)}"}}`,
  )
  const { url } = await raw(t, answer(sent))
  const connection = connect(url)
  const kept: Buffer[] = []
  for await (const hit of connection.hits('entry')) kept.push(hit)
  t.deepEqual(kept.map(String), sent)
  await connection.close()
})

eachServer('hits can be stopped early', async (t, { url }) => {
  const connection = connect(url, { entry: await documents(url) })
  for await (const hit of connection.hits('entry')) {
    t.true(hit.includes('_source'))
    break
  }
  t.is((await all(connection.hits('entry'))).length, DOCUMENTS.length)
  await connection.close()
})

eachServer('incomplete hits end in an error, after those that arrived', async (t, { url }) => {
  const [one, other] = [uniqueName('partial'), uniqueName('partial')]
  await request(url, `PUT /${one}`, { mappings: { properties: { when: { type: 'date' } } } })
  await request(url, `PUT /${other}`, { mappings: { properties: { when: { type: 'text' } } } })
  await request(url, `PUT /${one}/_doc/1?refresh=true`, '{"when":"2026-01-01"}')
  const connection = connect(url)
  const body = { sort: ['when'] }
  let found = 0
  const reading = async () => {
    for await (const _hit of connection.hits(`${one},${other}`, body)) found++
  }
  await t.throwsAsync(reading, {
    instanceOf: IncompleteError,
    message: /^default: incomplete: 1 of 2 shards did not answer/,
  })
  t.is(found, 1)
  t.is((await all(connection.hits(`${one},${other}`, body, { allowPartial: true }))).length, 1)
  await connection.close()
})

eachServer('search by name returns the parsed response, as search by parameters does', async (t, { url }) => {
  const index = await documents(url)
  const connection = connect(url, { entry: index, words: { index, query: { term: { text: 'words' } } } })
  const byName = await connection.search('entry', { query: { term: { text: 'words' } } })
  const byParameters = await connection.search({ index, query: { term: { text: 'words' } } })
  t.deepEqual({ ...byName, took: 0 }, { ...byParameters, took: 0 })
  t.deepEqual((await connection.search('words')).hits.total, byName.hits.total)
  await connection.close()
})

eachServer('the methods of the official client work', async (t, { url }) => {
  const connection = connect(url)
  const index = uniqueName('methods')
  await connection.indices.create({ index, mappings: { properties: { n: { type: 'long' } } } })
  t.true(await connection.indices.exists({ index }))
  t.is((await connection.index({ index, id: '1', document: { n: 1 }, refresh: true })).result, 'created')
  t.deepEqual((await connection.get({ index, id: '1' }))._source, { n: 1 })
  t.true(await connection.exists({ index, id: '1' }))
  t.false(await connection.exists({ index, id: '2' }))
  const rows = [2, 3, 4].flatMap(n => [{ index: { _index: index, _id: String(n) } }, { n }])
  t.false((await connection.bulk({ operations: rows, refresh: true })).errors)
  const loaded = await connection.helpers.bulk({
    datasource: [{ n: 5 }, { n: 6 }],
    onDocument: () => ({ index: { _index: index } }),
    refreshOnCompletion: index,
  })
  t.is(loaded.successful, 2)
  t.is((await connection.count({ index })).count, 6)
  t.is((await connection.msearch({ searches: [{ index }, { size: 1 }] })).responses.length, 1)
  const scrolled: unknown[] = []
  for await (const page of connection.helpers.scrollDocuments({ index, size: 2 })) scrolled.push(page)
  t.is(scrolled.length, 6)
  t.true(String(await connection.cat.indices({ index })).includes(index))
  t.is(
    await connection
      .child({ headers: { 'x-opaque-id': 'child' } })
      .count({ index })
      .then(({ count }) => count),
    6,
  )
  await connection.indices.delete({ index })
  await connection.close()
})

eachServer('a refusal is the ResponseError of the client', async (t, { url }) => {
  const connection = connect(url)
  const error = await t.throwsAsync(connection.get({ index: 'absent-index', id: '1' }), {
    instanceOf: errors.ResponseError,
  })
  t.is(error?.statusCode, 404)
  await connection.close()
})

eachServer('options of the client apply', async (t, { url }) => {
  const connection = connect(url)
  const { body, statusCode } = await connection.get(
    { index: 'absent', id: '1' },
    { ignore: [404], meta: true },
  )
  t.is(statusCode, 404)
  t.true(JSON.stringify(body).includes('index_not_found_exception'))
  const stream = await connection.cluster.health({}, { asStream: true })
  const read: Buffer[] = []
  for await (const chunk of stream as unknown as AsyncIterable<Buffer>) read.push(chunk)
  t.is(JSON.parse(Buffer.concat(read).toString()).timed_out, false)
  await connection.close()
})
