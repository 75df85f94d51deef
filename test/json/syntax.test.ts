import test from 'ava'
import fc from 'fast-check'
import { findJsonMistake } from '../../src/json/syntax.ts'

const isAt = test.macro({
  exec(t, text: string, line: number, column: number, what: string) {
    t.throws(() => JSON.parse(text))
    t.deepEqual(findJsonMistake(text), { line, column, what })
  },
  title: (_, text: string) => JSON.stringify(text),
})

test(isAt, '', 1, 1, 'it ends too early')
test(isAt, '{"query":', 1, 10, 'it ends too early')
test(isAt, '{\n  "size": 1,\n}', 3, 1, 'unexpected "}"')
test(isAt, '{\r\n"a" 1}', 2, 5, 'unexpected "1"')
test(isAt, '{"a":1 "b":2}', 1, 8, 'unexpected "\\""')
test(isAt, '[1,]', 1, 4, 'unexpected "]"')
test(isAt, '[1}', 1, 3, 'unexpected "}"')
test(isAt, "{'a':1}", 1, 2, 'unexpected "\'"')
test(isAt, '{"a":tru}', 1, 6, 'unexpected "t"')
test(isAt, '{"a":01}', 1, 7, 'unexpected "1"')
test(isAt, '{} x', 1, 4, 'unexpected "x"')
test(isAt, '{"a":"b\n"}', 1, 8, 'a string cannot contain a line break or a control character')
test(isAt, '{"a": "C:\\dir"}', 1, 10, '\\d is no escape')
test(isAt, '{"query": "abc}', 1, 11, 'this string is not closed')
test(isAt, '{"query": "\\"', 1, 11, 'this string is not closed')
test(isAt, '{"é":"😀" 1}', 1, 11, 'unexpected "1"')
test(isAt, '// a\n{}', 1, 1, 'unexpected "/": JSON has no comments')

test('what comes before the mistake is the beginning of valid JSON', t => {
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', ']', '}', '"', 'x', '1'))
    .map(([json, at, more]) => json.slice(0, at % (json.length + 1)) + more)
  fc.assert(
    fc.property(broken, text => {
      try {
        JSON.parse(text)
      } catch {
        const { line, column } = findJsonMistake(text)
        t.true(line === 1 && column >= 1 && column <= text.length + 1)
      }
    }),
  )
})

test('the position is the one that V8 names, where it names one', t => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom(',', ']', '}', ':'), (json, at, more) => {
      const text = json.slice(0, at % (json.length + 1)) + more
      try {
        JSON.parse(text)
      } catch (error) {
        const [, position] =
          /^Unexpected (?:token|non-).* at position (\d+)/.exec((error as Error).message) ?? []
        if (position !== undefined && !text.includes('"'))
          t.is(findJsonMistake(text).column, Number(position) + 1)
      }
    }),
  )
})

test('a large body with a mistake', t => {
  t.is(findJsonMistake(`{"a":"${'x'.repeat(20_000_000)}", y}`).what, 'unexpected "y"')
})
