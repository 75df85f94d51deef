import test from 'ava'
import fc from 'fast-check'
import { UsageError } from '../../src/errors.ts'
import {
  type Clause,
  existsClause,
  type FieldFlag,
  fieldClause,
  idsClause,
  luceneClause,
  rangeClause,
  sortClause,
  termsClause,
  timeClause,
} from '../../src/query/clauses.ts'

const compiles = test.macro((t, kind: FieldFlag, typed: string, query: string) => {
  t.is(fieldClause(kind, typed).json, query)
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
      t.deepEqual(JSON.parse(fieldClause('term', `${name}=${value}`).json), { term: { [name]: value } })
    }),
  )
})

test('a query in Lucene syntax is sent as a string', t => {
  t.is(luceneClause('a:"b c"').json, '{"query_string":{"query":"a:\\"b c\\""}}')
})

test('a phrase', compiles, 'phrase', 'title=quick fox', '{"match_phrase":{"title":"quick fox"}}')
for (const flag of ['prefix', 'wildcard', 'regexp'] as const)
  test(`--${flag}`, compiles, flag, 'slug=a*', `{"${flag}":{"slug":"a*"}}`)

type Make = (typed: string) => Clause | string

const makes = test.macro({
  exec(t, make: Make, typed: string, json: string) {
    const made = make(typed)
    t.is(typeof made === 'string' ? made : made.json, json)
  },
  title: (_, make: Make, typed: string) => `${make.name} ${typed}`,
})

test(makes, termsClause, 'level=error,warn', '{"terms":{"level":["error","warn"]}}')
test(makes, termsClause, 'level=error|warn', '{"terms":{"level":["error|warn"]}}')
test(makes, termsClause, 'n:=[1,9007199254740993]', '{"terms":{"n":[1,9007199254740993]}}')
test(makes, rangeClause, 'n>=1', '{"range":{"n":{"gte":"1"}}}')
test(makes, rangeClause, 'n>1', '{"range":{"n":{"gt":"1"}}}')
test(makes, rangeClause, 'n<=9007199254740993', '{"range":{"n":{"lte":"9007199254740993"}}}')
test(makes, rangeClause, 'n=1..2', '{"range":{"n":{"gte":"1","lte":"2"}}}')
test(makes, rangeClause, 'n=1..', '{"range":{"n":{"gte":"1"}}}')
test(makes, rangeClause, 'n=..2', '{"range":{"n":{"lte":"2"}}}')
test(makes, rangeClause, 'n:={"gt":1.0}', '{"range":{"n":{"gt":1.0}}}')
test(makes, existsClause, 'a.b', '{"exists":{"field":"a.b"}}')
test(makes, idsClause, '1,2', '{"ids":{"values":["1","2"]}}')
test(makes, sortClause, 'n', '"n"')
test(makes, sortClause, 'n:desc', '{"n":{"order":"desc"}}')
test(makes, sortClause, '-n', '{"n":{"order":"desc"}}')

test('a clause tells its field, if it is about one', t => {
  const clauses = [
    fieldClause('term', 'a.b:=1'),
    termsClause('t=a,b'),
    rangeClause('n>=1'),
    existsClause('e'),
    idsClause('1'),
    luceneClause('a:b'),
  ]
  t.deepEqual(
    clauses.map(({ field }) => field),
    ['a.b', 't', 'n', 'e', undefined, undefined],
  )
})

const isRefused = test.macro({
  exec(t, make: Make, typed: string) {
    t.throws(() => make(typed), { instanceOf: UsageError })
  },
  title: (_, make: Make, typed: string) => `${make.name} refuses ${JSON.stringify(typed)}`,
})
for (const typed of ['', 'n', 'n=1', 'n=..', '>=1', 'n>', 'n:={', '18<=n<65', 'n>1,n<3'])
  test(isRefused, rangeClause, typed)
for (const typed of ['', 'n', '=a']) test(isRefused, termsClause, typed)
for (const typed of ['', '-', 'n:up', ':asc', '-n:asc']) test(isRefused, sortClause, typed)
test(isRefused, existsClause, ' ')
test(isRefused, existsClause, 'a,b')

test('a time is in the form that every date field reads', t => {
  const clock = { now: new Date('2026-11-27T10:00:00Z'), utc: true }
  t.is(
    timeClause('until', 'yesterday', { field: 'published', clock }).json,
    '{"range":{"published":{"lt":"2026-11-27T00:00:00.000Z","format":"strict_date_optional_time"}}}',
  )
})

test('any two ends of a range arrive as typed', t => {
  const end = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter(text => !/\.\.|[<>]/.test(text) && !/^\.|\.$/.test(text))
  fc.assert(
    fc.property(end, end, (from, to) => {
      t.deepEqual(JSON.parse(rangeClause(`n=${from}..${to}`).json), { range: { n: { gte: from, lte: to } } })
    }),
  )
})
