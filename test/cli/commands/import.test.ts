import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { documents } from '../../support/documents.ts'
import { esconn } from '../../support/esconn.ts'
import { raw, reply } from '../../support/raw.ts'

const eachServer = onServers(test)

/** The hits of an index as an export prints them, without what differs from index to index. */
async function hitsOf(url: string, index: string, cwd: string): Promise<string[]> {
  await request(url, `POST /${index}/_refresh`)
  const { stdout } = await esconn(['export', index], { cwd })
  return stdout
    .split('\n')
    .slice(0, -1)
    .map(line => line.replace(/^\{"_index":"[^"]*",/, '{').replace(/,"sort":\[[^\]]*\]\}$/, '}'))
    .toSorted()
}

const SUMMARY = /^default: (\d+) documents? written(?:, (\d+) rejected)?, [\d.]+\w*B, in [\d.]+m?s/

eachServer('what was exported is imported byte for byte', async (t, { url }) => {
  const from = await documents(url)
  await request(url, `PUT /${from}/_doc/%2Fodd%20id%22%E2%98%83?routing=r%222`, '{"text":"routed"}')
  await request(url, `PUT /${from}/_doc/c`, '{"text":1 /* a comment */}')
  await request(url, `POST /${from}/_refresh`)
  const names = ['a', 'b', 'c'].map(uniqueName) as [string, string, string]
  const cwd = configured(t, { aliases: { default: { node: url, indices: { own: names[0] } } } })
  await esconn(['export', from, '--out', 'hits.gz'], { cwd })
  const mapping = JSON.parse((await request(url, `GET /${from}/_mapping`)).text)[from]
  for (const name of names) await request(url, `PUT /${name}`, mapping)
  const hits = await hitsOf(url, from, cwd)
  t.is(hits.length, 10)
  t.true(hits.some(hit => hit.includes('"_id":"/odd id\\"☃"') && hit.includes('"_routing":"r\\"2"')))

  const imported = await esconn(['import', 'own', 'hits.gz', '--parallel', '2', '--batch', '100'], { cwd })
  t.deepEqual([imported.status, imported.stdout, imported.stderr.length], [0, '', 1])
  t.is(SUMMARY.exec(imported.stderr[0] ?? '')?.[1], '10')
  t.deepEqual(await hitsOf(url, names[0], cwd), hits)

  const { stdout: piped } = await esconn(['export', from], { cwd })
  const crlf = `\ufeff\r\n${piped.replaceAll('\n', ' \r\n\r\n')}`
  t.is((await esconn(['import', names[1]], { cwd, stdin: crlf })).status, 0)
  t.deepEqual(await hitsOf(url, names[1], cwd), hits)

  const { stdout: sources } = await esconn(['export', from, '--format', 'source'], { cwd })
  const members = [sources.slice(0, 1000), sources.slice(1000)].map(text => gzipSync(text))
  writeFileSync(join(cwd, 'two-members'), Buffer.concat(members))
  t.is((await esconn(['import', names[2], 'two-members'], { cwd })).status, 0)
  await request(url, `POST /${names[2]}/_refresh`)
  const { stdout } = await esconn(['export', names[2], '--format', 'source'], { cwd })
  t.deepEqual(stdout.split('\n').toSorted(), sources.split('\n').toSorted())
  for (const name of [from, ...names]) await request(url, `DELETE /${name}`)
})

eachServer('rejected lines are kept with their reasons, and imported after repair', async (t, { url }) => {
  const [index, other] = [uniqueName('rejects'), uniqueName('rejects')]
  const mappings = { dynamic: 'strict', properties: { n: { type: 'integer' }, id: { type: 'keyword' } } }
  await request(url, `PUT /${index}`, { mappings })
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const write = (name: string, ...lines: string[]) => writeFileSync(join(cwd, name), lines.join('\n'))
  const imported = (...argv: string[]) => esconn(['import', index, ...argv], { cwd })
  write(
    'docs',
    '{"n":1, "id":1.0}',
    '{"n":"x", "id":"b"}',
    '{"n":3}',
    `{"_id":"4","_source":{"n":4}}`,
    '{"n":5,"id":"e"',
  )
  const told = await imported('docs', '--id-field', 'id')
  t.is(told.status, 66)
  t.regex(
    told.stderr.join('\n'),
    /^default: line 3 was rejected: unfit_line: it has no id that is one string or number$/m,
  )
  t.regex(told.stderr.join('\n'), /^default: line 2 was rejected: \w+: .* \(400\)$/m)
  const [summary = '', ...mistake] = told.stderr.slice(-3)
  t.regex(summary, /^default: 1 document written, 3 rejected, 17B, in [\d.]+m?s; done up to line 4$/)
  t.deepEqual(mistake, [
    'docs, line 5: it ends too early',
    '--skip-malformed leaves out such lines, and --rejects FILE keeps them',
  ])
  const kept = await imported('docs', '--id-field', 'id', '--skip-malformed', '--rejects', 'rejects')
  t.is(kept.status, 3)
  t.regex(kept.stderr[0] ?? '', /^default: 1 document written, 4 rejected, /)
  t.deepEqual(kept.stderr.slice(1), [
    'default: incomplete: 4 lines rejected',
    `repair them in ${join(cwd, 'rejects')}, and import that file; with --allow-partial this is not a failure`,
  ])
  const text = readFileSync(join(cwd, 'rejects'), 'utf8')
  const lines = text.split('\n').slice(0, -1).toSorted()
  t.regex(
    lines[0] ?? '',
    new RegExp(
      `^\\{"line":2,"error":\\{"type":".*"status":400,"_index":"${index}","_id":"b","_source":\\{"n":"x", "id":"b"\\}\\}$`,
    ),
  )
  t.deepEqual(lines.slice(1), [
    `{"line":3,"error":{"type":"unfit_line","reason":"it has no id that is one string or number"},"_index":"${index}","_source":{"n":3}}`,
    `{"line":4,"error":{"type":"unfit_line","reason":"it is a hit, and the lines before are documents alone; --lines hits says that hits are meant"},"_index":"${index}","_id":"4","_source":{"n":4}}`,
    `{"line":5,"error":{"type":"malformed_line","reason":"it ends too early"},"_index":"${index}","text":"{\\"n\\":5,\\"id\\":\\"e\\""}`,
  ])
  write('repaired', text.replace('"n":"x"', '"n":-2').replace(String.raw`\"e\""`, String.raw`\"e\"}"`))
  t.deepEqual((await imported('repaired')).status, 0)
  const hits = await hitsOf(url, index, cwd)
  t.deepEqual(hits.map(hit => /"_source":(.*)\}$/.exec(hit)?.[1]).toSorted(), [
    '{"n":-2, "id":"b"}',
    '{"n":1, "id":1.0}',
    '{"n":3}',
    '{"n":4}',
    '{"n":5,"id":"e"}',
  ])
  t.true(
    hits.some(hit => hit.includes('"_id":"1.0"')),
    'a number is an id in its own digits',
  )
  const exists = await imported('docs', '--id-field', 'id', '--op', 'create', '--skip-malformed')
  t.regex(exists.stderr.join('\n'), /line 1 was rejected: version_conflict_engine_exception/)
  const partial = await imported('docs', '--id-field', 'id', '--skip-malformed', '--allow-partial')
  t.is(partial.status, 0)
  await request(url, `PUT /${other}/_doc/1`, '{}')
  write('several', `{"_index":"a","_id":"1","_source":{"a":1}}`, `{"_index":"b","_id":"1","_source":{"b":1}}`)
  const refused = await esconn(['import', other, 'several'], { cwd })
  t.is(refused.status, 2)
  t.regex(refused.stderr.slice(-2).join('\n'), /line 2 is a hit of b, those before are of a\n--merge writes/)
  const merged = await esconn(['import', other, 'several', '--merge'], { cwd })
  t.is(merged.status, 0)
  t.is(
    merged.stderr[0],
    'default: hits of several indices are written to one: of equal ids the last one stays',
  )
  t.deepEqual(await hitsOf(url, other, cwd), ['{"_id":"1","_score":null,"_source":{"b":1}}'])
  for (const name of [index, other]) await request(url, `DELETE /${name}`)
})

eachServer('of many versions of a document the last one stays', async (t, { url }) => {
  const index = uniqueName('versions')
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const lines = Array.from({ length: 3000 }, (_, n) => `{"user":{"id":${n % 30}},"n":${n},"r":"${n % 2}"}\n`)
  const flags = ['--id-field', 'user.id', '--routing-field', 'user.id', '--batch', '2kB', '--parallel', '8']
  const { status, stderr } = await esconn(['import', index, ...flags], { cwd, stdin: lines.join('') })
  t.deepEqual([status, stderr.length], [0, 2])
  t.is(stderr[0], `default: there is no index ${index} yet`)
  const hits = await hitsOf(url, index, cwd)
  const found = hits.map(hit => [/"_routing":"(\d+)"/.exec(hit)?.[1], /"n":(\d+)/.exec(hit)?.[1]].map(Number))
  const expected = Array.from({ length: 30 }, (_, id) => [id, 2970 + id])
  t.deepEqual(
    found.toSorted(([a = 0], [b = 0]) => a - b),
    expected,
  )
  await request(url, `DELETE /${index}`)
})

const refuses = test.macro(
  async (t: ExecutionContext, argv: string[], status: number, ...stderr: string[]) => {
    const { url, requests } = await raw(t, reply({ indices: [], aliases: [{ indices: ['a', 'b'] }] }))
    const indices = { view: { index: 'i', query: { match_all: {} } }, logs: 'logs-*' }
    const alias = { node: url, indices }
    const cwd = configured(t, { aliases: { default: alias, fixed: { ...alias, readonly: true } } })
    t.deepEqual(await esconn(['import', ...argv], { cwd }), { status, stdout: '', stderr })
    t.false(requests.some(({ path }) => path.includes('_bulk')))
  },
)

const ONE = 'name the index to write to'

test(
  'a view',
  refuses,
  ['view', 'file'],
  2,
  'default: view is a view: documents cannot be written to it',
  ONE,
)
test('a pattern', refuses, ['logs', 'file'], 2, 'default: logs is not the name of one index', ONE)
test('several', refuses, ['a,b', 'file'], 2, 'default: a,b is not the name of one index', ONE)
test(
  'an alias of several indices',
  refuses,
  ['x', 'file'],
  2,
  'default: x is an alias of several indices: a, b',
  ONE,
)
test(
  'a readonly alias',
  refuses,
  ['-a', 'fixed', 'x', 'file'],
  4,
  'fixed: POST /x/_bulk is refused: the alias is readonly, and this is not on the list of read-only requests',
  "use another alias, or remove `readonly` from the alias's configuration",
)
test(
  'no request at a time',
  refuses,
  ['x', 'file', '--parallel', '0'],
  2,
  '--parallel 0: must be 1 or greater',
)

const ends = test.macro(async (t: ExecutionContext, argv: string[], status: number, ...stderr: string[]) => {
  const { url } = await raw(t, reply({ indices: [{}] }))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  writeFileSync(join(cwd, 'pretty'), '{\n"a":1}')
  writeFileSync(join(cwd, 'bulk'), '{ "index" : {"_id": 1} }\n{"a":1}\n')
  writeFileSync(join(cwd, 'long'), `{"a":"${'b'.repeat(99)}"}`)
  writeFileSync(join(cwd, 'zst'), Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]))
  writeFileSync(join(cwd, 'cut.gz'), gzipSync('{"a":1}\n{"b":2}').subarray(0, 12))
  const result = await esconn(['import', 'x', ...argv], { cwd })
  t.deepEqual({ ...result, stderr: result.stderr.slice(-stderr.length) }, { status, stdout: '', stderr })
})

test('a file that is not there', ends, ['none'], 66, 'none cannot be read (no such file)')
test('a directory', ends, ['.'], 66, '. is a directory')
test(
  'JSON with line breaks',
  ends,
  ['pretty'],
  66,
  'pretty, line 1: it ends too early',
  'each line must be one JSON object: jq -c . makes lines of JSON that has line breaks, jq -c .[] of an array',
)
test(
  'a long line',
  ends,
  ['long', '--max-hit', '100'],
  66,
  'long, line 1: it is longer than 100B',
  'more is allowed with --max-hit; --skip-malformed leaves out such lines',
)
test('zstd', ends, ['zst'], 66, 'zst is compressed by zstd', 'zstd -dc FILE | esconn import NAME reads it')
test('gzip that is cut', ends, ['cut.gz'], 66, 'cut.gz cannot be read (its gzip data ends too early)')
test(
  'the body of a request to _bulk',
  ends,
  ['bulk'],
  66,
  'line 1 is that of a request to _bulk, not a document',
  'esconn request POST /NAME/_bulk --body @FILE sends such a file',
)
