import test from 'ava'
import { parseYaml } from '../../src/config/yaml.ts'
import { ConfigError } from '../../src/errors.ts'

const reads = test.macro({
  exec: (t, text: string, data: unknown) => t.deepEqual(parseYaml('rc', text)?.data, data),
  title: (title, text) => title || JSON.stringify(text),
})
const refuses = test.macro({
  exec: (t, text: string, said: string) => {
    t.throws(() => parseYaml('rc', text), { instanceOf: ConfigError, message: `rc${said}` })
  },
  title: (title, text) => title || JSON.stringify(text),
})

test(reads, '', undefined)
test(reads, '# a comment', undefined)
test(reads, '---\n...\n', undefined)
test(reads, 'null', null)
test(reads, 'a: b\r\nc: |\r\n  d\r\n', { a: 'b', c: 'd\n' })
test(reads, '{"a": ["b", true, null]}', { a: ['b', true, null] })
test(reads, 'a: &x { b: c }\nd: *x', { a: { b: 'c' }, d: { b: 'c' } })
test(reads, '<<: { a: b }', { '<<': { a: 'b' } })
test(reads, '%YAML 1.1\n---\na: yes\nb: 2020-01-01', { a: 'yes', b: '2020-01-01' })
test(reads, '1: a\ntrue: b\n1.0: c', { 1: 'a', true: 'b', '1.0': 'c' })
test(reads, 'a: !!str 5', { a: '5' })
test(reads, '"\\ud83d\\ude00": "\\/"', { '😀': '/' })

test(refuses, 'a: secret: x', ':1:4: nested mappings are not allowed in compact mappings')
test(
  refuses,
  'a: [secret',
  ':1:11: flow sequence in block collection must be sufficiently indented and end with a ]',
)
test(refuses, 'a: "secret', ':1:11: missing closing "quote')
test(refuses, 'a: b\na: secret', ':2:1: a key that is there already')
test(refuses, '{a: 1, b: 2, a: 3, b: 4}', ':1:14: a key that is there already (and 1 more mistake)')
test(refuses, 'a: @secret', ':1:4: a value that begins with a reserved character: put it in quotes')
test(refuses, 'a: "\\secret"', ':1:5: a backslash in double quotes that begins no known escape')
test(refuses, '- a\nsecret: c', ':2:1: something that does not belong here (and 2 more mistakes)')
test(refuses, 'a:\n\t- b', ':2:1: tabs are not allowed as indentation')
test(refuses, 'a: !secret b', ':1:4: a tag that cannot be used here')
test(refuses, 'a: !!js/function secret', ':1:4: a tag that cannot be used here')
test(refuses, 'a: !!binary aGk=', ':1:4: a tag that cannot be used here')
test(refuses, '%YAML 1.9\n---\na: b', ':1:7: a % directive that is not known')
test(refuses, '? [a]\n: b', ':1:3: a key that is not a string')
test(refuses, 'a: b\n---\nc: d', ':2:1: a second document')
test(refuses, 'a: *secret', ':1:4: a YAML alias without an anchor before it')
test(refuses, 'a: &x [*x]', ':1:8: a YAML alias of what it stands in')
test('too many aliases', refuses, `a: &x b\nc: [${'*x,'.repeat(101)}]`, ':2:305: more than 100 YAML aliases')
test('a depth of 65', refuses, '['.repeat(65) + ']'.repeat(65), ':1:65: nested more than 64 deep')
test(
  'a depth that would end the process',
  refuses,
  '['.repeat(2 ** 15) + ']'.repeat(2 ** 15),
  ':1:65: nested more than 64 deep',
)
test('deep in blocks', refuses, '- '.repeat(2 ** 15), ':1:129: nested more than 64 deep')
const laughs = [
  'a0: &a0 [x,x,x,x,x,x,x,x]',
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(level => `a${level}: &a${level} [${`*a${level - 1},`.repeat(8)}]`),
]
test('a billion laughs', refuses, laughs.join('\n'), ': YAML aliases that multiply beyond reason')

test('positions: of the key, of the item, through an alias, or of what is nearest', t => {
  const source = parseYaml('rc', 'a: &x\n  b: [1, two]\nc: *x\n')
  const position = (...path: (string | number)[]) => Object.values(source?.position(path) ?? {}).join(':')
  t.deepEqual(
    [position(), position('a'), position('a', 'b'), position('a', 'b', 1), position('c', 'b')],
    ['1:1', '1:1', '2:3', '2:10', '2:3'],
  )
  t.deepEqual([position('z'), position('a', 'z', 'y'), position('a', 'b', 7)], ['1:1', '1:1', '2:3'])
})
