import test from 'ava'
import fc from 'fast-check'
import { parseJson } from '../../../src/config/syntax/json.ts'
import { parseYaml } from '../../../src/config/syntax/yaml.ts'
import { processorTime } from '../../support/time.ts'

const CONFIG = `{
  "aliases": {
    "default": { "node": "http://h:9200", "retries": 3, "readonly": true, "indices": { "a": "b-*" } }
  }
}`

test('plain JSON is read without the YAML parser, with the same data and positions', t => {
  const [json, yaml] = [parseJson('rc', CONFIG), parseYaml('rc', CONFIG)]
  t.deepEqual(json?.data, yaml?.data)
  for (const path of [['aliases'], ['aliases', 'default', 'retries'], ['aliases', 'absent']])
    t.deepEqual(json?.position(path), yaml?.position(path))
})

const left = test.macro({
  exec: (t, text: string) => t.is(parseJson('rc', text), undefined),
  title: (_, text: string) => `left to the YAML parser: ${text.slice(0, 30)}`,
})
test(left, 'aliases: {}')
test(left, '{"a": 1,}')
test(left, '{"a": 1, "a": 2}')
test(left, '{"a": {"b": 1, "b": 1}}')
test(left, '{"a": 12345678901234567890}')
test(left, '{"a": 1.0}')
test(left, '{"a": -0}')
test(left, '{"a": "\\ud800"}')
test(left, '{"a": "\\u0000"}')
test(left, `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)
test(left, '["a"]')
test(left, '')

test('whatever is read as plain JSON is read in the same way as YAML', t => {
  const space = fc.constantFrom('', ' ', '\n', '\n\t ', '\r\n')
  const text = fc
    .tuple(fc.dictionary(fc.string(), fc.jsonValue()), space)
    .map(([value, indent]) => JSON.stringify(value, undefined, indent))
  fc.assert(
    fc.property(text, text => {
      const json = parseJson('rc', text)
      if (json !== undefined) t.deepEqual(json.data, parseYaml('rc', text)?.data)
    }),
  )
})

test('an attempt to read what is not JSON takes no time', t => {
  const spent = processorTime()
  t.is(parseJson('rc', `{${'"\\'.repeat(2 ** 16 - 1)}`), undefined)
  t.true(spent() < 1000)
})
