import test from 'ava'
import { load } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { raw, reply } from '../../support/raw.ts'

const eachServer = onServers(test)

eachServer('how many documents match', async (t, { url }) => {
  const index = uniqueName('counted')
  await load(url, index, ['{"n":1}', '{"n":2}', '{"n":3}'])
  const indices = { entry: index, large: { index, query: { range: { n: { gte: 2 } } } } }
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  const rows: [string[], number, string][] = [
    [['entry'], 0, '3\n'],
    [['entry', '--range', 'n>=2'], 0, '2\n'],
    [['large'], 0, '2\n'],
    [['large', '--not', '--term', 'n=2'], 0, '1\n'],
    [['entry', '--body', '{"query":{"term":{"n":1}}}'], 0, '1\n'],
    [['entry', '--term', 'n=9', '-e'], 1, '0\n'],
  ]
  for (const [argv, status, stdout] of rows)
    t.deepEqual(await esconn(['count', ...argv], { cwd }), { status, stdout, stderr: [] }, argv.join(' '))
  const { status, stderr } = await esconn(['count', 'entyr'], { cwd })
  t.deepEqual([status, stderr[1]], [22, 'did you mean `entry`?'])
})

test('--show-query and --dry-run send nothing', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  const shown = await esconn(['count', 'a', '--term', 'b=c', '--show-query'], { cwd })
  t.is(shown.stdout, '{"query":{"term":{"b":"c"}}}\n')
  t.regex(
    (await esconn(['count', 'a', '--dry-run'], { cwd })).stdout,
    /^POST http:\/\/localhost:9\/a\/_count\n/,
  )
})

const answers = test.macro(
  async (t, body: string, [status, stdout, said]: [status: number, stdout: string, said: string]) => {
    const { url } = await raw(t, reply(body))
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const outcome = await esconn(['count', 'a'], { cwd })
    t.deepEqual(
      [outcome.status, outcome.stdout, outcome.stderr[0]?.replace(url, 'NODE')],
      [status, stdout, said],
    )
  },
)

const shards = (failed: number) =>
  `"_shards":{"total":2,"successful":${2 - failed},"skipped":0,"failed":${failed}}`
test('a shard that failed: 3', answers, `{"count":9007199254740993,${shards(1)}}`, [
  3,
  '9007199254740993\n',
  'default: incomplete: 1 of 2 shards did not answer',
])
test('no count: 8', answers, `{${shards(0)}}`, [8, '', 'default: the reply has no count'])
test('no _shards: 8', answers, '{"count":1}', [
  8,
  '',
  'default: the reply is not an Elasticsearch search response: its member _shards is missing or has the wrong type',
])
test('not JSON: 8', answers, '<html>', [8, '', 'default: NODE: the reply is not a JSON object'])
