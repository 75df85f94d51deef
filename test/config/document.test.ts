import test from 'ava'
import fc from 'fast-check'
import { load } from '../../src/config/document.ts'
import type { Source } from '../../src/config/mistakes.ts'
import { ConfigError } from '../../src/errors.ts'

const refuses = test.macro((t, text: string, said: string) => {
  t.throws(() => load('x.json', text), { instanceOf: ConfigError, message: `x.json${said}` })
})

test('NUL', refuses, 'a: \u0000', ':1:4: a control character')
test('escape', refuses, 'a: b\nc: \u001b', ':2:4: a control character')
test('escape behind a line end of old', refuses, 'a: b\rc: \u001b', ':2:4: a control character')
test(
  'Latin-1',
  refuses,
  Buffer.from('a: caf\xe9', 'latin1').toString(),
  ':1:7: not UTF-8 text: save it as UTF-8',
)
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const UTF_16 = ': UTF-16 text: save it as UTF-8'
test('UTF-16', refuses, utf16('\uFEFFa: b').toString(), UTF_16)
test('UTF-16 of the other order', refuses, utf16('\uFEFFa: b').swap16().toString(), UTF_16)
test('UTF-16 without a mark', refuses, utf16('a: b').toString(), UTF_16)
test('UTF-16 of the other order without a mark', refuses, utf16('a: b').swap16().toString(), UTF_16)
test('UTF-16 that holds nothing', refuses, utf16('\uFEFF').toString(), UTF_16)
test('1 MiB and a byte', refuses, 'x'.repeat(2 ** 20 + 1), ': larger than 1 MiB')

test('a byte order mark is passed over', t => {
  t.deepEqual((load('rc', '\uFEFFa: b') as Source).data, { a: 'b' })
  t.deepEqual((load('rc', '\uFEFFa: b') as Source).position(['a']), { line: 1, column: 1 })
})

test('the halves of a character may be escaped together', t => {
  t.deepEqual((load('x.json', '{"a": "\\ud83d\\ude00"}') as Source).data, { a: '😀' })
})

test('a path is told on one line', t => {
  const said = (path: string, text: string) => t.throws(() => load(path, text))?.message
  t.is(
    said('/a\nb\u001b[2J/rc', '['),
    '/a\\u{a}b\\u{1b}[2J/rc:1:1: a bracket that is not closed, or holds a line that is not indented',
  )
  t.is(
    said('/a\u202e\u2028/x.json', '['),
    '/a\\u{202e}\\u{2028}/x.json:1:2: not valid JSON: a ] is missing at the end',
  )
  t.is(said('/a\n/rc', '\0\0\0'), '/a\\u{a}/rc:1:1: a control character')
  t.is(said('/a\n/rc', 'x'.repeat(2 ** 20 + 1)), '/a\\u{a}/rc: larger than 1 MiB')
})

test('JSON is strict, and says what to do', t => {
  const error = t.throws<ConfigError>(() => load('x.json', '{"a": 1, // why\n}'))
  t.is(error?.message, 'x.json:1:10: not valid JSON: a comment')
  t.is(error?.advice, 'comments, trailing commas and unquoted names need a .yaml file')
  const other = t.throws<ConfigError>(() => load('x.json', '{"a": 1,\r\n "b" 2}'))
  t.is(other?.message, 'x.json:2:6: not valid JSON: a colon is missing before this')
  t.is(other?.advice, undefined)
})

test('a key that is there already', refuses, '{"a": 1,\n "a": 2}', ':2:2: a: a key that is there already')
test(
  'half of a character',
  refuses,
  '{"a": "b", "c": "\\ud83dsecret"}',
  ':1:17: an escape for NUL, or for half of a character',
)
test(
  'half of a character as a key',
  refuses,
  '{"\\ude00": 1}',
  ':1:2: an escape for NUL, or for half of a character',
)
test('deep nesting', refuses, '['.repeat(2 ** 15) + ']'.repeat(2 ** 15), ':1:65: nested more than 64 deep')

test('of package.json only the member is judged', t => {
  const text = '{ "name": "x", "name": "x",\r\n\t"esconn": {\r\n\t\t"a": "b" }, "deep": "\\u0000" }'
  const { esconn } = load('/p/package.json', text) as { esconn: Source }
  t.deepEqual(esconn.data, { a: 'b' })
  t.deepEqual(esconn.position(['a']), { line: 3, column: 3 })
  t.deepEqual(load('/p/package.json', '{"name": "x"}'), { esconn: undefined })
  const deep = `{"a": ${'['.repeat(2 ** 15)}${']'.repeat(2 ** 15)}, "esconn": {}}`
  t.deepEqual((load('/p/package.json', deep) as { esconn: Source }).esconn.data, {})
  t.deepEqual((load('/p/package.json', '{"esconn": null}') as { esconn: Source }).esconn.data, null)
})

const fragment = fc.constantFrom(
  'a',
  ': ',
  ':',
  '\n',
  '  ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '&x ',
  '*x',
  '!',
  '!!int ',
  '? ',
  '|',
  '>',
  '#',
  '%',
  '---',
  '...',
  '1',
  '.5',
  '~',
  '\t',
  '\\',
  '<<',
  '__proto__',
  '\r\n',
)
const anyText = fc.oneof(
  fc.array(fragment, { maxLength: 60 }).map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.json(),
)

test('any text is read or refused with a ConfigError', t => {
  const names = fc.constantFrom('.esconnrc', 'x.yaml', 'x.json', 'package.json')
  fc.assert(
    fc.property(names, anyText, (name, text) => {
      try {
        load(name, text)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
      }
    }),
    { numRuns: 5000 },
  )
  t.pass()
})
