import test from 'ava'
import fc from 'fast-check'
import { memberOf, membersOf } from '../../src/json/members.ts'

const finds = test.macro((t, object: string, name: string, expected: string | undefined) => {
  t.is(memberOf(Buffer.from(object), name)?.toString(), expected)
})
test('a member', finds, '{"a":1,"b":1.0}', 'b', '1.0')
test('none', finds, '{"ab":1,"a":{"b":2},"c":"b"}', 'b', undefined)
test('of an empty object', finds, ' { } ', 'b', undefined)
test('the first of two', finds, '{"b":1,"b":2}', 'b', '1')
test('a key with escapes', finds, '{"\\u0062\\"":1,"b":2}', 'b"', '1')
test('a key that is not ASCII', finds, '{"e":1,"\\u00e9":2}', 'é', '2')
test('comments and white space', finds, ' {/* "b":1 */\r\n"b" // }\n:\t[ 2 ] }', 'b', '[ 2 ]')

test('any object has the members that JSON.parse finds in it', t => {
  const keys = fc.oneof(fc.constantFrom('a', 'b', '_id', '"', '\\', 'é', ''), fc.string({ unit: 'grapheme' }))
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), keys, fc.nat(2), (object, other, indent) => {
      const json = Buffer.from(JSON.stringify(object, null, indent))
      const parsed: Record<string, unknown> = JSON.parse(json.toString())
      t.deepEqual(
        membersOf(json).map(({ key, start, end }) => [key, JSON.parse(json.toString('utf8', start, end))]),
        Object.entries(parsed),
      )
      for (const name of [...Object.keys(parsed), other]) {
        const value = Object.hasOwn(parsed, name) ? JSON.stringify(parsed[name], null, 0) : undefined
        const found = memberOf(json, name)?.toString()
        t.is(found && JSON.stringify(JSON.parse(found)), value)
      }
    }),
  )
})
