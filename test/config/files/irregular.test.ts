import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, { appendFileSync, mkdirSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { readContent, readText } from '../../../src/config/files/read.ts'
import { ALIAS, tree } from '../_tree.ts'

const LIMIT = 128 * 1024
const TOO_LARGE = 'larger than 128 KiB, the limit for a configuration file'

import { onlyWhere } from '../../support/only.ts'

const pipe = (path: string) => execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path])
const PLACES = [
  'project/.esconnrc',
  'project/package.json',
  'home/.config/esconn/config.yaml',
  'home/.esconnrc',
]

for (const place of PLACES)
  test(`a pipe as ${place} is never opened`, async t => {
    const { root, load, complaint } = tree(t)
    mkdirSync(join(root, 'home/.config/esconn'), { recursive: true })
    pipe(join(root, place))
    const writer = spawn('sh', ['-c', ': > "$1"', 'sh', join(root, place)])
    t.teardown(() => writer.kill())
    t.is(complaint(load), `ROOT/${place}: a named pipe, where a file is expected`)
    await setTimeout(300)
    t.is(writer.exitCode, null, 'the writer still waits for somebody to open the other end')
  })

test('a socket', async t => {
  const { root, load, complaint } = tree(t)
  const server = createServer().listen(join(root, 'project/.esconnrc'))
  t.teardown(() => server.close())
  await once(server, 'listening')
  t.is(complaint(load), 'ROOT/project/.esconnrc: a socket, where a file is expected')
})

for (const place of PLACES)
  test(`ten gigabytes as ${place}`, t => {
    const { root, load, complaint } = tree(t, { [place]: '' })
    truncateSync(join(root, place), 10 * 2 ** 30)
    const said = place.endsWith('package.json') ? 'larger than 1 MiB' : TOO_LARGE
    t.is(complaint(load), `ROOT/${place}: ${said}`)
    t.is(
      complaint(() => load(join(root, place))),
      `ROOT/${place}: ${said}`,
    )
  })

test('128 KiB of comments are read, a byte more is not', t => {
  const comments = (size: number) => `${ALIAS}#${'x'.repeat(size - ALIAS.length - 1)}`
  const { load, complaint } = tree(t, { 'project/a': comments(LIMIT), 'project/b': comments(LIMIT + 1) })
  t.is(load('a').aliases.length, 1)
  t.is(
    complaint(() => load('b')),
    `ROOT/project/b: ${TOO_LARGE}`,
  )
})

const onLinux = onlyWhere(test, process.platform === 'linux', 'only Linux has such a file')
onLinux('a file of the kernel without a size and without an end', t => {
  const { root, load, complaint } = tree(t, { 'home/.esconnrc': ALIAS })
  symlinkSync('/proc/self/pagemap', join(root, 'link'))
  t.is(
    complaint(() => load(join(root, 'link'))),
    `ROOT/link: ${TOO_LARGE}`,
  )
  t.is(
    complaint(() => load('/proc/self/pagemap')),
    `/proc/self/pagemap: ${TOO_LARGE}`,
  )
})

test('a named pipe without end', t => {
  const { root, load, complaint } = tree(t)
  pipe(join(root, 'pipe'))
  const writer = spawn('sh', ['-c', 'exec yes > "$1"', 'sh', join(root, 'pipe')])
  t.teardown(() => writer.kill())
  t.is(
    complaint(() => load(join(root, 'pipe'))),
    `ROOT/pipe: ${TOO_LARGE}`,
  )
})

test('an empty named pipe, and one with mistakes', t => {
  const { root, load, complaint } = tree(t)
  const said = (name: string, text: string) => {
    pipe(join(root, name))
    spawn('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', text, join(root, name)])
    return complaint(() => load(join(root, name)))
  }
  t.is(said('empty', ''), 'ROOT/empty: contains no configuration')
  t.is(
    said('yaml', 'a: @b'),
    'ROOT/yaml:1:4: a value that begins with a reserved character: put it in quotes',
  )
  t.is(said('pipe.json', '{"aliases" {}}'), 'ROOT/pipe.json:1:12: a comma is missing before this')
  t.is(said('package.json', '{"name": "x"}'), 'ROOT/package.json: contains no configuration')
})

/** Does something just before a file is opened: by us, or by cosmiconfig after us. */
function rightBefore(call: 'openSync' | 'readFileSync', happens: () => void, act: () => string): string {
  const original = fs[call]
  const restore = () => {
    Object.assign(fs, { [call]: original })
    syncBuiltinESMExports()
  }
  const changed = (...parameters: unknown[]) => {
    restore()
    happens()
    return (original as (...parameters: unknown[]) => unknown)(...parameters)
  }
  Object.assign(fs, { [call]: changed })
  syncBuiltinESMExports()
  try {
    return act()
  } finally {
    restore()
  }
}

test('a file that vanishes when it is opened', t => {
  const { root, load, complaint } = tree(t, { 'project/.esconnrc': ALIAS, 'project/x.yaml': ALIAS })
  const vanishes = (name: string) => () => unlinkSync(join(root, name))
  t.is(
    rightBefore('openSync', vanishes('project/x.yaml'), () => complaint(() => load('x.yaml'))),
    'ROOT/project/x.yaml: cannot be read (ENOENT: no such file or directory)',
  )
  t.is(
    rightBefore('openSync', vanishes('project/.esconnrc'), () => complaint(load)),
    'ROOT/project/.esconnrc: cannot be read (ENOENT: no such file or directory)',
  )
})

test('a file that vanishes later', t => {
  const { root, load, complaint } = tree(t, { 'project/.esconnrc': '[', 'project/x.yaml': ALIAS })
  const vanishes = (name: string) => () => unlinkSync(join(root, name))
  t.is(
    rightBefore('readFileSync', vanishes('project/x.yaml'), () => complaint(() => load('x.yaml'))),
    'ROOT/project/x.yaml: cannot be read (ENOENT: no such file or directory)',
  )
  t.is(
    rightBefore('readFileSync', vanishes('project/.esconnrc'), () => String(load().implicit)),
    'true',
    'as if it had never been there',
  )
})

test('a file that grows', t => {
  const { root, load, complaint } = tree(t, { 'project/.esconnrc': ALIAS, 'home/.esconnrc': ALIAS })
  const grows = (name: string) => () => appendFileSync(join(root, name), `#${'x'.repeat(3 * LIMIT)}`)
  t.is(
    rightBefore('readFileSync', grows('project/.esconnrc'), () => complaint(load)),
    `ROOT/project/.esconnrc: ${TOO_LARGE}`,
  )
  writeFileSync(join(root, 'project/.esconnrc'), ALIAS)
  t.is(
    rightBefore('openSync', grows('project/.esconnrc'), () => complaint(load)),
    `ROOT/project/.esconnrc: ${TOO_LARGE}`,
  )
})

test('a pipe that takes the place of a file', t => {
  const { root, load, complaint } = tree(t, { 'project/.esconnrc': ALIAS })
  const swaps = () => {
    unlinkSync(join(root, 'project/.esconnrc'))
    pipe(join(root, 'project/.esconnrc'))
  }
  t.is(
    rightBefore('openSync', swaps, () => complaint(load)),
    'ROOT/project/.esconnrc: a named pipe, where a file is expected',
  )
})

test('paths through broken links', t => {
  const { root, load, complaint } = tree(t, { 'home/.esconnrc': ALIAS, 'project/file': '' })
  symlinkSync('b', join(root, 'project/a'))
  symlinkSync('a', join(root, 'project/b'))
  const said = (name: string) => complaint(() => load(name))
  t.is(said('a'), 'ROOT/project/a: cannot be read (ELOOP: too many symbolic links encountered)')
  t.is(said('a/b/c'), 'ROOT/project/a/b/c: cannot be read (ELOOP: too many symbolic links encountered)')
  t.is(said('file/x'), 'ROOT/project/file/x: no such file')
  t.is(said('no/x'), 'ROOT/project/no/x: no such file')
  t.is(said('x\0y'), 'ROOT/project/x\\u0000y: no such file')
  t.is(said('x'.repeat(300)), `ROOT/project/${'x'.repeat(300)}: cannot be read (ENAMETOOLONG: name too long)`)
})

test('circular links above the working directory', t => {
  const { root, env, complaint, load } = tree(t, { 'home/.esconnrc': ALIAS })
  mkdirSync(join(root, 'home/.config'))
  symlinkSync('esconn', join(root, 'home/.config/esconn'))
  t.is(
    complaint(load),
    'ROOT/home/.config/esconn: cannot be read (ELOOP: too many symbolic links encountered)',
  )
  env.XDG_CONFIG_HOME = join(root, 'home/.esconnrc')
  t.is(load().aliases.length, 1, 'a file where a directory should be holds none')
})

test("something else in place of the user's directory is an error, and not skipped", t => {
  const { root, complaint, load } = tree(t, { 'home/.esconnrc': ALIAS })
  mkdirSync(join(root, 'home/.config'))
  const place = join(root, 'home/.config/esconn')
  symlinkSync('nowhere', place)
  t.is(complaint(load), 'ROOT/home/.config/esconn: a broken symbolic link')
  unlinkSync(place)
  writeFileSync(place, ALIAS)
  t.is(complaint(load), 'ROOT/home/.config/esconn: a file, where a directory is expected')
})

test('files that the configuration refers to', t => {
  const { root, complaint } = tree(t, {
    bom: Buffer.from('\uFEFFsecret'),
    latin: Buffer.from('s\xe9cret', 'latin1'),
    large: 'x'.repeat(2 ** 20 + 1),
  })
  t.is(readText(join(root, 'bom'), 'here'), 'secret')
  t.is(readText(join(root, 'none'), 'here'), undefined)
  t.is(readContent(join(root, 'latin'))?.length, 6)
  t.is(
    complaint(() => readText(join(root, 'latin'), 'here')),
    'here: cannot be read (The encoded data was not valid for encoding utf-8)',
  )
  t.is(
    complaint(() => readText(join(root, 'large'), 'here')),
    'here: larger than 1 MiB',
  )
})
