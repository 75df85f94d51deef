import test from 'ava'
import {
  ConfigMistakes,
  FieldError,
  formatLocation,
  formatPath,
  listKnown,
  mistakesIn,
  quoteName,
  type Source,
} from '../../src/config/mistakes.ts'
import { parseYaml } from '../../src/config/syntax/yaml.ts'
import { ConfigError } from '../../src/errors.ts'
import { tree } from './_tree.ts'

const shows = test.macro({
  exec: (t, name: string, text: string) => t.is(quoteName(name), text),
  title: (_, name: string) => `${JSON.stringify(name.slice(0, 30))}, ${name.length} long`,
})
test(shows, 'logs', 'logs')
test(shows, 'é_$*+-1', 'é_$*+-1')
test(shows, '', '""')
test(shows, 'a b', '"a b"')
test(shows, 'a"b', '"a\\"b"')
test(shows, 'a\nb\u001b\u202e\u00a0', '"a\\nb\\u001b\\u202e\u00a0"')
test(shows, 'k'.repeat(64), 'k'.repeat(64))
test(shows, 'k'.repeat(1e6), `"${'k'.repeat(64)}…"`)
test(shows, '😀'.repeat(33), `"${'😀'.repeat(32)}…"`)
test(shows, `k${'😀'.repeat(33)}`, `"k${'😀'.repeat(31)}\\ud83d…"`)

test('a path of keys shows nothing that could be a value', t => {
  t.is(formatPath(['aliases', 'a-1', 'nodes', 1]), 'aliases.a-1.nodes[1]')
  t.is(formatPath([]), '')
  t.is(formatPath(['node:']), '"node:"')
  t.is(formatPath(['a', 'password:secret']), 'a."password:…"')
  t.is(formatPath(['a', 'apiKey secret']), 'a."apiKey …"')
  t.is(formatPath(['password=secret', 'a,b']), '"password=…"."a,b"')
  t.is(formatPath(['https://u:secret@host', '\u001b[2J']), '"https:…"."\\u001b[2J"')
})

test('a long list of names is shortened', t => {
  const names = Array.from({ length: 25 }, (_, index) => `a${index}`)
  t.is(listKnown(names.slice(0, 2)), ' (known: a0, a1)')
  t.is(listKnown(names.slice(0, 20)), ` (known: ${names.slice(0, 20).join(', ')})`)
  t.is(listKnown(names), ` (known: ${names.slice(0, 20).join(', ')}, and 5 more)`)
})

test('control characters of a path are escaped', t => {
  t.is(
    formatLocation('/a b/é\n\r\t\u001b]0;x\u0007\u009b\u2028\u202e'),
    '/a b/é\\u000a\\u000d\\u0009\\u001b]0;x\\u0007\\u009b\\u2028\\u202e',
  )
  t.is(formatLocation('/a\nb', { line: 1, column: 2 }), '/a\\u000ab:1:2')
})

test('an error has all mistakes in the order of the file; its message contains the first', t => {
  const source = parseYaml('rc', 'a: 1\nb:\n  c: 2\n') as Source
  const second = { path: ['b', 'c'], what: 'second' }
  const first = { path: ['a'], what: 'first' }
  const error = mistakesIn(source, [second, first])
  t.true(error instanceof ConfigError)
  t.is(error.name, 'ConfigError')
  t.is(error.message, 'rc:1:1: a: first (and 1 more error)')
  t.deepEqual([error.location, error.path, error.hint], ['rc:1:1: a', ['a'], { kind: 'list-mistakes' }])
  t.deepEqual(error.mistakes, [
    { ...first, location: 'rc:1:1: a' },
    { ...second, location: 'rc:3:3: b.c' },
  ])
  t.is(mistakesIn(source, [first, first, first]).message, 'rc:1:1: a: first (and 2 more errors)')
  const only = mistakesIn(source, [second])
  t.deepEqual([only.message, only.hint, only.advice], ['rc:3:3: b.c: second', undefined, undefined])
})

test('the error for a field has its path and its location', t => {
  const source = parseYaml('rc', 'a: 1\nb: [2, 3]\n') as Source
  const error = new FieldError(source, { path: ['b', 1], what: 'is odd' }, { advice: 'make it even' })
  t.deepEqual([error.path, error.location, error.what], [['b', 1], 'rc:2:8: b[1]', 'is odd'])
  t.deepEqual([error.name, error.advice], ['ConfigError', 'make it even'])
  t.is(error.message, 'rc:2:8: b[1]: is odd')
})

test('the mistakes of an object', t => {
  const { load, root } = tree(t, {
    'project/.esconnrc': 'aliases:\n  a: { nodse: http://a }\n  b: { node: ftp://secret }\n',
  })
  const error = t.throws<ConfigMistakes>(load, { instanceOf: ConfigMistakes })
  t.deepEqual(
    error?.mistakes.map(({ location, what }) => [location.replace(root, 'ROOT'), what]),
    [
      ['ROOT/project/.esconnrc:2:8: aliases.a.nodse', 'unknown key; did you mean `node`?'],
      ['ROOT/project/.esconnrc:3:8: aliases.b.node', 'must begin with http:// or https://'],
    ],
  )
})
