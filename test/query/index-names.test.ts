import test from 'ava'
import { UsageError } from '../../src/errors.ts'
import { indexPath, resolveName } from '../../src/query/index-names.ts'

const indices = new Map([
  ['entry', { index: 'blog-entries' }],
  ['access', { index: 'logs-access-*' }],
  ['errors', { index: 'logs-*', query: '{"term":{"level":"error"}}' }],
])

const resolves = test.macro((t, names: string, index: string, query?: string) => {
  t.like(resolveName(names, indices), { index, query })
})

test('a name is replaced by its index', resolves, 'entry', 'blog-entries')
test('any other name is an index expression', resolves, 'blog-*', 'blog-*')
test('names may be listed', resolves, 'entry,access,other', 'blog-entries,logs-access-*,other')
test('a view adds its query', resolves, 'errors', 'logs-*', '{"term":{"level":"error"}}')
test(
  'a comma in date math does not separate names',
  resolves,
  '<logs-{now/d{yyyy,MM}}>,entry',
  '<logs-{now/d{yyyy,MM}}>,blog-entries',
)

test('a view cannot be combined with other names', t => {
  const error = t.throws(() => resolveName('entry,errors', indices), { instanceOf: UsageError })
  t.is(error.message, 'errors is a view: it cannot be combined with other names')
})

test('a bracket that is not date math hides no view', t => {
  for (const names of ['errors,x>', '<errors,x', 'a<b'])
    t.throws(() => resolveName(names, indices), { instanceOf: UsageError })
})

const encodes = test.macro((t, expression: string, segment: string) => t.is(indexPath(expression), segment))

test('commas, asterisks and dashes are kept', encodes, 'logs-*,-logs-old', 'logs-*,-logs-old')
test('all indices', encodes, '_all', '_all')
test('date math is encoded', encodes, '<logs-{now/d}>', '%3Clogs-%7Bnow%2Fd%7D%3E')
test('a remote cluster', encodes, 'eu:logs', 'eu%3Alogs')
test('text that looks encoded is not decoded', encodes, 'a%2f..', 'a%252f..')
test('a question mark does not begin a query', encodes, 'a?pretty', 'a%3Fpretty')

const refused = test.macro((t, expression: string) => {
  t.throws(() => indexPath(expression), {
    instanceOf: UsageError,
    message: / is (?:not an index name|blank)$/,
  })
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
  ' ',
  'a, ,b',
  '- ',
  '-_x',
  '<a>/b',
  'a/<b>',
  '<a>/_search/<b>',
]) {
  test(`${JSON.stringify(expression)} is refused`, refused, expression)
}
