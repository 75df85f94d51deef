import test from 'ava'
import fc from 'fast-check'
import { UsageError } from '../../src/errors.ts'
import { type ClauseKind, clause, lucene } from '../../src/query/clauses.ts'

const compiles = test.macro((t, kind: ClauseKind, typed: string, query: string) => {
  t.is(clause(kind, typed), query)
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
test('a value may hold an equals sign', compiles, 'term', 'url=a?b=c', '{"term":{"url":"a?b=c"}}')
test('a value may be empty', compiles, 'term', 'text=', '{"term":{"text":""}}')
test('quotes are escaped', compiles, 'term', 'a"b=c\\d', '{"term":{"a\\"b":"c\\\\d"}}')
test(
  'JSON goes out as it stands',
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
  t.is(t.throws(() => clause('term', typed), { instanceOf: UsageError }).message, message)
})

test('no equals sign', refused, 'text', '--term text: expected field=value')
test('no field', refused, '=words', '--term =words: expected field=value')
test('no field before JSON', refused, ':=1', '--term :=1: expected field=value')
test('no JSON', refused, 'a:=words', '--term: what follows := is no JSON')

test('any field and value give JSON that holds them', t => {
  const field = fc.string({ unit: 'grapheme', minLength: 1 }).filter(name => !/[=]|:$/.test(name))
  fc.assert(
    fc.property(field, fc.string({ unit: 'grapheme' }), (name, value) => {
      t.deepEqual(JSON.parse(clause('term', `${name}=${value}`)), { term: { [name]: value } })
    }),
  )
})

test('Lucene syntax goes out as a string', t => {
  t.is(lucene('a:"b c"'), '{"query_string":{"query":"a:\\"b c\\""}}')
})
