import test from 'ava'
import fc from 'fast-check'
import type { Source } from '../../../src/config/mistakes.ts'
import { loadForCosmiconfig } from '../../../src/config/syntax/parse.ts'
import { ConfigError } from '../../../src/errors.ts'

const refuses = test.macro((t, text: string, said: string) => {
  t.throws(() => loadForCosmiconfig('x.json', text), { instanceOf: ConfigError, message: `x.json${said}` })
})

test('NUL', refuses, 'a: \u0000', ':1:4: a control character')
test('escape', refuses, 'a: b\nc: \u001b', ':2:4: a control character')
test('escape after a carriage return', refuses, 'a: b\rc: \u001b', ':2:4: a control character')
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
test('UTF-16 without content', refuses, utf16('\uFEFF').toString(), UTF_16)
const TOO_LARGE = ': larger than 128 KiB, the limit for a configuration file'
test('128 KiB and a byte', refuses, 'x'.repeat(2 ** 17 + 1), TOO_LARGE)

test('a byte order mark is skipped', t => {
  t.deepEqual((loadForCosmiconfig('rc', '\uFEFFa: b') as Source).data, { a: 'b' })
  t.deepEqual((loadForCosmiconfig('rc', '\uFEFFa: b') as Source).position(['a']), { line: 1, column: 1 })
})

test('both halves of a surrogate pair may be escaped', t => {
  t.deepEqual((loadForCosmiconfig('x.json', '{"a": "\\ud83d\\ude00"}') as Source).data, { a: '😀' })
})

test('a path is shown on one line', t => {
  const said = (path: string, text: string) => t.throws(() => loadForCosmiconfig(path, text))?.message
  t.is(
    said('/a\nb\u001b[2J/rc', '['),
    '/a\\u000ab\\u001b[2J/rc:1:1: a bracket that is not closed, or that contains a line without indentation',
  )
  t.is(
    said('/a\u202e\u2028/x.json', '['),
    '/a\\u202e\\u2028/x.json:1:1: a bracket that is not closed, or that contains a line without indentation',
  )
  t.is(said('/a\n/rc', '\0\0\0'), '/a\\u000a/rc:1:1: a control character')
  t.is(said('/a\n/rc', 'x'.repeat(2 ** 17 + 1)), `/a\\u000a/rc${TOO_LARGE}`)
})

const accepts = test.macro({
  exec: (t, text: string) => t.deepEqual((loadForCosmiconfig('x.json', text) as Source).data, { a: 'b' }),
  title: (_, text) => `JSON may be written as ${JSON.stringify(text)}`,
})
test(accepts, '{"a": "b"}')
test(accepts, '{\n\t"a":\n\t"b"\n}')
test(accepts, '{"a": "b",}')
test(accepts, '{ # why\n"a": "b" }')
test(accepts, "{'a': b}")

test('a missing colon', refuses, '{"a": 1,\r\n "b" 2}', ':2:6: a comma is missing before this')
test(
  'a // comment',
  refuses,
  '{"a": 1, // why\n}',
  ':1:10: a colon and a space are missing between key and value',
)
test(
  'a missing bracket',
  refuses,
  '{"a": {',
  ':1:7: a bracket that is not closed, or that contains a line without indentation',
)

test('duplicate key', refuses, '{"a": 1,\n "a": 2}', ':2:2: a: duplicate key')
test(
  'half of a surrogate pair',
  refuses,
  '{"a": "b", "c": "\\ud83dsecret"}',
  ':1:17: an escape for NUL, or for half of a surrogate pair',
)
test(
  'half of a surrogate pair as a key',
  refuses,
  '{"\\ude00": 1}',
  ':1:2: an escape for NUL, or for half of a surrogate pair',
)
test('deep nesting', refuses, '['.repeat(2 ** 15) + ']'.repeat(2 ** 15), ':1:65: nested more than 64 deep')

test('of package.json only the member is checked', t => {
  const text = '{ "name": "x", "name": "x",\r\n\t"esconn": {\r\n\t\t"a": "b" }, "deep": "\\u0000" }'
  const { esconn } = loadForCosmiconfig('/p/package.json', text) as { esconn: Source }
  t.deepEqual(esconn.data, { a: 'b' })
  t.deepEqual(esconn.position(['a']), { line: 3, column: 3 })
  t.deepEqual(loadForCosmiconfig('/p/package.json', '{"name": "x"}'), { esconn: undefined })
  const deep = `{"a": ${'['.repeat(2 ** 15)}${']'.repeat(2 ** 15)}, "esconn": {}}`
  t.deepEqual((loadForCosmiconfig('/p/package.json', deep) as { esconn: Source }).esconn.data, {})
  t.deepEqual(
    (loadForCosmiconfig('/p/package.json', '{"esconn": null}') as { esconn: Source }).esconn.data,
    null,
  )
})

const packageRefuses = test.macro((t, text: string, said: string) => {
  t.throws(() => loadForCosmiconfig('/p/package.json', text), {
    instanceOf: ConfigError,
    message: `/p/package.json${said}`,
  })
})
test(
  'package.json: the member twice',
  packageRefuses,
  '{"esconn": 1,\n "esc\\u006fnn": 2}',
  ':2:17: esconn: duplicate key',
)
test(
  'package.json: syntax error',
  packageRefuses,
  '{"esconn": [}',
  ':1:13: a closing bracket that does not match the open one',
)
test('package.json: YAML that is not JSON', packageRefuses, '{"esconn": {},}', ': is not valid JSON')
test(
  'package.json: a large member',
  packageRefuses,
  `{"esconn": "${'x'.repeat(2 ** 17)}"}`,
  ': larger than 128 KiB, the limit for a configuration file',
)
test(
  'package.json: a mistake in the member',
  packageRefuses,
  '{ "é😀": 1,\n "esconn": {"a": 1, "a": 2} }',
  ':2:21: a: duplicate key',
)

test('package.json: only a member at the top counts, and other members may be large', t => {
  const member = (text: string) => (loadForCosmiconfig('/p/package.json', text) as { esconn?: Source }).esconn
  t.is(member('{"a": {"esconn": 2}}'), undefined)
  t.is(member('["esconn"]'), undefined)
  t.is(member('{"a": "esconn", "b": ["esconn", 3]}'), undefined)
  const source = member(`{"a": "${'x'.repeat(2 ** 18)}",\n "esc\\u006fnn": {"b": "c"} }`)
  t.deepEqual([source?.data, source?.text], [{ b: 'c' }, '{"b": "c"}'])
  t.deepEqual(source?.position(['b']), { line: 2, column: 18 })
})

test('package.json: the member is found in any object', t => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (others, value) => {
      const text = JSON.stringify({ ...others, esconn: { value }, after: 1 }, null, 1)
      const { esconn } = loadForCosmiconfig('/p/package.json', text) as { esconn: Source }
      t.deepEqual(esconn.data, { value })
    }),
  )
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
        loadForCosmiconfig(name, text)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
      }
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
