import test from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { raw, reply } from '../../support/raw.ts'

const eachServer = onServers(test)

const HEADER = 'field\ttype\tsearchable\taggregatable\tindices'

const ONE = {
  author: { properties: { name: { type: 'text', fields: { raw: { type: 'keyword' } } } } },
  comments: { type: 'nested', properties: { likes: { type: 'long' } } },
  constructor: { type: 'keyword', doc_values: false },
  when: { type: 'date' },
}
const OTHER = { when: { type: 'text' }, constructor: { type: 'keyword' } }

eachServer('fields of indices, and where they disagree', async (t, { url }) => {
  const stem = uniqueName('fields')
  const [one, other] = [`${stem}-one`, `${stem}-other`]
  await request(url, `PUT /${one}`, { mappings: { properties: ONE } })
  await request(url, `PUT /${other}`, { mappings: { properties: OTHER } })
  const indices = { entry: one, both: `${stem}-*`, view: { index: one, query: { match_all: {} } } }
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  const when = ['when\tdate\ttrue\ttrue\t']
  const rows: [string[], string[], string?][] = [
    [
      ['entry'],
      [
        'author.name\ttext\ttrue\tfalse\t',
        'author.name.raw\tkeyword\ttrue\ttrue\t',
        'comments\tnested\tfalse\tfalse\t',
        'comments.likes\tlong\ttrue\ttrue\t',
        'constructor\tkeyword\ttrue\tfalse\t',
        ...when,
      ],
    ],
    [
      ['both', 'when,const*'],
      [
        `constructor\tkeyword\ttrue\tfalse\tnot aggregatable: ${one}`,
        `when\tdate\ttrue\ttrue\t${one}`,
        `when\ttext\ttrue\tfalse\t${other}`,
      ],
    ],
    [['view', 'w*'], when],
    [['entry', '_source'], ['_source\t_source\tfalse\tfalse\t']],
    [
      ['entry', 'author,author.name'],
      ['author\tobject\tfalse\tfalse\t', 'author.name\ttext\ttrue\tfalse\t'],
    ],
    [['entry', 'whne'], [], 'no field `whne` in entry; did you mean `when`?'],
    [['entry', 'x'], [], 'no field `x` in entry'],
    [['entry', 'author'], [], "`author` is an object: 'author.*' lists its fields"],
    [['entry', 'x*'], [], 'no field of entry matches x*'],
    [[`${stem}-x*`], [], `${stem}-x* matches no index`],
  ]
  for (const [argv, expected, said] of rows) {
    const { status, stdout, stderr } = await esconn(['fields', ...argv], { cwd })
    t.deepEqual([status, stdout.split('\n')], [0, [HEADER, ...expected, '']], argv.join(' '))
    t.deepEqual(stderr, said ? [`default: ${said}`] : [])
  }
  const shown = await esconn(['fields', 'entry', 'when', '--color', 'never'], { cwd, columns: 80 })
  t.is(shown.stdout, 'field  type  searchable  aggregatable  indices\nwhen   date  true        true\n')
  const json = await esconn(['fields', 'entry', 'when', '--format', 'json'], { cwd })
  t.is(json.stdout, (await request(url, `GET /${one}/_field_caps?fields=when`)).text)
  const absent = await esconn(['fields', 'entyr'], { cwd })
  t.deepEqual([absent.status, absent.stdout, absent.stderr[1]], [22, '', 'did you mean `entry`?'])
})

eachServer('an index without fields', async (t, { url }) => {
  const index = uniqueName('empty')
  await request(url, `PUT /${index}`)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stdout, stderr } = await esconn(['fields', index, '--no-header'], { cwd })
  t.deepEqual([status, stdout, stderr], [0, '', [`default: ${index} has no fields`]])
})

const answers = test.macro(async (t, body: object, [status, stdout, said]: [number, string, string]) => {
  const { url } = await raw(t, reply(body))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const outcome = await esconn(['fields', 'a', '--no-header'], { cwd })
  t.deepEqual(
    [outcome.status, outcome.stdout, outcome.stderr[0]?.replace(url, 'NODE')],
    [status, stdout, said],
  )
})
const fields = { 'x\u001b': { long: { searchable: true, aggregatable: false } } }
test('indices that did not answer: 3', answers, { indices: ['a'], fields, failed_indices: 2 }, [
  3,
  'x\\u001b\tlong\ttrue\tfalse\t\n',
  'default: incomplete: indices that did not answer: 2',
])
test('no fields: 8', answers, { indices: ['a'] }, [8, '', 'default: NODE: the reply has no fields'])
