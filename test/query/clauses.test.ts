import test from 'ava'
import fc from 'fast-check'
import { UsageError } from '../../src/errors.ts'
import { type ClauseKind, fieldClause, luceneClause } from '../../src/query/clauses.ts'

const compiles = test.macro((t, kind: ClauseKind, typed: string, query: string) => {
  t.is(fieldClause(kind, typed), query)
})

test('a term', compiles, 'term', 'text=words', '{"term":{"text":"words"}}')
test('a match', compiles, 'match', 'title=quick fox', '{"match":{"title":"quick fox"}}')
test(
  'a value is a string as typed',
  compiles,
  'term',
  'id=9007199254740993',
  '{"term":{"id":"9007199254740993"}}',
)
test('a value may contain an equals sign', compiles, 'term', 'url=a?b=c', '{"term":{"url":"a?b=c"}}')
test('a value may be empty', compiles, 'term', 'text=', '{"term":{"text":""}}')
test('quotes are escaped', compiles, 'term', 'a"b=c\\d', '{"term":{"a\\"b":"c\\\\d"}}')
test(
  'JSON is sent unchanged',
  compiles,
  'term',
  'id:=18446744073709551615',
  '{"term":{"id":18446744073709551615}}',
)
test(
  'JSON may be an object',
  compiles,
  'match',
  'a:={"query":"x","operator":"and"}',
  '{"match":{"a":{"query":"x","operator":"and"}}}',
)

const refused = test.macro((t, typed: string, message: string) => {
  t.is(t.throws(() => fieldClause('term', typed), { instanceOf: UsageError }).message, message)
})

test('no equals sign', refused, 'text', 'expected field=value')
test('no field', refused, '=words', 'expected field=value')
test('no field before JSON', refused, ':=1', 'expected field=value')
test('not JSON', refused, 'a:=words', 'not valid JSON after :=')

test('any field and value give JSON that contains them', t => {
  const field = fc.string({ unit: 'grapheme', minLength: 1 }).filter(name => !/[=]|:$/.test(name))
  fc.assert(
    fc.property(field, fc.string({ unit: 'grapheme' }), (name, value) => {
      t.deepEqual(JSON.parse(fieldClause('term', `${name}=${value}`)), { term: { [name]: value } })
    }),
  )
})

test('a query in Lucene syntax is sent as a string', t => {
  t.is(luceneClause('a:"b c"'), '{"query_string":{"query":"a:\\"b c\\""}}')
})
