import test from 'ava'
import { topMembers } from '../../src/json/top-members.ts'

const found = (json: string, ...names: string[]) =>
  Object.fromEntries(
    Object.entries(topMembers(Buffer.from(json), names)).map(([name, value]) => [name, String(value)]),
  )

test('the bytes of members by name', t => {
  t.deepEqual(found('{"a": 1.0 ,"b":{"a":[2]},"c":"}"}', 'a', 'b', 'd'), { a: '1.0', b: '{"a":[2]}' })
  t.deepEqual(found(' {"\\u0061":"\\"",\r\n"b":null}\r', 'a', 'b'), { a: '"\\""', b: 'null' })
  t.deepEqual(found('/* x */{// y\n"a"/* , */:/**/-1e400/**/,"a ":2}// z', 'a'), { a: '-1e400' })
  t.deepEqual(found('{}', 'a'), {})
  t.deepEqual(found('{"a":1,"a":2}', 'b'), {})
})

for (const [json, message] of [
  ['', 'it is not a JSON object'],
  ['[]', 'it is not a JSON object'],
  ['{', 'it ends too early'],
  ['{"a":1', 'it ends too early'],
  ['{"a":"1', 'it ends too early'],
  ['{"a":{"b":1}', 'it ends too early'],
  ['{"a":tru', 'it ends too early'],
  ['{"a":1,', 'it ends too early'],
  ['{"a":1,}', 'a key is missing'],
  ['{a:1}', 'a key is missing'],
  ['{"a" 1}', 'a colon is missing'],
  ['{"a":1 "b":2}', 'a comma is missing'],
  ['{"a":01}', 'a value that is not JSON'],
  ['{"a":[1}}', 'brackets that do not match'],
  ['{"a":1}{"b":2}', 'more follows after its end'],
  ['{"a":1,"\\u0061":2}', 'it has two a'],
] as const)
  test(`${json || 'nothing'}: ${message}`, t => {
    t.throws(() => topMembers(Buffer.from(json), ['a']), { instanceOf: SyntaxError, message })
  })
