import test from 'ava'
import fc from 'fast-check'
import { isSameJson } from '../../src/json/same.ts'

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map(text => Buffer.from(text)) as [Buffer, Buffer]
  const answer = isSameJson(a, b)
  if (isSameJson(b, a) !== answer) throw new Error(`not symmetrical: ${one} ${other}`)
  return answer
}

const same = test.macro((t, one: string, other: string) => t.true(isSame(one, other)))
const differs = test.macro((t, one: string, other: string) => t.false(isSame(one, other)))

test('the order of keys does not count', same, '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}')
test('white space does not count', same, '{"a":[1,2]}', '{\n  "a" : [ 1, 2 ]\t}')
test('comments do not count', same, '{"a":1}', '{/* "a":2 */"a"// }\n:1}')
test('escapes do not count', same, '{"a":"é/\\n\u2028"}', '{"\\u0061":"\\u00E9\\/\\u000a\\u2028"}')
test('half a surrogate pair', same, '["\\ud800"]', '["\\uD800"]')
test('a pair in two ways', same, '["😀"]', '["\\ud83d\\ude00"]')
test('the order of elements counts', differs, '[1,2]', '[2,1]')
test('an element more', differs, '[1,2]', '[1,2,3]')
test('a member more', differs, '{"a":1}', '{"a":1,"b":null}')
test('another key', differs, '{"a":1}', '{"b":1}')
test('a key of Object', differs, '{"constructor":1}', '{"__proto__":1}')
test('digits count: a fraction', differs, '{"a":1.0}', '{"a":1}')
test('digits count: an exponent', differs, '[1e3]', '[1000]')
test('digits count: a sign', differs, '[-0]', '[0]')
test('digits count: the last of 64 bits', differs, '[9007199254740993]', '[9007199254740992]')
test('a number and a string', differs, '[1]', '["1"]')
test('null and false', differs, '[null]', '[false]')
test('an empty object and an empty array', differs, '[{}]', '[[]]')
test('a string and its escapes as text', differs, '["\\\\n"]', '["\\n"]')
test('half a surrogate pair and a text about one', differs, '["\\ud800"]', '["\\"\\\\ud800\\""]')
test('a key twice: the same bytes', same, '{"a":1,"a":2}', '{"a":1,"a":2}')
test('a key twice: other bytes', differs, '{"a":1,"a":2}', '{"a":1, "a":2}')
test('a key twice, on one side', differs, '{"a":1,"b":2}', '{"a":1,"a":1}')
test('what is not JSON', differs, '["\\q"]', '["\\q\\n"]')

test('bytes that are not UTF-8 are not the same replacement character', t => {
  const [one, other] = [0xff, 0xfe].map(byte => Buffer.from([0x22, 0x5c, 0x6e, byte, 0x22]))
  t.false(isSameJson(one as Buffer, other as Buffer))
  t.true(isSameJson(one as Buffer, Buffer.from(one as Buffer)))
})

test('a document that is nested as deeply as clusters allow', t => {
  const nested = (inner: string, depth = 999) => '{"a":['.repeat(depth / 2) + inner + ']}'.repeat(depth / 2)
  t.true(isSame(nested('{"a":1,"b":2}'), nested('{"b":2,"a":1}')))
  t.false(isSame(nested('1.0'), nested('1')))
  t.false(isSame(nested('{"a":1,"b":2}', 3000), nested('{"b":2,"a":1}', 3000)), 'deeper than that')
})

/** What a document is before it is written as JSON: a number is its digits. */
type Model = string | boolean | null | { digits: string } | Model[] | Map<string, Model>

const text = fc.oneof(
  fc.constantFrom('', 'a', 'é', '"', '\\', '/', '\n', '\u2028', '😀', '\ud800', '__proto__'),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
)
const digits = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.nat(20),
    fc.constantFrom('', '.0', '.50', 'e3', 'E+3', '000000000000000'),
  )
  .map(([sign, number, end]) => ({ digits: `${sign}${number === 0 ? '1' : number}${end}` }))
const { model } = fc.letrec<{ model: Model }>(tie => ({
  model: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(text, fc.boolean(), fc.constant(null), digits),
    fc.array(tie('model'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(text, tie('model')), { maxLength: 4, selector: ([key]) => key })
      .map(pairs => new Map(pairs)),
  ),
}))

/** The ways in which one document can be written: each choice is a number below a limit. */
type Choose = (limit: number) => number

function written(value: Model, choose: Choose): string {
  const blank = () => ['', '', ' ', '\n\t', '/* "}] */', '// ]\n'][choose(6)]
  const list = (items: string[], [open, close]: string) =>
    `${open}${blank()}${items.map(item => `${item}${blank()}`).join(`,${blank()}`)}${close}`
  if (typeof value === 'string') return stringOf(value, choose)
  if (Array.isArray(value))
    return list(
      value.map(item => written(item, choose)),
      '[]',
    )
  if (!(value instanceof Map)) return typeof value === 'object' && value ? value.digits : String(value)
  const members = [...value].map(
    ([key, item]) => `${stringOf(key, choose)}${blank()}:${blank()}${written(item, choose)}`,
  )
  for (let at = members.length - 1; at > 0; at--) {
    const other = choose(at + 1)
    ;[members[at], members[other]] = [members[other] as string, members[at] as string]
  }
  return list(members, '{}')
}

function stringOf(value: string, choose: Choose): string {
  const units = value.split('')
  const plain = JSON.stringify(value)
  if (choose(2) === 0) return plain
  return `"${units.map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
}

/** A text by which two models are compared without the code under test. */
const canonical = (value: Model): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (value instanceof Map)
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).toSorted()}}`
  return typeof value === 'object' && value ? value.digits : JSON.stringify(value)
}

const choices = fc.infiniteStream(fc.nat(5039)).map(
  (stream): Choose =>
    limit =>
      Number(stream.next().value) % limit,
)

test('any document is the same in every way in which it can be written', t => {
  fc.assert(
    fc.property(model, choices, choices, (value, one, other) => {
      t.true(isSame(written(value, one), written(value, other)))
    }),
    { numRuns: 500 },
  )
})

test('any two documents are the same exactly if a model says so', t => {
  fc.assert(
    fc.property(model, model, choices, (one, other, choose) => {
      t.is(isSame(written(one, choose), written(other, choose)), canonical(one) === canonical(other))
    }),
    { numRuns: 500 },
  )
})

/** The model with one thing changed, somewhere in it. */
function changed(value: Model, choose: Choose): Model {
  if (typeof value === 'string') return `${value}x`
  if (typeof value === 'boolean' || value === null) return value === null ? new Map() : !value
  if (Array.isArray(value)) {
    const at = choose(value.length + 1)
    return value.toSpliced(at, 1, changed(value[at] ?? null, choose))
  }
  if (!(value instanceof Map)) return { digits: `${value.digits}0` }
  const [key, inner] = [...value][choose(value.size + 1)] ?? [`${[...value.keys()].join('')}x`, null]
  return new Map([...value, [key, changed(inner, choose)]])
}

test('any document differs after any change', t => {
  fc.assert(
    fc.property(model, choices, (value, choose) => {
      t.false(isSame(written(value, choose), written(changed(value, choose), choose)))
    }),
    { numRuns: 500 },
  )
})
