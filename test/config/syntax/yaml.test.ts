import test from 'ava'
import { parseYaml } from '../../../src/config/syntax/yaml.ts'
import { ConfigError } from '../../../src/errors.ts'
import { RawNumber } from '../../../src/json/numbers.ts'
import { processorTime } from '../../support/time.ts'

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

test(refuses, '%YAML 1.9\n---\na: b', ':1:7: an unknown % directive')
test(refuses, 'a: b\n---\nc: d', ':2:1: a second document, where only one is allowed')
test(refuses, 'a: b\n...\nc: d', ':3:1: a second document, where only one is allowed')
test('too many aliases', refuses, `a: &x b\nc: [${'*x,'.repeat(101)}]`, ':2:305: more than 100 YAML aliases')
test('a depth of 65', refuses, '['.repeat(65) + ']'.repeat(65), ':1:65: nested more than 64 deep')
test('a depth of 64', reads, '['.repeat(64) + ']'.repeat(64), JSON.parse('['.repeat(64) + ']'.repeat(64)))
test(
  'a depth that would crash the process',
  refuses,
  '['.repeat(2 ** 15) + ']'.repeat(2 ** 15),
  ':1:65: nested more than 64 deep',
)
test('deep block nesting', refuses, '- '.repeat(2 ** 15), ':1:129: nested more than 64 deep')
const ONE_TWO = [new RawNumber('1'), new RawNumber('2')]
const laughs = [
  'a0: &a0 [x,x,x,x,x,x,x,x]',
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(level => `a${level}: &a${level} [${`*a${level - 1},`.repeat(8)}]`),
]
test('a billion laughs', refuses, laughs.join('\n'), ':1:1: YAML aliases that repeat too much')

test(
  'aliases of large values',
  refuses,
  `a: &x [${'1,'.repeat(2000)}]\nb: [${'*x,'.repeat(90)}]`,
  ':1:1: YAML aliases that repeat too much',
)
test('aliases of small values', reads, 'a: &x [1, 2]\nb: [*x, *x]', { a: ONE_TWO, b: [ONE_TWO, ONE_TWO] })
test('many values', reads, `[${'x,'.repeat(60_000)}]`, Array(60_000).fill('x'))

test('positions: of the key, of the item, through an alias, or of the nearest ancestor', t => {
  const source = parseYaml('rc', 'a: &x\n  b: [1, two]\nc: *x\n')
  const position = (...path: (string | number)[]) => Object.values(source?.position(path) ?? {}).join(':')
  t.deepEqual(
    [position(), position('a'), position('a', 'b'), position('a', 'b', 1), position('c', 'b')],
    ['1:1', '1:1', '2:3', '2:10', '2:3'],
  )
  t.deepEqual([position('z'), position('a', 'z', 'y'), position('a', 'b', 7)], ['1:1', '1:1', '2:3'])
})

test('positions after any line end', t => {
  for (const end of ['\n', '\r\n', '\r']) {
    const source = parseYaml('rc', ['a: b', 'c:', '  - d', '  - e: f'].join(end))
    t.deepEqual(source?.position(['c', 1, 'e']), { line: 4, column: 5 })
    t.throws(() => parseYaml('rc', ['a: b', 'c: "d"', 'e: @f'].join(end)), { message: /^rc:3:4: / })
  }
})

/** Each of these may be repeated without end; none of them may take long to read. */
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
/** In milliseconds of processor time, for a quarter of the largest file: what grows with the square takes longer. */
const SOON = 600
const begins = ['', 'a: ', '[', '{', 'a: "', 'a: |\n', 'a: &a b\nc: [']

/** A quarter of the largest file after the shortest beginning, and a sixteenth of that after each other one. */
const sizeAfter = (begin: string): number => (begin === '' ? 2 ** 15 : 2 ** 11)

test('anything that is repeated is read or refused soon', t => {
  for (const part of [...parts, ...more])
    for (const begin of begins) {
      const text = begin + part.repeat(sizeAfter(begin) / part.length - 20)
      const spent = processorTime()
      try {
        parseYaml('rc', text)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
      }
      const took = spent()
      t.true(took < SOON, `${JSON.stringify(begin + part)}: ${took} ms`)
    }
})

test('prints nothing, even with the debug variables of the YAML parser', t => {
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
