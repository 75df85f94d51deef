import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { load, request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { answer, JSON_TYPE, raw, reply } from '../../support/raw.ts'

const eachServer = onServers(test)

/** What other tools change: the server does not parse `any`. */
const DOCUMENTS = [
  '{"s":"a,b \\"quoted\\"","any":{"n":18446744073709551615,"f":1.0,"huge":1e400}}',
  '{"s":"two\\nlines\\r\\nand\\ta tab\\\\","any":{"n":-0,"f":1.5E+3}}',
  '{"s":"\\ud83d\\ude00 漢字","any":{"n":null,"list":[ 1.0,{"a":"x"}],"deep":{"er":"d"}}}',
  '{"s":"","any":{"n":"null","list":[],"deep":{},"dotted.key":true}}',
  '{"s":"=1+2"}',
]
const FIELDS = [
  '_id',
  's',
  's.lower',
  'any.n',
  'any.f',
  'any.huge',
  'any.list',
  'any.deep.er',
  'any.dotted.key',
]
const ROWS = [
  ['0', 'a,b "quoted"', 'a,b "quoted"', '18446744073709551615', '1.0', '1e400', '', '', ''],
  ['1', 'two\nlines\r\nand\ta tab\\', 'two\nlines\r\nand\ta tab\\', '-0', '1.5E+3', '', '', '', ''],
  ['2', '😀 漢字', '😀 漢字', 'null', '', '', '[ 1.0,{"a":"x"}]', 'd', ''],
  ['3', '', '', 'null', '', '', '[]', '', 'true'],
  ['4', '=1+2', '=1+2', '', '', '', '', '', ''],
]

/** An index with the documents, and the command line with the server as its alias. */
async function asking(t: ExecutionContext, url: string) {
  const index = uniqueName('rows')
  const s = { type: 'keyword', fields: { lower: { type: 'keyword' } } }
  const properties = { s, any: { type: 'object', enabled: false } }
  await request(url, `PUT /${index}`, { settings: { number_of_shards: 1 }, mappings: { properties } })
  await load(url, index, DOCUMENTS)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  return (...argv: string[]) => esconn(['search', index, '--sort', '_doc', ...argv], { cwd })
}

/** Runs a program on a text, and returns what it prints as JSON. */
function read(t: ExecutionContext, program: string, args: string[], input: string): unknown {
  const { status, stdout, stderr } = spawnSync(program, args, { input, maxBuffer: 2 ** 26 })
  t.is(status, 0, stderr?.toString())
  return JSON.parse(stdout.toString())
}

const PYTHON = (options: string) =>
  `import csv, io, json, sys; csv.field_size_limit(2**30)
print(json.dumps(list(csv.reader(io.TextIOWrapper(sys.stdin.buffer, 'utf-8', newline='')${options}))))`

const unescaped = (cell: string) =>
  cell.replace(/\\([tnr\\])/g, (_, letter: string) => ({ t: '\t', n: '\n', r: '\r' })[letter] ?? '\\')

eachServer('csv and tsv: the values of the documents, as other programs read them', async (t, { url }) => {
  const ask = await asking(t, url)
  const csv = await ask('--format', 'csv', '--fields', FIELDS.join())
  t.deepEqual([csv.status, csv.stderr], [0, []])
  t.deepEqual(read(t, 'python3', ['-c', PYTHON('')], csv.stdout), [FIELDS, ...ROWS])
  const tsv = await ask('--format', 'tsv', '--no-header', '--fields', FIELDS.join())
  const lines = tsv.stdout.split('\n').slice(0, -1)
  t.deepEqual(
    lines.map(line => line.split('\t').map(unescaped)),
    ROWS,
  )
  t.is(
    (await ask('--format', 'csv', '--fields', 's', '--csv-safe', '--term', 's==1+2')).stdout,
    "s\r\n'=1+2\r\n",
  )
})

const hasSqlite = spawnSync('sqlite3', ['--version']).status === 0
const withSqlite = hasSqlite
  ? eachServer
  : (title: string) => test.skip(`${title} (sqlite3 is not here)`, () => {})
withSqlite('csv: the values of the documents, as SQLite imports them', async (t, { url }) => {
  const ask = await asking(t, url)
  const file = join(configured(t, ''), 'rows.csv')
  writeFileSync(file, (await ask('--format', 'csv', '--fields', FIELDS.join())).stdout)
  const rows = read(
    t,
    'sqlite3',
    [':memory:', '.mode csv', `.import ${file} rows`, '.mode json', 'select * from rows'],
    '',
  )
  t.deepEqual(
    (rows as object[]).map(row => Object.values(row)),
    ROWS,
  )
})

eachServer('without --fields the columns are those of the documents, in their order', async (t, { url }) => {
  const ask = await asking(t, url)
  const { status, stdout } = await ask('--format', 'tsv', '--ids', '0,2,3')
  t.deepEqual(
    [status, stdout.split('\n')[0]],
    [0, 's\tany.n\tany.f\tany.huge\tany.list\tany.deep.er\tany.deep\tany.dotted.key'],
  )
  t.deepEqual(await ask('--format', 'csv', '--term', 's=absent'), { status: 0, stdout: '', stderr: [] })
})

eachServer('--raw-field: one text a line', async (t, { url }) => {
  const ask = await asking(t, url)
  const { stdout, stderr } = await ask('--raw-field', 'any.n')
  t.deepEqual([stdout, stderr], ['18446744073709551615\n-0\nnull\nnull\n\n', []])
  const texts = await ask('--raw-field', 's.lower')
  t.is(texts.stdout, 'a,b "quoted"\n"two\\nlines\\r\\nand\\ta tab\\\\"\n😀 漢字\n\n=1+2\n')
  t.deepEqual(texts.stderr, [
    'default: 1 text with control characters, printed as JSON so that each is one line',
  ])
})

eachServer('a table is as wide as its terminal, and whole in a pipe', async (t, { url }) => {
  const ask = await asking(t, url)
  const { stdout } = await ask('--format', 'table', '--fields', '_id,s,any.n', '--ids', '0,2')
  t.is(stdout, '_id  s             any.n\n  0  a,b "quoted"  18446744073709551615\n  2  😀 漢字       null\n')
})

/** A response with these documents. */
const found = (documents: readonly string[]) =>
  answer(documents.map((source, id) => `{"_index":"i","_id":"${id}","_score":1.0,"_source":${source}}`))

test('fields that appear after the first 10,000 hits are named: 3, but for a table', async t => {
  const documents = [...Array(10_000).fill('{"a":1}'), '{"a":2,"late":3,"l":{"ater":4}}']
  const { url } = await raw(t, found(documents))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const csv = await esconn(['search', 'i', '--format', 'csv', '--size', '20000'], { cwd })
  t.deepEqual(
    [csv.status, csv.stderr[0]],
    [
      3,
      'default: incomplete: no column for late, l.ater, which the first hits do not have: name the columns with --fields',
    ],
  )
  t.is(csv.stdout.split('\r\n').length, 10_003)
  const table = await esconn(['search', 'i', '--format', 'table', '--size', '20000'], { cwd })
  t.deepEqual(
    [table.status, table.stderr],
    [
      0,
      [
        'default: no column for late, l.ater, which the first hits do not have: name the columns with --fields',
      ],
    ],
  )
})

test('comments between the values of a document', async t => {
  const { url } = await raw(t, found(['{ // a "b\n"a":1/*,"c":3*/,"d": /* } */ {"e":[2]}}']))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  t.is((await esconn(['search', 'i', '--format', 'tsv'], { cwd })).stdout, 'a\td.e\n1\t[2]\n')
})

test('a hit whose only column is empty is a row all the same', async t => {
  const { url } = await raw(t, found(['{"a":"x"}', '{}', '{"a":""}']))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { stdout } = await esconn(['search', 'i', '--format', 'csv', '--fields', 'a'], { cwd })
  t.is(stdout, 'a\r\nx\r\n""\r\n""\r\n')
})

test('any document comes back from csv, with 1,000 columns too', async t => {
  const field = fc.stringMatching(/^[a-z]{1,8}$/)
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '=', ' '), maxLength: 5 }),
  )
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, `v${index}`]))
  const documents = [wide, ...fc.sample(fc.dictionary(field, value, { minKeys: 1 }), 300)]
  const { url } = await raw(t, found(documents.map(document => JSON.stringify(document))))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stdout } = await esconn(['search', 'i', '--format', 'csv'], { cwd })
  t.is(status, 0)
  const [names = [], ...rows] = read(t, 'python3', ['-c', PYTHON('')], stdout) as string[][]
  for (const [index, document] of documents.entries()) {
    const expected = names.map(name =>
      Object.hasOwn(document, name) ? (document as Record<string, string>)[name] : '',
    )
    t.deepEqual(rows[index], expected)
  }
})

test('columns that no hit has, and hits without anything for a column, are told', async t => {
  const { url } = await raw(t, found(['{"a":1}', '{"a":2}']))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const ask = (...argv: string[]) => esconn(['search', 'i', ...argv], { cwd })
  t.deepEqual((await ask('--format', 'csv', '--fields', 'a,titel')).stderr, ['default: no hit has `titel`'])
  t.deepEqual((await ask('--raw-field', 'titel')).stderr, ['default: no hit has `titel`'])
  const empty = await raw(t, found(['{}', '{}']))
  const none = await esconn(['search', 'i', '--format', 'csv'], {
    cwd: configured(t, { aliases: { default: { node: empty.url } } }),
  })
  t.deepEqual([none.status, none.stderr[0]], [3, 'default: incomplete: 2 hits without any field'])
})

test("the hit's own members as columns, and a header that a spreadsheet would run", async t => {
  const { url } = await raw(
    t,
    answer(['{"_id":"1","_source":{"=1+2":"x","b":1},"highlight":{"b":["<em>"]},"sort":[9007199254740993]}']),
  )
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const ask = async (...argv: string[]) => (await esconn(['search', 'i', ...argv], { cwd })).stdout
  t.is(
    await ask('--format', 'tsv', '--fields', '_id,sort,highlight.b'),
    '_id\tsort\thighlight.b\n1\t[9007199254740993]\t["<em>"]\n',
  )
  t.is(await ask('--format', 'csv', '--csv-safe'), "'=1+2,b\r\nx,1\r\n")
})

test('rows of hits that arrived before a fault are printed', async t => {
  const body = JSON.stringify({ timed_out: false, _shards: { total: 1, successful: 1, failed: 0 } }).slice(
    0,
    -1,
  )
  const { url } = await raw(
    t,
    reply(`${body},"hits":{"hits":[{"_source":{"a":1}},{"_source":{"a":2}},`, 200, JSON_TYPE),
  )
  const cwd = configured(t, { aliases: { default: { node: url, retries: 0 } } })
  for (const argv of [[], ['--fields', 'a']]) {
    const { status, stdout } = await esconn(['search', 'i', '--format', 'csv', ...argv], { cwd })
    t.deepEqual([status, stdout], [18, 'a\r\n1\r\n2\r\n'])
  }
})

test('rows of a reply that arrives in many pieces', async t => {
  const sent = Array.from({ length: 20_000 }, (_, n) => ({
    _source: { n, text: 'words '.repeat(n % 30), o: { p: -n } },
  }))
  const { url } = await raw(t, answer(sent.map(hit => JSON.stringify(hit))))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { stdout } = await esconn(['search', 'x', '--format', 'csv'], { cwd })
  const rows = sent.map(({ _source: { n, text, o } }) => [n, text || '""', o.p].join())
  t.deepEqual(stdout.split('\r\n'), ['n,text,o.p', ...rows, ''])
})

test('a value that is not JSON ends the rows before its own', async t => {
  const { url } = await raw(t, answer(['{"_source":{"a":"x","b":1}}', '{"_source":{"a":"\\q","b":2}}']))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stdout } = await esconn(['search', 'x', '--format', 'csv', '--fields', 'b,a'], { cwd })
  t.deepEqual([status, stdout], [70, 'b,a\r\n1,x\r\n'])
})
