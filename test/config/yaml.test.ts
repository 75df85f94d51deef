import test from 'ava'
import { Numeral } from '../../src/config/json.ts'
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
test(reads, "a: 'b\r\n  c' # d\r\ne: [f,\r\n  g\r\n h]\r\ni: j\r\n  k\r\n", {
  a: 'b c',
  e: ['f', 'g h'],
  i: 'j k',
})
test(reads, 'a: "b\\\r\n  c\r\n\r\n  d"\r\ne: >-\r\n  f\r\n  g\r\n', { a: 'bc\nd', e: 'f g' })
test(reads, 'a: b\rc:\r  d: e\r', { a: 'b', c: { d: 'e' } })
test(reads, '{\r"a":\r"b"\r}', { a: 'b' })
test(reads, '{"a": ["b", true, null]}', { a: ['b', true, null] })
test(reads, 'a: &x { b: c }\nd: *x', { a: { b: 'c' }, d: { b: 'c' } })
test(reads, '<<: { a: b }', { '<<': { a: 'b' } })
test(reads, '%YAML 1.1\n---\na: yes\nb: 2020-01-01', { a: 'yes', b: '2020-01-01' })
test(reads, '1: a\ntrue: b\n1.0: c', { 1: 'a', true: 'b', '1.0': 'c' })
test(reads, 'a: !!str 5', { a: '5' })
test(reads, '"\\ud83d\\ude00": "\\/"', { '😀': '/' })

test(refuses, '%YAML 1.9\n---\na: b', ':1:7: a % directive that is not known')
test(refuses, 'a: b\n---\nc: d', ':2:1: a second document, where a file holds one')
test(refuses, 'a: b\n...\nc: d', ':3:1: a second document, where a file holds one')
test('too many aliases', refuses, `a: &x b\nc: [${'*x,'.repeat(101)}]`, ':2:305: more than 100 YAML aliases')
test('a depth of 65', refuses, '['.repeat(65) + ']'.repeat(65), ':1:65: nested more than 64 deep')
test('a depth of 64', reads, '['.repeat(64) + ']'.repeat(64), JSON.parse('['.repeat(64) + ']'.repeat(64)))
test(
  'a depth that would end the process',
  refuses,
  '['.repeat(2 ** 15) + ']'.repeat(2 ** 15),
  ':1:65: nested more than 64 deep',
)
test('deep in blocks', refuses, '- '.repeat(2 ** 15), ':1:129: nested more than 64 deep')
const ONE_TWO = [new Numeral('1'), new Numeral('2')]
const laughs = [
  'a0: &a0 [x,x,x,x,x,x,x,x]',
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(level => `a${level}: &a${level} [${`*a${level - 1},`.repeat(8)}]`),
]
test('a billion laughs', refuses, laughs.join('\n'), ':1:1: YAML aliases that multiply beyond reason')

test(
  'aliases of much',
  refuses,
  `a: &x [${'1,'.repeat(2000)}]\nb: [${'*x,'.repeat(90)}]`,
  ':1:1: YAML aliases that multiply beyond reason',
)
test('aliases of little', reads, 'a: &x [1, 2]\nb: [*x, *x]', { a: ONE_TWO, b: [ONE_TWO, ONE_TWO] })
test(
  'too many words and signs',
  refuses,
  `[${'x,'.repeat(34_000)}]`,
  ':1:66667: larger than a configuration can be',
)
test('many words and signs', reads, `[${'x,'.repeat(30_000)}]`, Array(30_000).fill('x'))

test('positions: of the key, of the item, through an alias, or of what is nearest', t => {
  const source = parseYaml('rc', 'a: &x\n  b: [1, two]\nc: *x\n')
  const position = (...path: (string | number)[]) => Object.values(source?.position(path) ?? {}).join(':')
  t.deepEqual(
    [position(), position('a'), position('a', 'b'), position('a', 'b', 1), position('c', 'b')],
    ['1:1', '1:1', '2:3', '2:10', '2:3'],
  )
  t.deepEqual([position('z'), position('a', 'z', 'y'), position('a', 'b', 7)], ['1:1', '1:1', '2:3'])
})

test('positions behind any line end', t => {
  for (const end of ['\n', '\r\n', '\r']) {
    const source = parseYaml('rc', ['a: b', 'c:', '  - d', '  - e: f'].join(end))
    t.deepEqual(source?.position(['c', 1, 'e']), { line: 4, column: 5 })
    t.throws(() => parseYaml('rc', ['a: b', 'c: "d"', 'e: @f'].join(end)), { message: /^rc:3:4: / })
  }
})

/** Each of these may be repeated without end; the reader must not take long over any of them. */
const parts = [
  '- ',
  '[',
  '{',
  '[]',
  '"',
  "'",
  'a: ',
  'a:\n',
  '? ',
  '&x ',
  '*x ',
  '!a ',
  '|\n',
  '# a\n',
  '%a\n',
  '---\n',
]
const more = [
  '...\n',
  'a\n',
  '\n',
  ' ',
  '\t',
  ',',
  '[a,',
  '{a: ',
  'a: b\n',
  '"\\\n',
  '\r',
  '"a" ',
  ': ',
  '[? ',
  '${',
]
const begins = ['', 'a: ', '[', '{', 'a: "', 'a: |\n', 'a: &a b\nc: [']

test('a mebibyte of anything is read or refused at once', t => {
  for (const part of [...parts, ...more])
    for (const begin of begins) {
      const text = begin + part.repeat(2 ** 20 / part.length - 20)
      const started = performance.now()
      try {
        parseYaml('rc', text)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
      }
      const took = performance.now() - started
      t.true(took < 5000, `${JSON.stringify(begin + part)}: ${took} ms`)
    }
})

test('prints nothing, whatever the environment holds', t => {
  const { log, dir } = console
  let printed = 0
  const count = () => {
    printed += 1
  }
  Object.assign(console, { log: count, dir: count })
  Object.assign(process.env, { LOG_TOKENS: '1', LOG_STREAM: '1' })
  t.deepEqual(parseYaml('rc', 'a: secret')?.data, { a: 'secret' })
  t.throws(() => parseYaml('rc', 'a: @secret'))
  Object.assign(console, { log, dir })
  t.is(printed, 0)
  t.deepEqual([process.env.LOG_TOKENS, process.env.LOG_STREAM], ['1', '1'], 'it is as it was')
})
