import test from 'ava'
import fc from 'fast-check'
import { InputError, UsageError } from '../../src/errors.ts'
import { type Additions, composeBody } from '../../src/query/body.ts'

const A = '{"term":{"a":"1"}}'
const B = '{"match":{"b":"2"}}'
const VIEW = '{"term":{"level":"error"}}'

const compose = (body: string | undefined, additions: Additions) =>
  composeBody(body === undefined ? undefined : Buffer.from(body), additions)?.toString()

const composes = test.macro(
  (t, body: string | undefined, additions: Additions, expected: string | undefined) => {
    t.is(compose(body, additions), expected)
  },
)

test('without additions there is no body', composes, undefined, {}, undefined)
test('a single clause is the query itself', composes, undefined, { clauses: [A] }, `{"query":${A}}`)
test(
  'several clauses must all match',
  composes,
  undefined,
  { clauses: [A, B] },
  `{"query":{"bool":{"must":[${A},${B}]}}}`,
)
test(
  'members are added next to the query',
  composes,
  undefined,
  { clauses: [A], members: new Map([['size', '3']]) },
  `{"query":${A},"size":3}`,
)
test('a body is sent unchanged', composes, ' { "size" : 1.0 } ', {}, ' { "size" : 1.0 } ')
test(
  'a flag overrides the member of the body',
  composes,
  '{ "size" : 1.0, "from":2 }',
  { members: new Map([['size', '5']]) },
  '{ "size" : 5, "from":2 }',
)
test(
  'a flag is added to the body',
  composes,
  '{ "from":1e1 }',
  { members: new Map([['size', '5']]) },
  '{ "from":1e1 ,"size":5}',
)
test('a byte order mark is dropped', composes, '\ufeff{"size":1}', {}, '{"size":1}')
test(
  'a byte order mark is dropped before a member is set',
  composes,
  '\ufeff{"size":1}',
  { members: new Map([['size', '5']]) },
  '{"size":5}',
)
for (const [encoding, body] of Object.entries({
  'UTF-16 with a byte order mark': Buffer.from('\ufeff{"size":1}', 'utf16le'),
  'UTF-16': Buffer.from('{"size":1}', 'utf16le'),
  'UTF-16, the high byte first': Buffer.from('{"size":1}', 'utf16le').swap16(),
}))
  test(`${encoding} is named`, t => {
    const error = t.throws<InputError>(() => composeBody(body, {}), { instanceOf: InputError })
    t.is(error.message, 'the body is UTF-16')
    t.is(error.advice, 'convert it: iconv -f UTF-16 -t UTF-8')
  })
test('another encoding is refused', t => {
  t.throws(() => composeBody(Buffer.from('{"a":"caf\xe9"}', 'latin1'), {}), {
    message: 'the body is not UTF-8',
  })
})
test('a mistake has its line and column', t => {
  t.throws(() => compose('{\n  "size": 1,\n}', {}), {
    message: 'the body is not valid JSON: line 3, column 1: unexpected "}"',
  })
})
test('an empty body takes a flag', composes, '{}', { members: new Map([['size', '5']]) }, '{"size":5}')
test(
  "the body's own query must match too",
  composes,
  `{"query": ${B}}`,
  { clauses: [A] },
  `{"query": {"bool":{"must":[${B},${A}]}}}`,
)
const DAY = '{"range":{"t":{"gte":"2026"}}}'
test('a time alone is the query itself', composes, undefined, { filters: [DAY] }, `{"query":${DAY}}`)
test(
  'a time is a filter of what must match',
  composes,
  undefined,
  { clauses: [A], filters: [DAY] },
  `{"query":{"bool":{"must":[${A}],"filter":[${DAY}]}}}`,
)
test(
  'one of several clauses is enough',
  composes,
  undefined,
  { clauses: [A, B], any: true },
  `{"query":{"bool":{"should":[${A},${B}]}}}`,
)
test('one of one clause', composes, undefined, { clauses: [A], any: true }, `{"query":${A}}`)
test(
  "with all other kinds, a view and the body's own query, which always hold",
  composes,
  `{"query":{"ids":{}}}`,
  { clauses: [A, B], any: true, filters: [DAY], excluded: [B], view: VIEW },
  `{"query":{"bool":{"must":[{"ids":{}},{"bool":{"should":[${A},${B}]}}],"filter":[${DAY},${VIEW}],"must_not":[${B}]}}}`,
)
test(
  'only what must not match',
  composes,
  undefined,
  { excluded: [A] },
  `{"query":{"bool":{"must_not":[${A}]}}}`,
)
test(
  "a view's query is a filter",
  composes,
  undefined,
  { view: VIEW },
  `{"query":{"bool":{"filter":[${VIEW}]}}}`,
)
test(
  'a view filters the query of the body',
  composes,
  `{"query":${A}}`,
  { view: VIEW },
  `{"query":{"bool":{"must":[${A}],"filter":[${VIEW}]}}}`,
)
test(
  'a view filters every knn',
  composes,
  '{"knn":[{"field":"v"},{"field":"w","filter":{"a":1}},{"filter":[1.0]}]}',
  { view: VIEW },
  `{"knn":[{"field":"v","filter":${VIEW}},{"field":"w","filter":[{"a":1},${VIEW}]},{"filter":[1.0,${VIEW}]}],"query":{"bool":{"filter":[${VIEW}]}}}`,
)
test(
  'a view filters a single knn',
  composes,
  '{"knn":{"field":"v"}}',
  { view: VIEW },
  `{"knn":{"field":"v","filter":${VIEW}},"query":{"bool":{"filter":[${VIEW}]}}}`,
)
test(
  'an escaped key is decoded',
  composes,
  '{"siz\\u0065":1}',
  { members: new Map([['size', '5']]) },
  '{"siz\\u0065":5}',
)
test(
  'only the top level counts',
  composes,
  '{"aggs":{"size":{"size":1}}}',
  { members: new Map([['size', '5']]) },
  '{"aggs":{"size":{"size":1}},"size":5}',
)

const unrestricted = test.macro((t, body: string, member: string) => {
  const error = t.throws(() => compose(body, { view: VIEW }), { instanceOf: UsageError })
  t.is(error.message, `the body's "${member}" would not be restricted by the query of the view`)
})

test('suggest', unrestricted, '{"suggest":{}}', 'suggest')
test('a retriever', unrestricted, '{"retriever":{}}', 'retriever')
test('a point in time', unrestricted, '{"pit":{"id":"x"}}', 'pit')
test('a global aggregation', unrestricted, '{"aggs":{"all":{"global":{}}}}', 'global')
test(
  'a global aggregation by its long name',
  unrestricted,
  '{"aggregations":{"all":{"global":{}}}}',
  'global',
)

test(
  'a runtime field could replace a field of the view',
  unrestricted,
  '{"runtime_mappings":{}}',
  'runtime_mappings',
)
test('an unknown member', unrestricted, '{"search_pipeline":{}}', 'search_pipeline')
test(
  'an unrestricted nested aggregation',
  unrestricted,
  '{"aggs":{"a":{"terms":{},"aggs":{"b":{"significant_terms":{}}}}}}',
  'significant_terms',
)
test(
  'aggregations that are null are allowed',
  composes,
  '{"aggs":null}',
  { view: VIEW },
  `{"aggs":null,"query":{"bool":{"filter":[${VIEW}]}}}`,
)

for (const knn of ['null', '"x"', '5', '[5]', '[[]]']) {
  test(`a view cannot filter a knn that is ${knn}`, t => {
    t.throws(() => compose(`{"knn":${knn}}`, { view: VIEW }), { instanceOf: UsageError, message: /"knn"/ })
  })
}

const malformed = test.macro((t, body: string | Buffer, message: RegExp) => {
  t.regex(t.throws(() => composeBody(Buffer.from(body), {}), { instanceOf: InputError }).message, message)
})

test('not JSON', malformed, '{"query":', /^the body is not valid JSON: /)
test('an array', malformed, '[]', /^the body is not a JSON object$/)
test('null', malformed, 'null', /^the body is not a JSON object$/)
test('not UTF-8', malformed, Buffer.from([0x7b, 0xff, 0x7d]), /^the body is not UTF-8$/)
test('one member twice', malformed, '{"query":1,"qu\\u0065ry":2}', /^the body has two members "query"$/)

test('whatever the body, only the additions change it', t => {
  const body = fc.dictionary(fc.constantFrom('query', 'size', 'aggs', 'é', 'a"b'), fc.jsonValue())
  fc.assert(
    fc.property(body, fc.nat(4), fc.nat(), (value, indent, size) => {
      const text = JSON.stringify(value, null, indent)
      t.is(compose(text, {}), text)
      const composed = compose(text, { members: new Map([['size', String(size)]]) })
      t.deepEqual(JSON.parse(composed ?? ''), { ...JSON.parse(text), size }) // in which -0 is 0
    }),
  )
})
