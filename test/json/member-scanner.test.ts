import test from 'ava'
import { MemberScanner, type WantedPaths } from '../../src/json/member-scanner.ts'

/** What is found in a text that arrives in pieces of a size. */
function scan(text: string, wanted: WantedPaths, size = text.length) {
  const found: string[] = []
  const scanner = new MemberScanner(wanted, {
    kept: (path, bytes) => found.push(`${path} is ${bytes}`),
    noticed: path => found.push(`${path} is there`),
  })
  let passed = ''
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = scanner.push(bytes.subarray(at, at + size))
    found.push(...chunk.runs.flatMap(run => run.elements).map(element => `element ${element}`))
    passed += chunk.passed ?? ''
  }
  return { found, passed, state: scanner.state }
}

const finds = test.macro((t, text: string, wanted: WantedPaths, found: string[], passed = '') => {
  for (const size of [text.length, 1, 2, 3, 7])
    t.deepEqual(scan(text, wanted, size), { found, passed, state: 'complete' })
})

const ITEMS = '{"took":1,"responses":[{"error":{"a":[1]}},{"hits":{"error":2}} , {"error":null}],"error":0}'

test('members of each element of an array', finds, ITEMS, { keep: ['responses.*.error'] }, [
  'responses.*.error is {"a":[1]}',
  'responses.*.error is null',
])
test('a member, noticed', finds, ITEMS, { notice: ['error', 'other', 'responses.*.hits'] }, [
  'responses.*.hits is there',
  'error is there',
])
test(
  'elements of an array, kept one by one',
  finds,
  '{"a":[{"b":1},2,"]"],"c":[],"d":{"e":1}}',
  { keep: ['a.*', 'c.*', 'd.*'] },
  ['a.* is {"b":1}', 'a.* is 2', 'a.* is "]"'],
)
test('elements of an array at the top', finds, '{"docs":[ {"_id":"1"},{} ]}', { each: 'docs.*' }, [
  'element {"_id":"1"}',
  'element {}',
])
test('an object is passed on', finds, ITEMS, { pass: 'responses' }, [], ITEMS.slice(22, -11))
test('a number is passed on', finds, ITEMS, { pass: 'took' }, [], '1')
test(
  'an array is passed on, and its elements are found',
  finds,
  '{"a":{"b":[{"x":"]"} , {}]}}',
  { pass: 'a.b', each: 'a.b.*' },
  ['element {"x":"]"}', 'element {}'],
  '[{"x":"]"} , {}]',
)
test(
  'another kind of value than the path needs',
  finds,
  '{"a":[{"b":1}],"c":{"d":2}}',
  { keep: ['a.b', 'c.*'] },
  [],
)
test('a key that looks like a path', finds, '{"a.b":1,"*":2,"a":{"b":3}}', { keep: ['a.b', '*'] }, [
  'a.b is 3',
])

test('two members of one path are refused', t => {
  t.throws(() => scan('{"a":1,"a":2}', { keep: ['a'] }), { instanceOf: SyntaxError, message: 'it has two a' })
  t.throws(() => scan('{"a":1,"a":2}', { pass: 'a' }), { message: 'it has two a' })
  t.is(scan('{"a":1,"a":2}', {}).state, 'complete')
})

test('an object that has not arrived in full', t => {
  t.is(scan('', {}).state, 'empty')
  t.is(scan('{"a":[', { keep: ['a'] }).state, 'open')
})
