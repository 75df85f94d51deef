import test from 'ava'
import {
  dotted,
  list,
  Mistakes,
  onOneLine,
  place,
  refuse,
  type Source,
  shown,
} from '../../src/config/mistakes.ts'
import { parseYaml } from '../../src/config/yaml.ts'
import { ConfigError } from '../../src/errors.ts'
import { tree } from './_tree.ts'

const shows = test.macro({
  exec: (t, name: string, text: string) => t.is(shown(name), text),
  title: (_, name: string) => `${JSON.stringify(name.slice(0, 30))}, ${name.length} long`,
})
test(shows, 'logs', 'logs')
test(shows, 'é_$*+-1', 'é_$*+-1')
test(shows, '', '""')
test(shows, 'a b', '"a b"')
test(shows, 'a"b', '"a\\"b"')
test(shows, 'a\nb\u001b\u202e\u00a0', '"a\\nb\\u001b\\u{202e}\\u{a0}"')
test(shows, 'k'.repeat(64), 'k'.repeat(64))
test(shows, 'k'.repeat(1e6), `"${'k'.repeat(64)}…"`)
test(shows, '😀'.repeat(33), `"${'😀'.repeat(32)}…"`)
test(shows, `k${'😀'.repeat(33)}`, `"k${'😀'.repeat(31)}\\ud83d…"`)

test('a path of keys shows nothing that could be a value', t => {
  t.is(dotted(['aliases', 'a-1', 'nodes', 1]), 'aliases.a-1.nodes[1]')
  t.is(dotted([]), '')
  t.is(dotted(['node:']), '"node:"')
  t.is(dotted(['a', 'password:secret']), 'a."password:…"')
  t.is(dotted(['a', 'apiKey secret']), 'a."apiKey …"')
  t.is(dotted(['password=secret', 'a,b']), '"password=…"."a,b"')
  t.is(dotted(['https://u:secret@host', '\u001b[2J']), '"https:…"."\\u001b[2J"')
})

test('a long list of names is cut', t => {
  const names = Array.from({ length: 25 }, (_, index) => `a${index}`)
  t.is(list(names.slice(0, 2)), ' (known: a0, a1)')
  t.is(list(names.slice(0, 20)), ` (known: ${names.slice(0, 20).join(', ')})`)
  t.is(list(names), ` (known: ${names.slice(0, 20).join(', ')}, and 5 more)`)
})

test('a path that would end the line', t => {
  t.is(
    onOneLine('/a b/é\n\r\t\u001b]0;x\u0007\u009b\u2028\u202e'),
    '/a b/é\\u{a}\\u{d}\\u{9}\\u{1b}]0;x\\u{7}\\u{9b}\\u{2028}\\u{202e}',
  )
  t.is(place('/a\nb', { line: 1, column: 2 }), '/a\\u{a}b:1:2')
})

test('a refusal holds all its lines in the order of the file, and tells the first', t => {
  const source = parseYaml('rc', 'a: 1\nb:\n  c: 2\n') as Source
  const error = refuse(source, [
    { path: ['b', 'c'], what: 'second' },
    { path: ['a'], what: 'first' },
  ])
  t.true(error instanceof ConfigError)
  t.is(error.name, 'ConfigError')
  t.is(error.message, 'rc:1:1: a: first (and 1 more mistake)')
  t.deepEqual(error.lines, ['rc:1:1: a: first', 'rc:3:3: b.c: second'])
  t.deepEqual(
    [new Mistakes(['x']).message, new Mistakes(['x', 'y', 'z']).message],
    ['x', 'x (and 2 more mistakes)'],
  )
})

test('of a whole file', t => {
  const { load, root } = tree(t, {
    'project/.esconnrc': 'aliases:\n  a: { nodse: http://a }\n  b: { node: ftp://secret }\n',
  })
  const error = t.throws<Mistakes>(load, { instanceOf: Mistakes })
  t.deepEqual(
    error?.lines.map(line => line.replace(root, 'ROOT')),
    [
      'ROOT/project/.esconnrc:2:8: aliases.a.nodse: unknown key; did you mean `node`?',
      'ROOT/project/.esconnrc:3:8: aliases.b.node: must begin with http:// or https://',
    ],
  )
})
