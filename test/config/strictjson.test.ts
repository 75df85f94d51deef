import test from 'ava'
import fc from 'fast-check'
import { jsonFault, memberRanges } from '../../src/config/strictjson.ts'

const faulty = test.macro({
  exec: (t, text: string, rest: string, what: string) => {
    const fault = jsonFault(text)
    t.deepEqual([text.slice(fault?.offset), fault?.what], [rest, what])
  },
  title: (_, text) => JSON.stringify(text),
})
const COMMA = 'a comma too many before this'
const NO_COMMA = 'a comma or a quote is missing before this'
const UNQUOTED = 'a key that is not in double quotes'
const WORD = 'a word that is not in double quotes'
const OPEN = 'a quote that is not closed'

test(faulty, '', '', 'ends in the middle')
test(faulty, '{"a": 1,}', '}', COMMA)
test(faulty, '{"a": [1, 2,\n]}', ']}', COMMA)
test(faulty, '{"a": 1,, "b": 2}', ', "b": 2}', 'a key is missing before this')
test(faulty, '[1,, 2]', ', 2]', 'a value is missing before this')
test(faulty, '{"a"}', '}', 'a colon is missing before this')
test(faulty, '{"a" = 1}', '= 1}', 'a colon is missing before this')
test(faulty, '{"a" 1}', '1}', 'a colon is missing before this')
test(faulty, '{"a": }', '}', 'a value is missing before this')
test(faulty, '{"a": 1 "b": 2}', '"b": 2}', NO_COMMA)
test(faulty, '{"a": 1\n "b": 2}', '"b": 2}', NO_COMMA)
test(faulty, '{"a": "x, "b": "y"}', 'b": "y"}', NO_COMMA)
test(faulty, '["a": 1]', ': 1]', NO_COMMA)
test(faulty, '{"a": 01}', '1}', NO_COMMA)
test(faulty, '{a: 1}', 'a: 1}', UNQUOTED)
test(faulty, '{"a": 1, b: 2}', 'b: 2}', UNQUOTED)
test(faulty, '{1: 1}', '1: 1}', UNQUOTED)
test(faulty, "{'a': 1}", "'a': 1}", 'single quotes, where double quotes belong')
test(faulty, '{"a": \'b\'}', "'b'}", 'single quotes, where double quotes belong')
test(faulty, '{"a": True}', 'True}', WORD)
test(faulty, '{"a": secret}', 'secret}', WORD)
test(faulty, 'aliases:\n  a: b', 'aliases:\n  a: b', WORD)
test(faulty, '{"a": ${KEY}}', '${KEY}}', 'a variable must be in quotes: "${NAME}"')
test(faulty, '{"a": .5}', '.5}', 'a number that JSON has not')
test(faulty, '{"a": +1}', '+1}', 'a number that JSON has not')
test(faulty, '{"a": 1} x', 'x', 'something behind the end')
test(faulty, '{}\n{}', '{}', 'something behind the end')
test(faulty, '{"a": 1}}', '}', 'a closing bracket too many')
test(faulty, '{"a": [1}}', '}}', 'a closing bracket of another kind than the one that is open')
test(faulty, '{"a": [', '', 'a ] is missing at the end')
test(faulty, '{"a": {\n', '', 'a } is missing at the end')
test(faulty, '{"a": 1', '', 'a } is missing at the end')
test(faulty, '{"a":', '', 'ends in the middle')
test(faulty, '{ // why\n}', '// why\n}', 'a comment')
test(faulty, '{"a": 1 # why\n}', '# why\n}', 'a comment')
test(faulty, '{} /* why */', '/* why */', 'a comment')
test(faulty, '<<<<<<< HEAD\n{}', '<<<<<<< HEAD\n{}', 'a mark of a merge that was not finished')
test(faulty, '{"a": 1,\n=======\n', '=======\n', 'a mark of a merge that was not finished')
test(faulty, '{"a": "secret}', '"secret}', OPEN)
test(faulty, '{"a": "secret\n"}', '"secret\n"}', OPEN)
test(faulty, '{"a: 1}', '"a: 1}', OPEN)
test(faulty, '{"a": "C:\\dir"}', '\\dir"}', 'a backslash that begins no known escape: write two')
test(faulty, '{"a": "\\u12"}', '\\u12"}', 'a backslash that begins no known escape: write two')
test(faulty, '{"a": "b\tc"}', '\tc"}', 'a control character')

test('says what YAML allows', t => {
  const lenient = (text: string) => jsonFault(text)?.lenient === true
  for (const text of ['{"a": 1,}', '{a: 1}', "{'a': 1}", '{"a": b}', '# a', '{"a": .5}'])
    t.true(lenient(text), text)
  for (const text of ['{"a" 1}', '{', '{"a": "b}', '}']) t.false(lenient(text), text)
})

const token = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"a"',
  '"\\u00e9"',
  '1',
  '-0.5e3',
  'true',
  'null',
  ' ',
  '\n',
  '01',
  "'",
  '//',
)
const anyText = fc.oneof(
  fc.array(token).map(tokens => tokens.join('')),
  fc.json(),
  fc.string(),
)

test('is as strict as JSON.parse', t => {
  fc.assert(
    fc.property(anyText, text => {
      t.is(jsonFault(text) === undefined, isJson(text), text)
    }),
    { numRuns: 5000 },
  )
})

test('finds a member of any object', t => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (others, value) => {
      const text = JSON.stringify({ ...others, esconn: value, after: 1 }, null, 1)
      const values = memberRanges(text, 'esconn').map(range => JSON.parse(text.slice(...range)))
      t.deepEqual(values, [JSON.parse(JSON.stringify(value))])
    }),
  )
})

test('finds each of two, by its decoded name, and only at the top', t => {
  const text = '{"esconn": 1, "a": {"esconn": 2}, "b": ["esconn", 3], "esc\\u006fnn": 4 , "c": "esconn"}'
  t.deepEqual(
    memberRanges(text, 'esconn').map(range => text.slice(...range)),
    ['1', '4 '],
  )
  t.deepEqual(memberRanges('{"a": {"esconn": 2}}', 'esconn'), [])
  t.deepEqual(memberRanges('["esconn"]', 'esconn'), [])
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
