import test from 'ava'
import { UsageError } from '../../src/errors.ts'
import { lookup, pathSegment } from '../../src/query/names.ts'

const indices = new Map([
  ['entry', { index: 'blog-entries' }],
  ['access', { index: 'logs-access-*' }],
  ['errors', { index: 'logs-*', query: '{"term":{"level":"error"}}' }],
])

const stands = test.macro((t, names: string, index: string, query?: string) => {
  t.deepEqual(lookup(names, indices), { index, query })
})

test('a name stands for its index', stands, 'entry', 'blog-entries')
test('any other name is an index expression', stands, 'blog-*', 'blog-*')
test('names may be listed', stands, 'entry,access,other', 'blog-entries,logs-access-*,other')
test('a view brings its query', stands, 'errors', 'logs-*', '{"term":{"level":"error"}}')
test(
  'the comma of date math separates nothing',
  stands,
  '<logs-{now/d{yyyy,MM}}>,entry',
  '<logs-{now/d{yyyy,MM}}>,blog-entries',
)

test('a view stands alone', t => {
  const error = t.throws(() => lookup('entry,errors', indices), { instanceOf: UsageError })
  t.is(error.message, 'errors is a view: it can only be searched alone')
})

test('a bracket that is no date math hides no view', t => {
  for (const names of ['errors,x>', '<errors,x', 'a<b'])
    t.throws(() => lookup(names, indices), { instanceOf: UsageError })
})

const encodes = test.macro((t, expression: string, segment: string) => t.is(pathSegment(expression), segment))

test('commas, stars and dashes are kept', encodes, 'logs-*,-logs-old', 'logs-*,-logs-old')
test('everything', encodes, '_all', '_all')
test('date math is encoded', encodes, '<logs-{now/d}>', '%3Clogs-%7Bnow%2Fd%7D%3E')
test('a remote cluster', encodes, 'eu:logs', 'eu%3Alogs')
test('what looks encoded is not decoded', encodes, 'a%2f..', 'a%252f..')
test('a question mark begins no query', encodes, 'a?pretty', 'a%3Fpretty')

const refused = test.macro((t, expression: string) => {
  t.throws(() => pathSegment(expression), { instanceOf: UsageError, message: / is no name of an index$/ })
})

for (const expression of [
  '',
  '.',
  '..',
  '_search',
  '_cat/indices',
  'a/b',
  'a,,b',
  'a,',
  '-_x',
  '<a>/b',
  'a/<b>',
  '<a>/_search/<b>',
]) {
  test(`${JSON.stringify(expression)} is refused`, refused, expression)
}
