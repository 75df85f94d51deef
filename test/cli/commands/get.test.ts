import test, { type ExecutionContext } from 'ava'
import { load, request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { DOCUMENTS, documents } from '../../support/documents.ts'
import { esconn } from '../../support/esconn.ts'
import { ended, start } from '../../support/process.ts'
import { raw, reply } from '../../support/raw.ts'

const eachServer = onServers(test)

/** The command line with the server as its alias `default`. */
function asking(t: ExecutionContext, url: string, indices: Record<string, unknown> = {}) {
  const cwd = configured(t, { aliases: { default: { node: url, readonly: true, indices } } })
  return (argv: string[], stdin = '') => esconn(['get', ...argv], { cwd, stdin })
}

eachServer('documents of one index: the bytes of the items, in the order of the ids', async (t, { url }) => {
  const index = await documents(url)
  const ids = ['4', '0', '7', '0']
  const { text } = await request(url, `POST /${index}/_mget`, { ids })
  const get = asking(t, url, { entry: index })
  const { status, stdout, stderr } = await get(['entry', ...ids, '--format', 'json'])
  t.deepEqual([status, stderr], [0, []])
  t.true(stdout === `${text.slice('{"docs":'.length, -1)}\n`)
  const source = await get(['entry', '4', '0', '--format', 'source'])
  t.is(source.stdout, `${DOCUMENTS[4]?.replace(/[\r\n]/g, ' ')}\n${DOCUMENTS[0]}\n`)
  t.is(
    (await get(['entry', '0', '1', '--format', 'csv', '--fields', '_id,n,any.huge'])).stdout,
    '_id,n,any.huge\r\n0,9007199254740993,\r\n1,,1e400\r\n',
  )
  t.regex((await get(['entry', '0', '--source', 'f'])).stdout, /"_source":\{"f":1.0\}\}\n$/)
})

eachServer(
  'a document that was just written is found in its index, and in a view after the refresh',
  async (t, { url }) => {
    const index = uniqueName('fresh')
    await request(url, `PUT /${index}`, { settings: { refresh_interval: -1 } })
    await load(url, index, ['{"level":"error"}', '{"level":"info"}'])
    await request(url, `PUT /${index}/_doc/a%2F"é"?refresh=false`, '{"level":"error"}')
    const get = asking(t, url, { entry: index, errors: { index, query: { match: { level: 'error' } } } })
    t.deepEqual(await get(['errors', '1', '0', 'a/"é"', '--raw-field', 'level']), {
      status: 1,
      stdout: 'error\n',
      stderr: ['default: no document with the id `1`, `a/"é"`'],
    })
    t.is((await get(['entry', 'a/"é"', '--format', 'ids'])).stdout, 'a/"é"\n')
    await request(url, `POST /${index}/_refresh`)
    t.deepEqual((await get(['errors', 'a/"é"', '0', '--format', 'ids'])).stdout, 'a/"é"\n0\n')
  },
)

eachServer('a pattern, several indices, and aliases of them', async (t, { url }) => {
  const stem = uniqueName('several')
  const [one, two] = [`${stem}-1`, `${stem}-2`]
  await load(url, one, ['{"n":1}', '{"n":2}'])
  await load(url, two, ['{"n":3}'])
  await request(url, `PUT /${stem}-*/_alias/${stem}`)
  await request(url, `PUT /${two}/_alias/${stem}-only`)
  const get = asking(t, url)
  for (const name of [`${stem}-*`, `${one},${two}`, stem]) {
    const { status, stdout, stderr } = await get([name, '1', '0', 'x', '--raw-field', 'n'])
    t.deepEqual([status, stderr], [1, ['default: no document with the id `x`']], name)
    t.deepEqual(stdout.split('\n').sort(), ['', '1', '2', '3'], name)
    t.true(stdout.startsWith('2\n'), name)
  }
  t.regex((await get([`${stem}-only`, '0'])).stdout, /"found":true/)
  const absent = await get([`${stem}-absent`, '0'])
  t.deepEqual(
    [absent.status, absent.stderr[0]],
    [22, `default: index_not_found_exception: no such index [${stem}-absent] (404)`],
  )
})

eachServer('ids from standard input, as many as there are', async (t, { url }) => {
  const index = uniqueName('many')
  const numbers = Array.from({ length: 1001 }, (_, n) => n)
  await load(
    url,
    index,
    numbers.map(n => `{"n":${n}}`),
  )
  const get = asking(t, url, { view: { index, query: { match_all: {} } } })
  for (const name of [index, 'view']) {
    const { status, stdout, stderr } = await get(
      [name, '7', '-', '--raw-field', 'n'],
      `${numbers.toReversed().join('\r\n')}\n\n`,
    )
    t.deepEqual([status, stderr], [0, []])
    t.is(stdout, `7\n${numbers.toReversed().join('\n')}\n`)
  }
  t.deepEqual(await get([index, '-', '--format', 'json']), { status: 0, stdout: '[]\n', stderr: [] })
})

eachServer('a document that needs a routing cannot be read by its id alone: 3', async (t, { url }) => {
  const index = uniqueName('routed')
  await request(url, `PUT /${index}`, { mappings: { _routing: { required: true } } })
  await request(url, `PUT /${index}/_doc/1?routing=x&refresh=true`, '{"n":1}')
  const { status, stdout, stderr } = await asking(t, url)([index, '1'])
  t.deepEqual([status, stdout], [3, ''])
  t.regex(
    stderr[0] ?? '',
    /^default: incomplete: (?:routing_missing_exception: routing is required for |null_pointer_exception: )/,
  )
})

const refuses = test.macro(async (t, argv: string[], ...stderr: string[]) => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  t.deepEqual(await esconn(['get', ...argv], { cwd }), { status: 2, stdout: '', stderr })
})

test('no id', refuses, ['entry'], "missing required argument 'id'", 'see esconn get --help')
test('a blank id', refuses, ['entry', ''], 'an id is blank')
test(
  '--fields of JSON',
  refuses,
  ['entry', '1', '--fields', 'a'],
  '--fields are the columns of --format csv, tsv and table',
  '--source names the fields of the documents',
)

test('--dry-run prints the first request', async t => {
  const indices = { view: { index: 'i', query: { term: { a: 1 } } } }
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9', indices } } })
  const shown = async (...argv: string[]) => (await esconn(['get', ...argv, '--dry-run'], { cwd })).stdout
  t.is(
    await shown('entry', '1', '2', '--source', 'a,b'),
    'POST http://localhost:9/entry/_mget?_source=a,b\ncontent-type: application/json\n\n{"ids":["1","2"]}\n',
  )
  t.regex(
    await shown('view', '1'),
    /^POST http:\/\/localhost:9\/i\/_search\n.*\{"query":\{"bool":\{"filter":\[\{"ids":\{"values":\["1"\]\}\},\{"term":\{"a":1\}\}\]\}\}/s,
  )
})

test('a reply that has not every id is not believed', async t => {
  const resolved = { indices: [{ name: 'i' }], aliases: [], data_streams: [] }
  const { url } = await raw(t, [reply(resolved), reply('{"docs":[{"_id":"1","found":true,"_source":{}}]}')])
  const { status, stderr } = await asking(t, url)(['i', '1', '2'])
  t.deepEqual([status, stderr[0]], [8, 'default: the reply has 1 documents for 2 ids'])
})

test('documents of other ids than those that were asked for are not believed', async t => {
  const resolved = { indices: [{ name: 'i' }], aliases: [], data_streams: [] }
  const swapped = '{"docs":[{"_id":"2","found":true,"_source":{}},{"_id":"1","found":false}]}'
  const { url } = await raw(t, [reply(resolved), reply(swapped)])
  const { status, stdout, stderr } = await asking(t, url)(['i', '1', '2'])
  t.deepEqual([status, stdout, stderr[0]], [8, '', 'default: the reply has documents of other ids'])
})

test('a refusal ends the command although standard input is open', async t => {
  const { url } = await raw(t, reply({ error: { type: 'x', reason: 'y' } }, 400))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const child = start(['get', 'a-*', '7', '-'], { cwd, stdio: 'pipe' })
  child.stdin?.write(`${'8\n'.repeat(300)}`)
  const { status } = await ended(child)
  child.stdin?.destroy()
  t.is(status, 22)
})

eachServer('documents of a data stream, by its name', async (t, { url }) => {
  const stream = uniqueName('stream')
  const template = { index_patterns: [stream], data_stream: {}, priority: 1000 }
  const { text } = await request(url, `PUT /_index_template/${stream}`, template)
  if (/unknown field \[data_stream\]/.test(text)) {
    t.log('this archive of Elasticsearch has no data streams')
    t.pass()
    return
  }
  const path = `/${stream}/_create/1?refresh=true`
  await request(url, `PUT ${path}`, { '@timestamp': '2026-11-27', n: 1 })
  const { status, stdout, stderr } = await asking(t, url)([stream, '1', '2', '--raw-field', 'n'])
  t.deepEqual([status, stdout, stderr], [1, '1\n', ['default: no document with the id `2`']])
})
