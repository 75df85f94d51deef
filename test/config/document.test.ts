import test from 'ava'
import fc from 'fast-check'
import { load } from '../../src/config/document.ts'
import type { Source } from '../../src/config/mistakes.ts'
import { ConfigError } from '../../src/errors.ts'

const refuses = test.macro((t, text: string, said: string) => {
  t.throws(() => load('x.json', text), { instanceOf: ConfigError, message: `x.json${said}` })
})

test('NUL', refuses, 'a: \u0000', ':1:4: not UTF-8 text')
test('escape', refuses, 'a: b\nc: \u001b', ':2:4: not UTF-8 text')
test('Latin-1', refuses, Buffer.from('a: caf\xe9', 'latin1').toString(), ':1:7: not UTF-8 text')
test('UTF-16', refuses, Buffer.from('\uFEFFa: b', 'utf16le').toString(), ':1:1: not UTF-8 text')
test('1 MiB and a byte', refuses, 'x'.repeat(2 ** 20 + 1), ': larger than 1 MiB')

test('a byte order mark is passed over', t => {
  t.deepEqual((load('rc', '\uFEFFa: b') as Source).data, { a: 'b' })
  t.deepEqual((load('rc', '\uFEFFa: b') as Source).position(['a']), { line: 1, column: 1 })
})

test('JSON is strict, and says what to do', t => {
  const error = t.throws<ConfigError>(() => load('x.json', '{"a": 1, // why\n}'))
  t.is(error?.message, 'x.json:1:9: not valid JSON')
  t.is(error?.advice, 'comments, trailing commas and unquoted names need a .yaml file')
})

test('a key that is there already', refuses, '{"a": 1,\n "a": 2}', ':2:2: a key that is there already')
test('deep nesting', refuses, '['.repeat(2 ** 15) + ']'.repeat(2 ** 15), ':1:65: nested more than 64 deep')

test('of package.json only the member is judged', t => {
  const text = '{ "name": "x", "name": "x",\r\n\t"esconn": {\r\n\t\t"a": "b" }, "deep": "\\u0000" }'
  const { esconn } = load('/p/package.json', text) as { esconn: Source }
  t.deepEqual(esconn.data, { a: 'b' })
  t.deepEqual(esconn.position(['a']), { line: 3, column: 3 })
  t.deepEqual(load('/p/package.json', '{"name": "x"}'), { esconn: undefined })
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
