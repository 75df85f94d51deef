import test from 'ava'
import fc from 'fast-check'
import { parseYaml } from '../../src/config/syntax/yaml.ts'
import { RawNumber, toJson } from '../../src/json/numbers.ts'

const spells = test.macro({
  exec: (t, yaml: string, json: string) => t.is(toJson(new RawNumber(yaml)), json),
  title: (_, yaml, json) => `${yaml} is ${json}`,
})

for (const digits of [
  '0',
  '-0',
  '1.0',
  '-1.50e+3',
  '1E400',
  '18446744073709551615',
  '0.10000000000000000001',
]) {
  test(spells, digits, digits)
}
test(spells, '+7', '7')
test(spells, '007', '7')
test(spells, '-00.50', '-0.50')
test(spells, '.5', '0.5')
test(spells, '-.5e3', '-0.5e3')
test(spells, '5.', '5')
test(spells, '0x1F', '31')
test(spells, '0xFFFFFFFFFFFFFFFF', '18446744073709551615')
test(spells, '0o17', '15')

const fails = test.macro(
  (t, value: unknown, message: string) => void t.throws(() => toJson(value), { message }),
)

const round: Record<string, unknown> = {}
round.self = [round]
test('.inf', fails, new RawNumber('.inf'), 'contains a value that JSON cannot express')
test('.nan', fails, new RawNumber('.nan'), 'contains a value that JSON cannot express')
test('NaN', fails, [Number.NaN], 'contains a value that JSON cannot express')
test('undefined', fails, { a: undefined }, 'contains a value that JSON cannot express')
test('a function', fails, { a: () => 1 }, 'contains a value that JSON cannot express')
test('an object that contains itself', fails, round, 'is nested more than 500 deep')

test('plain JavaScript values', t => {
  t.is(
    toJson({ a: [1n, 1.5, null, true, 'x"\ud800'], b: {} }),
    '{"a":[1,1.5,null,true,"x\\"\\ud800"],"b":{}}',
  )
})

test('JSON parsed as YAML and written again equals what JSON.parse returns', t => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
      const text = JSON.stringify({ value })
      t.deepEqual(JSON.parse(toJson(parseYaml('x', text)?.data)), JSON.parse(text))
    }),
  )
})

const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,40})?([eE][-+]?\d{1,3})?$/)

test('a number keeps each of its digits', t => {
  fc.assert(
    fc.property(fc.array(digits), numbers => {
      const text = `{"n":[${numbers.join(',')}]}`
      t.is(toJson(parseYaml('x', text)?.data), text)
    }),
    { numRuns: 1000 },
  )
})
