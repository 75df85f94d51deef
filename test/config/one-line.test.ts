import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { esconn } from '../support/esconn.ts'
import { processorTime } from '../support/time.ts'
import { type Tree, tree } from './_tree.ts'

/** Creates something hostile at a path. */
type Trap = (path: string) => void
const holds =
  (content: string | Buffer): Trap =>
  path =>
    writeFileSync(path, content, { mode: 0o600 })

const SECRET = 'S3CRETS3CRET'
const nest = (depth: number, text: string) => '['.repeat(depth) + text + ']'.repeat(depth)
const laughs = Array.from({ length: 20 }, (_, at) => `a${at}: &a${at} [${`*a${at - 1},`.repeat(9)}]`)

const ANYWHERE: Record<string, Trap> = {
  'a directory': path => mkdirSync(path),
  'a pipe': path => execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path]),
  'a device': path => symlinkSync('/dev/zero', path),
  'a broken link': path => symlinkSync('none', path),
  'a link to itself': path => symlinkSync(path, path),
  'ten gigabytes': path => {
    writeFileSync(path, '')
    truncateSync(path, 10 * 2 ** 30)
  },
  'ten megabytes': holds(`# ${SECRET}\n`.repeat(700_000)),
  NUL: holds(`{"esconn": "${SECRET}\0"}`),
  'an escape sequence': holds(`{"esconn": "${SECRET}\u001b[2J"}`),
  'Latin-1': holds(Buffer.from(`{"esconn": "${SECRET}\xe9"}`, 'latin1')),
  'UTF-16': holds(Buffer.from(`\uFEFF{"esconn": "${SECRET}"}`, 'utf16le')),
  'a missing end': holds(`{"esconn": {"aliases": {"a": "${SECRET}`),
  'a duplicate key': holds(`{"esconn": {"a": "${SECRET}", "a": 2}, "a": "${SECRET}", "a": 2}`),
  'too deep': holds(`{"esconn": ${nest(30_000, `"${SECRET}"`)}, "a": ${nest(30_000, '')}}`),
  __proto__: holds(`{"esconn": {"__proto__": "${SECRET}"}, "__proto__": "${SECRET}"}`),
  $import: holds(`{"esconn": {"$import": "${SECRET}"}, "$import": "${SECRET}"}`),
  'half of a surrogate pair': holds(`{"esconn": {"a": "${SECRET}\\ud800"}, "a": "\\udfff"}`),
  'a long line': holds(`{"esconn": {"${'k'.repeat(90_000)}": "${SECRET}"}, "a": 1}`),
  'many mistakes': holds(
    `{"esconn": {${Array.from({ length: 9000 }, (_, at) => `"k${at}":1,`).join('')}"x":1}, "x": 1}`,
  ),
}

const IN_YAML: Record<string, Trap> = {
  'a tag': holds(`aliases: !!js/function ${SECRET}`),
  'a billion laughs': holds(laughs.join('\n')),
  'an alias of itself': holds(`aliases: &a [${SECRET}, *a]`),
  'many aliases': holds(`aliases: [&a ${SECRET}, ${'*a, '.repeat(30_000)}]`),
  'CR LF': holds(`aliases:\r\n  a: @${SECRET}\r\n`),
  'a byte order mark': holds(`\uFEFFaliases: @${SECRET}`),
  'a missing space': holds(`aliases: { a: { node: http://a, auth: { apiKey:${SECRET} } } }`),
  'a tab': holds(`aliases:\n\ta: ${SECRET}`),
  'many brackets': holds('[]'.repeat(60_000)),
  'many dashes': holds('- '.repeat(60_000)),
  'many quotes': holds('"'.repeat(120_000)),
}

/** Where a configuration is searched; the last is named by `--config`. */
const PLACES = [
  'project/package.json',
  'project/.esconnrc',
  'home/.esconnrc',
  'home/.config/esconn/config.yaml',
  'named.json',
  'named',
]

/** Exits 78, soon, with one line about the error and perhaps one of advice, and shows no secret. */
const endsWell = test.macro(async (t, place: string, trap: Trap) => {
  const { root, cwd, env } = tree(t)
  mkdirSync(dirname(join(root, place)), { recursive: true })
  trap(join(root, place))
  const named = place.startsWith('named') ? ['--config', join(root, place)] : []
  const spent = processorTime()
  const { status, stdout, stderr } = await esconn([...named, 'aliases'], { cwd, env })
  t.true(spent() < 5000)
  t.deepEqual([status, stdout], [78, ''])
  t.true(stderr[0]?.startsWith(join(root, place)), stderr[0])
  t.true(stderr.length <= 2 && stderr.every(line => line.length < 600), stderr.join('\n'))
  t.notRegex(stderr.join('\n').replaceAll(root, ''), /S3CRET|[\u0000-\u0009\u000b-\u001f]/)
})

for (const place of PLACES) {
  const traps = place.endsWith('.json') ? ANYWHERE : { ...ANYWHERE, ...IN_YAML }
  for (const [name, trap] of Object.entries(traps))
    if (name !== 'a pipe' || !place.startsWith('named'))
      test.serial(`${place}: ${name}`, endsWell, place, trap) // one at a time, since each is timed
}

test('a circular chain of aliases', async t => {
  const rounds = ['a', 'b, b: a', '"${X}"', 'b, b: c, c: d, d: b']
  for (const place of ['project/.esconnrc', 'home/.esconnrc', 'named'])
    for (const round of rounds) {
      const { root, cwd, env } = tree(t, { [place]: `aliases: { a: ${round} }` })
      const config = place === 'named' ? ['--config', join(root, place)] : []
      const { status, stderr } = await esconn([...config, '-a', 'a', 'ping'], {
        cwd,
        env: { ...env, X: 'a' },
      })
      t.is(status, 78)
      t.regex(stderr.join('\n'), /: a circular chain of aliases: |: the file is not trusted/)
      t.true(stderr.length <= 2)
    }
})

/** The exit status and the messages for a mistake in a directory of such a name. */
const named = async (directory: string, { root, env }: Tree): Promise<string[]> => {
  const cwd = join(root, 'project', directory)
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, '.esconnrc'), 'aliases: [')
  const { status, stderr } = await esconn(['aliases'], { cwd, env })
  return [String(status), ...stderr.map(line => line.replaceAll(root, 'ROOT'))]
}

test('control characters in the name of a directory are escaped', async t => {
  const SAID = 'a bracket that is not closed, or that contains a line without indentation'
  t.deepEqual(await named('a\nesconn: all is well\n', tree(t)), [
    '78',
    `ROOT/project/a\\u000aesconn: all is well\\u000a/.esconnrc:1:10: ${SAID}`,
  ])
  t.deepEqual(await named('a\u001b]0;title\u0007\u001b[2J\r\u202e', tree(t)), [
    '78',
    `ROOT/project/a\\u001b]0;title\\u0007\\u001b[2J\\u000d\\u202e/.esconnrc:1:10: ${SAID}`,
  ])
})
