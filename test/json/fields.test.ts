import test from 'ava'
import fc from 'fast-check'
import { fieldAt, leavesOf } from '../../src/json/fields.ts'

const finds = test.macro((t, document: string, path: string, value: string | undefined) => {
  t.is(fieldAt(Buffer.from(document), path)?.toString(), value)
})

test('a number, digit by digit', finds, '{"a":{"b": 1.0 }}', 'a.b', '1.0')
test('an object', finds, '{"a":{"b": {"c":1} }}', 'a.b', '{"c":1}')
test('a key with a dot in it', finds, '{"a.b":{"c.d":2}}', 'a.b.c.d', '2')
test('below another key that only begins alike', finds, '{"a":{"x":1},"a.b":2}', 'a.b', '2')
test('in each object of a list', finds, '{"a":[{"b":1.0},{"c":2},{"b":[3]}]}', 'a.b', '[1.0,[3]]')
test('in no object of a list', finds, '{"a":[{"b":1.0}]}', 'a.c', undefined)
test('below a text', finds, '{"a":"b"}', 'a.b', undefined)
test('a key with a quote in it', finds, '{"a\\"":{"\\u00e9":null}}', 'a".é', 'null')
test('a path that the document has twice', finds, '{"a.b":1.0,"a":{"b":2}}', 'a.b', '[1.0,2]')
test('behind comments', finds, '{/* "a":2 */"a"/**/:// }\n1/* */}', 'a', '1')

test('leaves: arrays and empty objects count, in order', t => {
  const document = '{"b":{"c":[{"d":1}],"e":{}},"a":{"f":{"g":"x"}},"b.c":0}'
  t.deepEqual(
    [...leavesOf(Buffer.from(document))].map(([path, value]) => [path, value.toString()]),
    [
      ['b.c', '[[{"d":1}],0]'],
      ['b.e', '{}'],
      ['a.f.g', '"x"'],
    ],
  )
})

test('every leaf of a document is found by its path', t => {
  const key = fc.stringMatching(/^[a-z"é]{1,3}$/)
  const { node } = fc.letrec<{ node: object; value: unknown }>(tie => ({
    value: fc.oneof(fc.integer(), fc.string(), fc.constant([1, { a: 2 }]), tie('node')),
    node: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  }))
  fc.assert(
    fc.property(node, document => {
      const bytes = Buffer.from(JSON.stringify(document))
      for (const [path, value] of leavesOf(bytes)) t.deepEqual(fieldAt(bytes, path), value)
    }),
  )
})
