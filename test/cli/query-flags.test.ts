import test from 'ava'
import { load, request } from '../cluster/request.ts'
import { onServers, uniqueName } from '../cluster/servers.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'

const eachServer = onServers(test)

/** Seconds since the epoch of an hour ago, for a document that relative times find. */
const RECENT = Math.floor(Date.now() / 1000) - 3600

const DOCUMENTS = [
  '{"id":0,"level":"error","text":"the quick brown fox","n":9007199254740993,"@timestamp":"2026-03-28T23:30:00Z"}',
  '{"id":1,"level":"warn","text":"a brown quick dog","n":10,"@timestamp":"2026-03-29T10:00:00.123456789Z"}',
  '{"id":2,"level":"error|warn","text":"slow","n":20.5,"@timestamp":"2026-03-30T00:00:00Z"}',
  `{"id":3,"level":"debug","text":"quick","n":-1,"extra":true,"@timestamp":${RECENT}}`,
]

const MAPPINGS = {
  properties: {
    level: { type: 'keyword' },
    text: { type: 'text' },
    n: { type: 'double' },
    id: { type: 'long' },
    '@timestamp': { type: 'date_nanos', format: 'strict_date_optional_time||epoch_second' },
  },
}

/** Which documents each question finds. */
const ROWS: [argv: string[], ids: number[]][] = [
  [['--term', 'level=error'], [0]],
  [['--term', 'level=error|warn'], [2]],
  [['--term', 'id:=1'], [1]],
  [
    ['--terms', 'level=error,warn'],
    [0, 1],
  ],
  [
    ['--match', 'text=quick dog'],
    [0, 1, 3],
  ],
  [['--phrase', 'text=quick brown'], [0]],
  [
    ['--prefix', 'level=err'],
    [0, 2],
  ],
  [
    ['--wildcard', 'level=*a?n'],
    [1, 2],
  ],
  [
    ['--regexp', 'level=(warn|debug)'],
    [1, 3],
  ],
  [
    ['--range', 'n>=10'],
    [0, 1, 2],
  ],
  [
    ['--range', 'n>10'],
    [0, 2],
  ],
  [
    ['--range', 'n=-1..10'],
    [1, 3],
  ],
  [
    ['--range', 'n=..10'],
    [1, 3],
  ],
  [['--range', 'n:={"lt":0}'], [3]],
  [['--exists', 'extra'], [3]],
  [
    ['--ids', '0,2'],
    [0, 2],
  ],
  [['--ids', '0', '--term', 'level=error', '--ids', '2'], [0]],
  [['--ids', ':=["1"]'], [1]],
  [['--not', '--ids', '0,1', '--not', '--ids', '2'], [3]],
  [['--range', 'n > 15.5', '--range', 'n < 21'], [2]],
  [
    ['-q', 'level:warn OR n:20.5'],
    [1, 2],
  ],
  [
    ['--not', '--exists', 'extra'],
    [0, 1, 2],
  ],
  [
    ['--match', 'text=quick', '--not', '--term', 'level=debug'],
    [0, 1],
  ],
  [
    ['--any', '--term', 'level=warn', '--term', 'level=debug'],
    [1, 3],
  ],
  [['--any', '--term', 'level=warn', '--term', 'level=debug', '--not', '--exists', 'extra'], [1]],
  [['--since', '2026-03-29', '--utc', '--until', '2026-03-29'], [1]],
  [
    ['--since', '2026-03-29', '--until', '2026-03-30', '--utc'],
    [1, 2],
  ],
  [['--until', '2026-03-29T10:00:00.123456788Z'], [0]],
  [
    ['--until', '2026-03-29T10:00:00.123456789Z'],
    [0, 1],
  ],
  [['--since', '2h'], [3]],
  [['--since', 'now-2h', '--until', 'now-30m'], [3]],
  [['--since', String(RECENT)], [3]],
  [['--since', '2h', '--any', '--term', 'level=warn', '--term', 'level=debug'], [3]],
  [
    ['--body', '{"query":{"match":{"text":"quick"}}}', '--not', '--term', 'level=debug'],
    [0, 1],
  ],
]

eachServer('each flag finds what it says, alone and with others', async (t, { url }) => {
  const index = uniqueName('questions')
  await request(url, `PUT /${index}`, { mappings: MAPPINGS })
  for (const [id, document] of DOCUMENTS.entries()) await request(url, `PUT /${index}/_doc/${id}`, document)
  await request(url, `POST /${index}/_refresh`)
  const indices = { ask: index, shouted: { index, query: { term: { level: 'error' } } } }
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  const idsOf = async (...argv: string[]) => {
    const { status, stdout, stderr } = await esconn(['search', ...argv, '--sort', 'id'], { cwd })
    t.deepEqual([status, stderr], [0, []], argv.join(' '))
    return [...stdout.matchAll(/"_id":"(\d)"/g)].map(([, id]) => Number(id))
  }
  for (const [argv, ids] of ROWS) t.deepEqual(await idsOf('ask', ...argv), ids, argv.join(' '))
  t.deepEqual(await idsOf('shouted', '--any', '--term', 'level=warn', '--match', 'text=fox'), [0])
  t.deepEqual(await idsOf('shouted', '--not', '--match', 'text=fox'), [])
})

eachServer('the time field: the configured one, the only date, or asked for', async (t, { url }) => {
  const [one, two] = [uniqueName('one'), uniqueName('two')]
  await load(url, one, ['{"published":"2026-01-01"}', '{"published":"2026-02-01"}'])
  await load(url, two, ['{"created":"2026-01-01","changed":"2026-02-01"}'])
  const indices = { one, two, changes: { index: two, timeField: 'changed' } }
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  const ask = (...argv: string[]) => esconn(['search', ...argv, '--since', '2026-01-15'], { cwd })
  const guessed = await ask('one')
  t.deepEqual(
    [guessed.stdout.split('\n').length, guessed.stderr],
    [2, ['default: the times are those of published']],
  )
  t.is((await ask('changes')).stdout.split('\n').length, 2)
  t.is((await ask('two', '--time-field', 'created')).stdout, '')
  t.deepEqual(await ask('two'), {
    status: 2,
    stdout: '',
    stderr: [
      'two has no @timestamp but several dates: changed, created',
      'name one with --time-field, or as `timeField` in `indices` of the alias',
    ],
  })
})

const shows = test.macro(async (t, argv: string[], body: string, stderr: string[] = []) => {
  const indices = { errors: { index: 'logs-*', query: { term: { level: 'error' } } } }
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9', indices } } })
  t.deepEqual(await esconn(['search', ...argv, '--show-query'], { cwd }), {
    status: 0,
    stdout: `${body}\n`,
    stderr,
  })
})

test(
  '--show-query sends nothing',
  shows,
  ['a', '--term', 'text=words'],
  '{"query":{"term":{"text":"words"}}}',
)
test('--show-query without a question', shows, ['a'], '{}')
test(
  '--show-query with a view',
  shows,
  ['errors', '--since', '2026-11-27', '--utc'],
  '{"query":{"bool":{"filter":[{"range":{"@timestamp":{"gte":"2026-11-27T00:00:00.000Z","format":"strict_date_optional_time"}}},{"term":{"level":"error"}}]}}}',
  ['default: the times are those of @timestamp, or of the one date field of an index that lacks it'],
)

test('mistakes name the flag', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  const rows: [string[], string][] = [
    [['--not'], '--not: the flag that must not match is missing after it'],
    [['--not', '--since', '1h'], '--not: the flag that must not match is missing after it'],
    [['--not', '--not', '--exists', 'a'], '--not is given twice before one flag'],
    [['--since', 'soon', '--time-field', 't'], '--since soon: not a time'],
    [['--until', '2026-02-30', '--time-field', 't'], '--until 2026-02-30: there is no such day'],
    [['--range', 'n=1'], '--range n=1: expected field>=value or field=from..to'],
    [['--terms', 'level'], '--terms level: expected field=value'],
    [['--exists', ''], '--exists : the name of a field is blank'],
    [['--since', '1h', '--since', '2h'], '--since is given twice'],
    [['--search-after', '3'], '--search-after 3: expected a JSON array, as in the `sort` of a hit'],
    [['--since', '1d', '--until', '2d', '--time-field', 't'], '--since 1d is later than --until 2d'],
    [['--ids', ':=[1]'], '--ids :=[1]: expected a JSON array of strings after :='],
    [['--sort', 'n:up'], '--sort n:up: expected field, field:asc, field:desc or -field'],
  ]
  for (const [argv, message] of rows) {
    const { status, stderr } = await esconn(['search', 'a', ...argv], { cwd })
    t.deepEqual([status, stderr[0]], [2, message])
  }
})
