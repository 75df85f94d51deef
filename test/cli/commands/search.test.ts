import test, { type ExecutionContext } from 'ava'
import { isSeq, parseDocument } from 'yaml'
import { load, request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { DOCUMENTS, documents } from '../../support/documents.ts'
import { esconn, sink } from '../../support/esconn.ts'

const eachServer = onServers(test)

/** Searches as `curl` would, and cuts the hits out of the body with another JSON parser than ours. */
async function curl(url: string, index: string, body?: string) {
  const { text } = await request(url, `POST /${index}/_search`, body)
  const hits = parseDocument(text).getIn(['hits', 'hits'], true)
  if (!isSeq(hits)) throw new Error(text.slice(0, 500))
  const slice = (node: unknown) => text.slice(...((node as { range: number[] }).range as [number, number]))
  return { text, array: slice(hits), hits: hits.items.map(slice) }
}

/** The command line with the server as its alias `default`. */
function asking(t: ExecutionContext, url: string, indices: Record<string, unknown> = {}) {
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  return (...argv: string[]) => esconn(argv, { cwd })
}

eachServer('every hit is byte for byte what the cluster sent', async (t, { url }) => {
  const index = await documents(url)
  const { hits } = await curl(url, index)
  t.is(hits.length, DOCUMENTS.length)
  for (const document of DOCUMENTS)
    t.true(
      hits.some(hit => hit.includes(document)),
      document.slice(0, 80),
    )
  const { status, stdout, stderr } = await asking(t, url)('search', index)
  t.deepEqual([status, stderr], [0, []])
  t.true(stdout === hits.map(hit => `${hit.replace(/[\r\n]/g, ' ')}\n`).join(''))
})

eachServer('--format json is the array, --format response the body, byte for byte', async (t, { url }) => {
  const index = await documents(url)
  const { array, text } = await curl(url, index)
  const ask = asking(t, url)
  t.true((await ask('search', index, '--format', 'json')).stdout === `${array}\n`)
  const timeless = (body: string) => body.replace(/"took":\d+/, '"took":0')
  t.is(timeless((await ask('search', index, '--format', 'response')).stdout), timeless(text))
})

eachServer(
  'comments of a document: kept, or converted where they would need a line break',
  async (t, { url }) => {
    const document = '{\n"text":"words", // 6" or 3.5"\n"n": 5, /* }]} " */ "any":"// http"\n}'
    const line = '{ "text":"words", /* 6" or 3.5"*/ "n": 5, /* }]} " */ "any":"// http" }'
    const index = uniqueName('comments')
    for (const [id, text] of [document, line].entries())
      await request(url, `PUT /${index}/_doc/${id}?refresh=true`, text)
    const ask = asking(t, url)
    const array = (await ask('search', index, '--format', 'json')).stdout
    t.true(array.includes(document) && array.includes(line), array)
    const { status, stdout, stderr } = await ask('search', index)
    t.is(status, 0)
    t.deepEqual(
      stdout.split('\n').map(hit => hit.includes(line)),
      [true, true, false],
    )
    t.deepEqual(stderr, [
      'default: the // comments of 1 hit are printed as /* */, so that a hit is one line (most JSON parsers accept neither); --format json prints them unchanged',
    ])
  },
)

eachServer('flags make the same query as one written by hand', async (t, { url }) => {
  const index = await documents(url)
  const ask = asking(t, url, { entry: index })
  const same = async (argv: string[], body: string) => {
    const { hits } = await curl(url, index, body)
    t.is(
      (await ask('search', 'entry', '--format', 'json', ...argv)).stdout,
      `${(await curl(url, index, body)).array}\n`,
    )
    return hits.length
  }
  t.is(await same(['--term', 'text=words'], '{"query":{"term":{"text":"words"}}}'), 4)
  t.is(await same(['--term', 'n:=9007199254740993'], '{"query":{"term":{"n":9007199254740993}}}'), 1)
  t.is(await same(['--match', 'text=other emoji'], '{"query":{"match":{"text":"other emoji"}}}'), 2)
  const lucene = (query: string) => `{"query_string":{"query":"${query}"}}`
  t.is(
    await same(
      ['-q', 'text:words', '-q', 'n:[1 TO *]'],
      `{"query":{"bool":{"must":[${lucene('text:words')},${lucene('n:[1 TO *]')}]}}}`,
    ),
    1,
  )
  t.is(
    await same(
      ['-q', 'text:other OR text:long'],
      '{"query":{"query_string":{"query":"text:other OR text:long"}}}',
    ),
    2,
  )
  t.is(
    await same(
      ['--sort', '_doc:desc', '--size', '2', '--from', '1'],
      '{"size":2,"from":1,"sort":[{"_doc":{"order":"desc"}}]}',
    ),
    2,
  )
  t.is(
    await same(
      ['--body', '{"query":{"match_all":{}}}', '--size', '1'],
      '{"query":{"match_all":{}},"size":1}',
    ),
    1,
  )
})

eachServer('the query of a view always applies', async (t, { url }) => {
  const index = await documents(url)
  const ask = asking(t, url, { words: { index, query: { term: { text: 'words' } } } })
  const count = async (...argv: string[]) =>
    (await ask('search', 'words', ...argv)).stdout.split('\n').length - 1
  t.is(await count(), 4)
  t.is(await count('--term', 'text=other'), 0)
  t.is(await count('--body', '{"query":{"match_all":{}}}'), 4)
})

eachServer(
  'a failed shard makes the response incomplete, and what arrived is printed',
  async (t, { url }) => {
    const stem = uniqueName('partial')
    const make = (letter: string, when: object, shards: number) =>
      request(url, `PUT /${stem}-${letter}`, {
        settings: { number_of_shards: shards },
        mappings: { properties: { when } },
      })
    await make('a', { type: 'date' }, 1)
    await make('b', { type: 'text' }, 2)
    await make('c', { type: 'text' }, 1)
    await make('d', { type: 'date', doc_values: false }, 1)
    await request(url, `PUT /${stem}-a/_doc/1?refresh=true`, '{"when":"2026-01-01"}')
    const ask = asking(t, url)
    const partial = await ask('search', `${stem}-*`, '--sort', 'when:desc')
    t.is(partial.status, 3)
    t.is(partial.stdout.split('\n').length, 2)
    t.regex(
      partial.stderr[0] ?? '',
      /^default: incomplete: 4 of 5 shards did not answer \(\S+-b, \S+-c: \w+: .*Text fields .*; \S+-d: \w+: /,
    )
    const allowed = await ask('search', `${stem}-*`, '--sort', 'when:desc', '--allow-partial')
    t.deepEqual([allowed.status, allowed.stdout, allowed.stderr.length], [0, partial.stdout, 1])
  },
)

eachServer('-e exits 1 without a hit', async (t, { url }) => {
  const index = await documents(url)
  const ask = asking(t, url)
  t.deepEqual(await ask('search', index, '-e', '--term', 'text=absent'), {
    status: 1,
    stdout: '',
    stderr: [],
  })
  t.is((await ask('search', index, '-e', '--term', 'text=words')).status, 0)
  t.is((await ask('search', index, '--term', 'text=absent')).status, 0)
})

eachServer('an index that does not exist is refused by the cluster', async (t, { url }) => {
  const { status, stdout, stderr } = await asking(t, url)('search', 'absent-index')
  t.deepEqual([status, stdout], [22, ''])
  t.deepEqual(stderr, ['default: index_not_found_exception: no such index [absent-index] (404)'])
})

eachServer("a typo of one of the alias's own names: the name that was probably meant", async (t, { url }) => {
  const cwd = configured(t, { aliases: { default: { node: url, indices: { entry: 'entries-v2' } } } })
  const { status, stderr } = await esconn(['search', 'entires,entry'], { cwd })
  t.is(status, 22)
  t.regex(
    stderr[0] ?? '',
    /^default: index_not_found_exception: no such index \[(?:entires|entries-v2)\] \(404\)$/,
  )
  t.is(stderr[1], 'did you mean `entry`?')
})

eachServer(
  'how many there are: where not all are printed and nobody named a number, and with -v',
  async (t, { url }) => {
    const index = uniqueName('many')
    await load(
      url,
      index,
      Array.from({ length: 12 }, (_, n) => `{"n":${n}}`),
    )
    const ask = asking(t, url, { many: index })
    t.deepEqual((await ask('search', 'many')).stderr, ['default: 10 of 12 hits; --all for all of them'])
    t.deepEqual((await ask('search', 'many', '--range', 'n<5')).stderr, [])
    t.deepEqual((await ask('search', 'many', '-n', '3')).stderr, [])
    t.deepEqual((await ask('search', 'many', '--body', '{"size":3}')).stderr, [])
    t.is((await ask('search', 'many', '-n', '3', '-v')).stderr.at(-1), 'default: 3 of 12 hits')
    t.deepEqual((await ask('search', 'many', '--body', '{"track_total_hits":5}')).stderr, [
      'default: 10 of at least 10 hits; --all for all of them',
    ])
    t.deepEqual((await ask('search', 'many', '--body', '{"track_total_hits":false}')).stderr, [])
  },
)

eachServer('what is asked of each hit', async (t, { url }) => {
  const index = uniqueName('asked')
  const mappings = { properties: { kind: { type: 'keyword' }, text: { type: 'text' }, n: { type: 'long' } } }
  await request(url, `PUT /${index}`, { mappings })
  await load(url, index, [
    '{"kind":"a","text":"one word","n":9007199254740993}',
    '{"kind":"a","text":"two words","n":9007199254740994}',
    '{"kind":"b","text":"three","n":9007199254740995}',
  ])
  const ask = asking(t, url, { asked: index })
  const hits = async (...argv: string[]) =>
    (await ask('search', 'asked', ...argv)).stdout.split('\n').slice(0, -1)
  t.regex(
    (await hits('--source', 'kind,n', '-n', '1'))[0] ?? '',
    /"_source":\{"(?:kind":"a","n":9007199254740993|n":9007199254740993,"kind":"a")\}/,
  )
  t.is((await hits('--collapse', 'kind')).length, 2)
  t.regex((await hits('--match', 'text=words', '--highlight', 'text,kind'))[0] ?? '', /<em>words<\/em>/)
  t.regex((await hits('--term', 'kind=b', '--explain'))[0] ?? '', /"_explanation":\{"value":/)
  const after = await hits('--sort', 'n', '--search-after', '[9007199254740993]')
  t.deepEqual(
    after.map(hit => /"sort":(\[\d+\])/.exec(hit)?.[1]),
    ['[9007199254740994]', '[9007199254740995]'],
  )
  t.regex((await ask('search', 'asked', '--profile', '--format', 'response')).stdout, /"profile":\{"shards"/)
})

eachServer('--format source is the bytes of the documents, --format ids their ids', async (t, { url }) => {
  const index = await documents(url)
  const ask = asking(t, url)
  const { status, stdout } = await ask('search', index, '--format', 'source')
  t.is(status, 0)
  t.deepEqual(
    stdout.split('\n').slice(0, -1).sort(),
    DOCUMENTS.map(document => document.replace(/[\r\n]/g, ' ')).sort(),
  )
  const own = uniqueName('ids')
  for (const id of ['plain', 'a/b "é"', 'two\nlines'])
    await request(url, `PUT /${own}/_doc/${encodeURIComponent(id)}?refresh=true`, '{}')
  const ids = await ask('search', own, '--format', 'ids')
  t.deepEqual(ids.stdout.split('\n').sort(), ['', 'plain', 'a/b "é"', '"two\\nlines"'].sort())
  t.deepEqual(ids.stderr, [
    'default: 1 text with control characters, printed as JSON so that each is one line',
  ])
  const without = await ask('search', own, '--format', 'source', '--body', '{"_source":false}')
  t.deepEqual(
    [without.status, without.stdout, without.stderr[0]],
    [3, '', 'default: incomplete: 3 hits without a _source'],
  )
})

eachServer('--format aggs is the bytes of the aggregations', async (t, { url }) => {
  const index = await documents(url)
  const ask = asking(t, url)
  const aggs = '"aggs":{"n":{"max":{"field":"n"}},"hits":{"top_hits":{"size":2,"sort":["_doc"]}}}'
  const { text } = await curl(url, index, `{"size":0,${aggs}}`)
  const bytes = text.slice(text.indexOf('"aggregations":') + 15, -1)
  const { status, stdout, stderr } = await ask('search', index, '--format', 'aggs', '--body', `{${aggs}}`)
  t.deepEqual([status, stderr], [0, []])
  t.true(stdout === `${bytes}\n`, stdout.slice(0, 500))
})

eachServer('on a terminal hits are indented, and control characters shown', async (t, { url }) => {
  const index = uniqueName('terminal')
  await load(url, index, ['{"a":"\u009b31mred\u202e"}'])
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const shown = async (...argv: string[]) => {
    const written: Buffer[] = []
    const stdout = Object.assign(sink(written), { isTTY: true })
    const { status } = await esconn(['search', index, '--color', 'never', ...argv], { cwd, stdout })
    t.is(status, 0)
    return Buffer.concat(written).toString()
  }
  const escaped = '\\u009b31mred\\u202e'
  t.true((await shown()).includes(`\n  "_source": {\n    "a": "${escaped}"\n  }\n}\n`))
  t.true((await shown('--format', 'ndjson')).endsWith(`"_source":{"a":"${escaped}"}}\n`))
  t.is(await shown('--format', 'csv'), `a\n${escaped}\n`.replace('\n', '\r\n').replace(/\n$/, '\r\n'))
  t.is(await shown('--raw-field', 'a'), `${escaped}\n`)
  t.is(await shown('--format', 'table'), `a\n${escaped}\n`)
})

eachServer('a --size beyond the window of the index: the advice to use --all', async (t, { url }) => {
  const index = await documents(url)
  const { status, stderr } = await asking(t, url)('search', index, '--size', '10001')
  t.is(status, 22)
  t.regex(stderr[0] ?? '', /^default: illegal_argument_exception: Result window is too large/)
  t.is(stderr[1], '--all prints every hit, --all --limit N the first N')
})

eachServer('a point in time of a body is searched without an index', async (t, { url, kind }) => {
  const index = uniqueName('pit')
  await load(url, index, ['{"n":1}'])
  const path = kind === 'opensearch' ? '_search/point_in_time' : '_pit'
  const opened = JSON.parse((await request(url, `POST /${index}/${path}?keep_alive=1m`)).text)
  const pit = JSON.stringify({ pit: { id: opened.id ?? opened.pit_id } })
  await load(url, index, ['{"n":1}', '{"n":2}'])
  const { status, stdout } = await asking(t, url)('search', index, '--raw-field', 'n', '--body', pit)
  t.deepEqual([status, stdout], [0, '1\n'])
})
