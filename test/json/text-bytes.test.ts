import test from 'ava'
import fc from 'fast-check'
import { textOf } from '../../src/json/members.ts'
import { textBytes } from '../../src/json/text-bytes.ts'

test('the text of a value is what textOf gives', t => {
  const part = fc.constantFrom(
    '\\"',
    '\\\\',
    '\\/',
    '\\b\\f\\n\\r\\t',
    '\\u00e9',
    '\\u0000',
    '\\ud83d',
    '\\ude00',
    'u',
    '漢',
    '',
  )
  const value = fc.oneof(
    fc.array(part, { maxLength: 6 }).map(parts => `"${parts.join('')}"`),
    fc.json(),
    fc.constantFrom('[1, "\\n"]', '-0', 'null'),
  )
  fc.assert(
    fc.property(value, json => t.is(textBytes(Buffer.from(json)).toString(), textOf(Buffer.from(json)))),
    { numRuns: 1000 },
  )
})
