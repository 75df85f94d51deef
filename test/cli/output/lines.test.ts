import test from 'ava'
import fc from 'fast-check'
import { Lines } from '../../../src/cli/output/lines.ts'
import { Run } from '../../../src/json/run.ts'

const lines = (...hits: string[]) => new Lines().of(hits.map(hit => new Run(Buffer.from(hit)))).toString()

test('one hit a line, byte for byte', t => {
  t.is(lines('{"a": 1.0}', '{"b":"é\\n"}'), '{"a": 1.0}\n{"b":"é\\n"}\n')
})

test('without hits there are no lines', t => {
  t.is(lines(), '')
})

test('hits that lie side by side, and others', t => {
  const chunk = Buffer.from('{"a":1},{"b":2}, {"c":3},{\n},{"d":4}')
  const [first, second] = [new Run(chunk, 0, 7), new Run(chunk, 17, 24)]
  t.true(first.extend(chunk, 8, 15))
  t.false(first.extend(chunk, 17, 24))
  t.false(second.extend(Buffer.from(chunk), 25, 28))
  t.true(second.extend(chunk, 25, 28) && second.extend(chunk, 29, 36))
  const before = chunk.toString()
  t.is(new Lines().of([first, second]).toString(), '{"a":1}\n{"b":2}\n{"c":3}\n{ }\n{"d":4}\n')
  t.deepEqual(second.elements.map(String), ['{"c":3}', '{\n}', '{"d":4}'])
  t.is(chunk.toString(), before)
})

test('a line break between the tokens of a hit becomes a space', t => {
  t.is(lines('{\r\n\t"a" :\n1}'), '{  \t"a" : 1}\n')
})

const converts = test.macro((t, hit: string, line: string, count: number) => {
  const lines = new Lines()
  t.deepEqual([lines.of([new Run(Buffer.from(hit))]).toString(), lines.converted], [`${line}\n`, count])
})
test('a // comment', converts, '{"a":1, // the "message"\n"b":2}', '{"a":1, /* the "message"*/ "b":2}', 1)
test('a // comment with */', converts, '{//*/ x */\r\n}', '{/** / x * /*/  }', 1)
test('two // comments in a hit count as one hit', converts, '{//\n//\r}', '{/**/ /**/ }', 1)
test(
  'a // in a string or in another comment',
  converts,
  '{"a":"//\\"//",\n/* // */"b":1}',
  '{"a":"//\\"//", /* // */"b":1}',
  0,
)
test('a line break in a comment', converts, '{/*\n*/}', '{/* */}', 0)

test('every hit stays one line with the same meaning', t => {
  fc.assert(
    fc.property(fc.array(fc.json()), fc.nat(3), (values, indent) => {
      const hits = values.map(value => JSON.stringify({ value: JSON.parse(value) }, null, indent))
      const printed = lines(...hits)
        .split('\n')
        .slice(0, -1)
      t.deepEqual(
        printed.map(line => JSON.parse(line)),
        hits.map(hit => JSON.parse(hit)),
      )
    }),
  )
})
