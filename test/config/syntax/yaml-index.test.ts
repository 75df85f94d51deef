import test from 'ava'
import { ConfigMistakes } from '../../../src/config/mistakes.ts'
import { parseYaml } from '../../../src/config/syntax/yaml.ts'
import { says } from '../_mistakes.ts'

const TWICE = 'duplicate key'
test(says, 'a: b\na: secret', `2:1: a: ${TWICE}`)
test(says, 'a: b\r\na: secret\r\n', `2:1: a: ${TWICE}`)
test(says, 'aliases:\n  logs: x\n  prod: y\n  logs: secret', `4:3: aliases.logs: ${TWICE}`)
test(says, 'a: [b, { c: d, c: e }]', `1:16: a[1].c: ${TWICE}`)
test(says, '{ a: 1, b: 2, a: 3, b: 4 }', `1:15: a: ${TWICE}`, `1:21: b: ${TWICE}`)
test(says, '{ "a": 1, "\\u0061": 2 }', `1:11: a: ${TWICE}`)
test(says, '1: a\n"1": b', `2:1: "1": ${TWICE}`.replace('"1"', '1'))
test(says, '"": a\n"": b', `2:1: "": ${TWICE}`)
test(says, '<<: a\n<<: b', `2:1: "<<": ${TWICE}`)
test(says, '__proto__: a\n__proto__: b', `2:1: __proto__: ${TWICE}`)
test(says, '"\\e[2J": a\n"\\e[2J": b', `2:1: "\\u001b[2J": ${TWICE}`)
test(says, 'a: &x { b: c, b: d }\ne: *x', `1:15: a.b: ${TWICE}`)
test(
  says,
  'a: *b\nc: d\nc: e',
  '1:4: a YAML alias without an anchor before it; a value that begins with * must be in quotes',
  `3:1: c: ${TWICE}`,
)

test(says, 'a: &x [*x]', '1:8: a YAML alias of a value that contains it')
test(says, 'a: &x { b: { c: *x } }', '1:17: a YAML alias of a value that contains it')

test('a key that is repeated ten thousand times', t => {
  const error = t.throws<ConfigMistakes>(() => parseYaml('rc', 'a: b\n'.repeat(10_000)), {
    instanceOf: ConfigMistakes,
  })
  t.is(error?.message, `rc:2:1: a: ${TWICE} (and 9998 more errors)`)
  t.is(error?.mistakes.length, 9999)
})
