import test from 'ava'
import fc from 'fast-check'
import { toLines } from '../../../src/cli/output/formats.ts'

const lines = (...hits: string[]) => toLines(hits.map(hit => Buffer.from(hit))).toString()

test('one hit a line, byte for byte', t => {
  t.is(lines('{"a": 1.0}', '{"b":"é\\n"}'), '{"a": 1.0}\n{"b":"é\\n"}\n')
})

test('without hits there are no lines', t => {
  t.is(lines(), '')
})

test('a line break between the tokens of a hit becomes a space', t => {
  t.is(lines('{\r\n\t"a" :\n1}'), '{  \t"a" : 1}\n')
})

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
