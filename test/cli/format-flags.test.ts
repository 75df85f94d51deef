import test from 'ava'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'

const refuses = test.macro(async (t, argv: string[], message: string) => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  const { status, stderr } = await esconn(['search', 'a', ...argv], { cwd })
  t.deepEqual([status, stderr[0]], [2, message])
})

test(
  '--fields, documents',
  refuses,
  ['--format', 'source', '--fields', 'a'],
  '--fields has no meaning with --format source',
)
test(
  '--fields, ids',
  refuses,
  ['--format', 'ids', '--fields', 'a'],
  '--fields has no meaning with --format ids',
)
test('--fields, a blank one', refuses, ['--fields', 'a,,b'], '--fields a,,b: the name of a field is blank')
test(
  '--source, columns',
  refuses,
  ['--format', 'csv', '--source', 'a'],
  '--source is for whole documents, and would change the digits of single values',
)
test(
  '--source, one text',
  refuses,
  ['--raw-field', 'a', '--source', 'a'],
  '--source is for whole documents, and would change the digits of single values',
)
test('--raw-field, a blank one', refuses, ['--raw-field', ''], '--raw-field: the name of a field is blank')
test(
  '--raw-field, a format',
  refuses,
  ['--raw-field', 'a', '--format', 'csv'],
  '--raw-field and --format cannot be used together',
)
test(
  '--raw-field, columns',
  refuses,
  ['--raw-field', 'a', '--fields', 'b'],
  '--raw-field and --fields cannot be used together',
)
test(
  '--fields, a pattern of columns',
  refuses,
  ['--format', 'csv', '--fields', 'a*'],
  '--fields names the columns one by one, without *',
)
test('--source, a blank one', refuses, ['--source', ''], '--source : the name of a field is blank')
test('--no-header, JSON', refuses, ['--no-header'], '--no-header is for --format csv, tsv and table')
test(
  '--csv-safe, a table',
  refuses,
  ['--csv-safe', '--format', 'table'],
  '--csv-safe is for --format csv and tsv',
)

const sends = test.macro(async (t, argv: string[], body: string) => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  const { status, stdout } = await esconn(['search', 'a', ...argv, '--show-query'], { cwd })
  t.deepEqual([status, stdout], [0, `${body}\n`])
})

test(
  'columns: the whole document, and what is only in the mapping',
  sends,
  ['--format', 'csv', '--fields', '_id,a,b.raw'],
  '{"fields":["a","b.raw"]}',
)
test('columns of the hit alone', sends, ['--format', 'csv', '--fields', '_id,_score'], '{}')
test('fields of hits', sends, ['--fields', 'a,b'], '{"_source":false,"fields":["a","b"]}')
test(
  'fields of hits, and the documents',
  sends,
  ['--fields', 'a', '--source', 'b'],
  '{"_source":["b"],"fields":["a"]}',
)
test(
  'fields of hits, and what the body says of documents',
  sends,
  ['--fields', 'a', '--body', '{"_source":true}'],
  '{"_source":true,"fields":["a"]}',
)
test(
  'fields twice, with blanks',
  sends,
  ['--fields', 'a, b', '--fields', 'c'],
  '{"_source":false,"fields":["a","b","c"]}',
)
test('one text', sends, ['--raw-field', 'a'], '{"fields":["a"]}')
const AGGS = '"aggs":{"a":{"max":{"field":"b"}}}'
test('aggregations: no hits', sends, ['--format', 'aggs', '--body', `{${AGGS}}`], `{${AGGS},"size":0}`)
test(
  'aggregations: hits, if wanted',
  sends,
  ['--format', 'aggs', '-n', '1', '--body', `{${AGGS}}`],
  `{${AGGS},"size":1}`,
)
test('aggregations: none', refuses, ['--format', 'aggs'], '--format aggs: the body has no aggregations')
