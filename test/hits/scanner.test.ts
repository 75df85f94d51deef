import test from 'ava'
import fc from 'fast-check'
import { EsconnError, type Fault } from '../../src/errors.ts'
import { SUMMARY_MEMBERS, toSummary } from '../../src/hits/response.ts'
import { HitScanner } from '../../src/hits/scanner.ts'

/** Scans a text cut into chunks at the given offsets. */
function scan(text: string, cuts: readonly number[] = []) {
  const bytes = Buffer.from(text)
  const scanner = new HitScanner({ ...SUMMARY_MEMBERS, pass: 'hits.hits' })
  const hits: string[] = []
  const array: Buffer[] = []
  const places = [
    0,
    ...[...new Set(cuts)].filter(cut => cut < bytes.length).sort((a, b) => a - b),
    bytes.length,
  ]
  for (const [index, place] of places.slice(0, -1).entries()) {
    const batch = scanner.push(bytes.subarray(place, places[index + 1]))
    hits.push(...batch.hits.map(hit => hit.toString()))
    if (batch.passed) array.push(batch.passed)
  }
  const summary = toSummary(scanner.end())
  return { hits, array: Buffer.concat(array).toString(), summary }
}

const SHARDS = '"_shards":{"total":1,"successful":1,"skipped":0,"failed":0}'
const response = (hits: string, more = '') =>
  `{"took":3,"timed_out":false,${SHARDS},"hits":{"total":{"value":1},"max_score":1.0,"hits":${hits}}${more}}`

/** Every offset at once: one byte per chunk. */
const everywhere = (text: string) => Array.from(Buffer.from(text), (_, index) => index)

const yields = test.macro((t, text: string, expected: string[]) => {
  for (const cuts of [[], everywhere(text), [7, 70, 71, 90]]) t.deepEqual(scan(text, cuts).hits, expected)
})

const HIT = '{"_id":"1","_source":{"n":9007199254740993,"f":1.0,"z":-0,"e":1.5E+3,"huge":1e400}}'
const DEEP = `{"d":${'['.repeat(1000)}${']'.repeat(1000)}}`
const LONG = `{"s":"${'é😀\\"{['.repeat(100_000)}"}`

test('one hit, with all its digits', yields, response(`[${HIT}]`), [HIT])
test('no hit', yields, response('[]'), [])
test(
  'white space is kept inside a hit and dropped between hits',
  yields,
  response('[ \n {"a" :\t1 } ,\r\n{ } ]'),
  ['{"a" :\t1 }', '{ }'],
)
test(
  'hits inside _source are part of their hit',
  yields,
  response('[{"_source":{"hits":{"hits":[{"x":1}]}}}]'),
  ['{"_source":{"hits":{"hits":[{"x":1}]}}}'],
)
for (const comment of [
  '/* 6" disk */',
  '// 6" disk\n',
  '// 6" disk\r',
  '/* }]} */',
  '/***/',
  '/* // */',
  '// /*\n',
  '//\n',
])
  test(
    `a comment in a hit: ${JSON.stringify(comment)}`,
    yields,
    response(`[{"a":${comment}[1]${comment}},${HIT}]`),
    [`{"a":${comment}[1]${comment}}`, HIT],
  )
test('what looks like a comment in a string is none', yields, response('[{"a":"//","b":"/*"}]'), [
  '{"a":"//","b":"/*"}',
])
test(
  'hits of an aggregation are not hits',
  yields,
  response(`[${HIT}]`, ',"aggregations":{"t":{"hits":{"hits":[{"x":1}]}}}'),
  [HIT],
)
test('an escaped key is decoded', yields, response(`[${HIT}]`).replace('"hits":{', '"h\\u0069ts":{'), [HIT])
test('a string that looks like the end', yields, response('[{"s":"}]}\\\\"},{"s":"\\"]}"}]'), [
  '{"s":"}]}\\\\"}',
  '{"s":"\\"]}"}',
])
test('keys in another order', yields, `{"hits":{"hits":[${HIT}],"total":1},"timed_out":false,${SHARDS}}`, [
  HIT,
])
test('a member called hits.hits is a different one', yields, response('[]', ',"hits.hits":[{"a":1}]'), [])
test('brackets nested to 1,000', yields, response(`[${DEEP}]`), [DEEP])

test('a string of 1 MB, cut anywhere', t => {
  const text = response(`[${LONG},${HIT}]`)
  for (const cuts of [
    [],
    [100, 101, 102, 103, 300_007],
    Array.from({ length: 500 }, (_, index) => index * 997),
  ]) {
    const { hits } = scan(text, cuts)
    t.true(hits.length === 2 && hits[0] === LONG && hits[1] === HIT)
  }
})

test('the array includes every byte between its hits', t => {
  const array = '[ {"a":1}\n,  {"b":2} ]'
  t.is(scan(response(array), everywhere(response(array))).array, array)
})

test('the summary contains what says whether a response is complete, and nothing else', t => {
  const { summary } = scan(response('[]', ',"_scroll_id":"abc","terminated_early":true'))
  t.deepEqual(Object.keys(summary).sort(), [
    '_shards',
    'members',
    'otherResults',
    'terminated_early',
    'timed_out',
    'total',
  ])
  t.like(summary, { timed_out: false, terminated_early: true, _shards: { total: 1, failed: 0 } })
})

test('members can be kept, byte for byte', t => {
  const text = response('[]', ',"aggregations":{"n":{"value": 1.0}},"pit_id":"abc"')
  const scanner = new HitScanner({ keep: ['aggregations', 'hits.total', 'pit_id'] })
  for (const byte of Buffer.from(text)) scanner.push(Buffer.from([byte]))
  const { members } = scanner.end()
  t.deepEqual(
    [...members].map(([path, bytes]) => [path, bytes.toString()]),
    [
      ['hits.total', '{"value":1}'],
      ['aggregations', '{"n":{"value": 1.0}}'],
      ['pit_id', '"abc"'],
    ],
  )
})

const fails = test.macro((t, text: string, fault: Fault, message?: RegExp) => {
  for (const cuts of [[], everywhere(text)]) {
    const error = t.throws(() => scan(text, cuts), { instanceOf: EsconnError })
    t.is(error.fault, fault)
    if (message) t.regex(error.message, message)
  }
})

test('HTML', fails, '<html><body>Bad gateway</body></html>', 'foreign', /not a JSON object/)
test('an empty body', fails, '', 'foreign', /it is empty/)
test('no hits at all', fails, `{"timed_out":false,${SHARDS}}`, 'foreign', /no hits\.hits/)
test('hits.hits that is not an array', fails, response('null'), 'foreign', /not an array/)
test('two hits.hits', fails, response('[],"hits":[]'), 'foreign', /two hits\.hits/)
test('two hits', fails, response('[]', ',"hits":{"hits":[]}'), 'foreign', /two hits/)
test('two _shards', fails, response('[]', `,${SHARDS}`), 'foreign', /two _shards/)
test('no _shards', fails, '{"timed_out":false,"hits":{"hits":[]}}', 'foreign', /_shards/)
test(
  '_shards of the wrong type',
  fails,
  response('[]').replace('"total":1,', '"total":"1",'),
  'foreign',
  /_shards\.total/,
)
test('a hit that is not an object', fails, response('[1]'), 'foreign', /not an object/)
test('one comma too many', fails, response('[{},]'), 'foreign')
test('a comma missing', fails, response('[{} {}]'), 'foreign', /comma/)
test('two commas', fails, response('[{},,{}]'), 'foreign')
test('a leading comma', fails, response('[,{}]'), 'foreign')
test('brackets that do not match', fails, response('[{"a":[}]'), 'foreign', /brackets/)
test('a line feed in a string', fails, response('[{"a":"\n"}]'), 'foreign', /control character/)
test('an escaped control character', fails, response('[{"a":"\\\u0001"}]'), 'foreign', /control character/)
test('more bytes after the end', fails, `${response('[]')}{}`, 'foreign', /more bytes/)
test('a value that JSON does not know', fails, response('[]').replace('1.0', '01'), 'foreign')
test('a colon missing', fails, response('[]').replace('"took":', '"took"'), 'foreign')
test('a value missing', fails, response('[]').replace('"took":3', '"took":'), 'foreign')
test('a byte order mark', fails, `\ufeff${response('[]')}`, 'foreign')
test('endless nesting', fails, response(`[{"a":${'['.repeat(200_000)}`), 'foreign', /nested deeper/)

/** JSON texts with white space where JSON allows it: what a cluster may send, and more. */
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
const insideHit = fc.oneof(space, fc.constantFrom('// }]" \\\n', '/* " ] */', '/***/', '//\r'))
const scalar = fc.oneof(
  fc.constantFrom(
    '1.0',
    '-0',
    '1.5E+3',
    '1e400',
    '18446744073709551615',
    'true',
    'null',
    '""',
    '"\\u00e9\\\\"',
  ),
  fc.string({ unit: 'grapheme' }).map(text => JSON.stringify(text)),
)
const { value } = fc.letrec<{ value: string; array: string; object: string }>(tie => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, tie('array'), tie('object')),
  array: fc
    .tuple(insideHit, fc.array(tie('value'), { maxLength: 4 }))
    .map(([gap, items]) => `[${gap}${items.join(`,${gap}`)}]`),
  object: fc
    .tuple(
      insideHit,
      fc.array(fc.tuple(fc.constantFrom('hits', 'a', '_source', 'h\\u0069ts'), tie('value')), {
        maxLength: 4,
      }),
    )
    .map(([gap, items]) => `{${items.map(([key, item]) => `${gap}"${key}"${gap}:${item}`).join(',')}${gap}}`),
}))
const hit = value.map(item => `{"_source":${item}}`)
const valid = fc
  .tuple(
    fc.array(hit, { maxLength: 5 }),
    space,
    fc.dictionary(fc.constantFrom('aggregations', 'x', 'suggest'), value),
  )
  .map(([hits, gap, members]) => {
    const others = Object.entries(members).map(([key, member]) => `,${gap}"${key}":${member}`)
    return { hits, text: response(`[${gap}${hits.join(`${gap},${gap}`)}]`, others.join('')) + gap }
  })

test('any valid response, cut anywhere, yields the same bytes as slicing the whole', t => {
  const cuts = fc.array(fc.nat(5000), { maxLength: 30 })
  fc.assert(fc.property(valid, cuts, ({ hits, text }, places) => t.deepEqual(scan(text, places).hits, hits)))
  fc.assert(
    fc.property(valid, ({ hits, text }) => t.deepEqual(scan(text, everywhere(text)).hits, hits)),
    { numRuns: 30 },
  )
})

test('any truncation is an error, never a shorter list', t => {
  fc.assert(
    fc.property(valid, fc.nat(), ({ text }, place) => {
      const bytes = Buffer.from(text.trimEnd())
      const cut = bytes.subarray(0, place % bytes.length).toString('latin1')
      t.throws(() => scan(cut), { instanceOf: EsconnError })
    }),
  )
})

test('a separator or bracket of the outer levels that is lost, doubled or swapped is an error', t => {
  const text = response('[{"a":1},{"b":2}]')
  const outer = everywhere(text).filter(
    place => '{}[],:'.includes(text[place] as string) && !inHit(text, place),
  )
  const swaps = ['', ' ', ',', ':', '{', '}', '[', ']', '}]', ',,'].flatMap(other =>
    outer.map(place => ({ other, place })),
  )
  for (const { other, place } of swaps.filter(swap => text[swap.place] !== swap.other)) {
    const mutant = text.slice(0, place) + other + text.slice(place + 1)
    if (!isJson(mutant)) t.throws(() => scan(mutant), { instanceOf: EsconnError }, mutant)
  }
})

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** At deeper levels brackets and strings are checked, separators are not. */
const inHit = (text: string, place: number): boolean =>
  ['{"a":1}', '{"b":2}', '{"value":1}'].some(
    one => place >= text.indexOf(one) && place < text.indexOf(one) + one.length,
  )
