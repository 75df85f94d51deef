import test from 'ava'
import { Chalk } from 'chalk'
import fc from 'fast-check'
import { PrettyJson } from '../../../src/cli/output/pretty-json.ts'
import { escapeLines } from '../../../src/text.ts'

const plain = new Chalk({ level: 0 })
const coloured = new Chalk({ level: 1 })

const paints = test.macro((t, json: string | Buffer, expected: string) => {
  t.is(new PrettyJson(plain).format(Buffer.from(json)), expected)
})

test(
  'indents objects and arrays',
  paints,
  '{"a":[1,{"b":null}],"c":"d"}',
  ['{', '  "a": [', '    1,', '    {', '      "b": null', '    }', '  ],', '  "c": "d"', '}'].join('\n'),
)
test('keeps empty brackets on one line', paints, '{"a":{ },"b":[ ]}', '{\n  "a": {},\n  "b": []\n}')
test(
  'keeps every digit and escape',
  paints,
  '[9007199254740993,1.0,-0,1e400,"\\u00e9\\/"]',
  '[\n  9007199254740993,\n  1.0,\n  -0,\n  1e400,\n  "\\u00e9\\/"\n]',
)
test('escapes control characters', paints, '["\u009b31m\u007f\u202e"]', '[\n  "\\u009b31m\\u007f\\u202e"\n]')
test('shows a control character between tokens too', paints, '[\u001b[2J]', '[\n  \\u001b[\n    2J\n  ]')

const commented = test.macro((t, json: string, expected: string) => {
  t.is(new PrettyJson(plain).format(Buffer.from(json)), expected)
  const painter = new PrettyJson(plain)
  t.is(
    [...Buffer.from(json)].map(byte => painter.format(Buffer.from([byte]))).join(''),
    expected,
    'a byte at a time',
  )
})
test(
  'a comment to the end of the line',
  commented,
  '{"a":1, // 6" disk }\n"b":[ // \u0007\r\n]}',
  '{\n  "a": 1, // 6" disk }\n  "b": [ // \\u0007\n  ]\n}',
)
test(
  'a comment between tokens',
  commented,
  '{"a"/* " */:/***/2,/*}\n*/"b":/**/"c"}',
  '{\n  "a" /* " */: /***/ 2, /*}\n*/\n  "b": /**/ "c"\n}',
)

test('gives keys, strings and values different colors', t => {
  t.is(
    new PrettyJson(coloured).format(Buffer.from('{"k":["s",1]}')),
    '{\n  \u001b[36m"k"\u001b[39m: [\n    \u001b[32m"s"\u001b[39m,\n    \u001b[33m1\u001b[39m\n  ]\n}',
  )
})

test('any JSON, cut anywhere, keeps its tokens and never controls a terminal', t => {
  const cuts = fc.array(fc.nat(300), { maxLength: 20 })
  fc.assert(
    fc.property(fc.json(), cuts, (json, places) => {
      const bytes = Buffer.from(json)
      const painter = new PrettyJson(plain)
      const sorted = [0, ...places.filter(place => place < bytes.length).sort((a, b) => a - b), bytes.length]
      const painted = sorted
        .map((place, index) => painter.format(bytes.subarray(sorted[index - 1] ?? 0, place)))
        .join('')
      t.notRegex(painted, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
      t.deepEqual(JSON.parse(painted), JSON.parse(json))
    }),
  )
})

test('text of all characters, cut anywhere, in them too, is indented as by JSON.stringify, with controls escaped', t => {
  const special = fc.constantFrom(...'\u001b\u007f\u009b\u061c\u200e\u202e\u2069éب–€😀'.split(/(?:)/u))
  const texts = fc.string({ unit: fc.oneof(special, fc.string({ unit: 'binary', maxLength: 1 })) })
  const values = fc.jsonValue({ stringUnit: 'binary' })
  fc.assert(
    fc.property(fc.array(fc.record({ texts, values })), fc.integer({ min: 1, max: 100 }), (value, size) => {
      const bytes = Buffer.from(JSON.stringify(value))
      const painter = new PrettyJson(plain)
      let painted = ''
      for (let at = 0; at < bytes.length; at += size) painted += painter.format(bytes.subarray(at, at + size))
      t.is(painted, escapeLines(JSON.stringify(value, null, 2)))
      t.is(new PrettyJson(plain).formatEach([bytes, bytes]).toString(), `${painted}\n`.repeat(2))
    }),
  )
})

test(
  'what is not UTF-8 is replaced',
  paints,
  Buffer.from('["\xe2\x80","\x9b"]', 'latin1'),
  '[\n  "\ufffd",\n  "\ufffd"\n]',
)

test('deep nesting does not become gigabytes of blanks', t => {
  const depth = 100_000
  const pretty = new PrettyJson(new Chalk({ level: 0 }))
  const text = pretty.format(Buffer.from('['.repeat(depth) + ']'.repeat(depth)))
  t.true(text.length < 250 * depth, `${text.length}`)
})
