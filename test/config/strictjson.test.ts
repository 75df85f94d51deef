import test from 'ava'
import fc from 'fast-check'
import { jsonFault, memberRange } from '../../src/config/strictjson.ts'

const faulty = test.macro({
  exec: (t, text: string, rest: string) => t.is(text.slice(jsonFault(text)), rest),
  title: (_, text) => JSON.stringify(text),
})

test(faulty, '', '')
test(faulty, '{"a": 1,}', '}')
test(faulty, '{"a": [1, 2,]}', ']}')
test(faulty, '{"a"}', '}')
test(faulty, '{"a": }', '}')
test(faulty, '{"a" 1}', '1}')
test(faulty, '["a": 1]', ': 1]')
test(faulty, '{a: 1}', 'a: 1}')
test(faulty, "{'a': 1}", "'a': 1}")
test(faulty, '{"a": 1} x', ' x')
test(faulty, '{"a": 1}}', '}')
test(faulty, '[1}', '}')
test(faulty, '{"a": 01}', '1}')
test(faulty, '{"a": [', '')

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
      const range = memberRange(text, 'esconn')
      t.deepEqual(JSON.parse(text.slice(...(range as [number, number]))), JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('finds the last of two, by its decoded name, and only at the top', t => {
  const text = '{"esconn": 1, "a": {"esconn": 2}, "b": ["esconn", 3], "esc\\u006fnn": 4 , "c": "esconn"}'
  t.is(text.slice(...(memberRange(text, 'esconn') as [number, number])), '4 ')
  t.is(memberRange('{"a": {"esconn": 2}}', 'esconn'), undefined)
  t.is(memberRange('["esconn"]', 'esconn'), undefined)
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
