import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { findFiles } from '../../../src/config/files/find.ts'
import { ALIAS, tree } from '../_tree.ts'

const MEMBER = '{ "name": "x", "esconn": { "aliases": { "default": { "node": "http://localhost:9205" } } } }'

interface Search {
  /** The files that exist. */
  files: string[]
  /** Files with their own content. */
  contents?: Record<string, string>
  /** Default: `project`. */
  cwd?: string
  env?: Record<string, string>
}

/** The files in effect for a working directory inside the tree. */
const finds = test.macro((t, { files, contents, cwd = 'project', env = {} }: Search, found: string[]) => {
  const { root, env: surroundings } = tree(t, {
    ...Object.fromEntries(files.map(file => [file, ALIAS])),
    ...contents,
  })
  mkdirSync(join(root, cwd), { recursive: true })
  const values = Object.entries(env).map(([name, value]) => [name, value.replace('ROOT', root)])
  const all = findFiles({ cwd: join(root, cwd), env: { ...surroundings, ...Object.fromEntries(values) } })
  t.deepEqual(
    all.map(({ source }) => source.file?.replace(`${root}/`, '')),
    found,
  )
})

test('no files', finds, { files: [] }, [])
test('.esconnrc comes first', finds, { files: ['project/.esconnrc', 'project/.esconnrc.yaml'] }, [
  'project/.esconnrc',
])
test(
  '.json comes second',
  finds,
  { files: ['project/.esconnrc.yaml'], contents: { 'project/.esconnrc.json': '{}' } },
  ['project/.esconnrc.json'],
)
test('.yaml comes third', finds, { files: ['project/.esconnrc.yaml', 'project/.esconnrc.yml'] }, [
  'project/.esconnrc.yaml',
])
test(
  '.yml comes fourth',
  finds,
  { files: ['project/.esconnrc.yml'], contents: { 'project/package.json': MEMBER } },
  ['project/.esconnrc.yml'],
)
test(
  'package.json comes last',
  finds,
  { files: ['.esconnrc'], contents: { 'project/package.json': MEMBER } },
  ['project/package.json'],
)
test(
  'a package.json without the member is skipped',
  finds,
  { files: ['project/.esconnrc'], contents: { 'project/a/package.json': '{}' }, cwd: 'project/a' },
  ['project/.esconnrc'],
)
test(
  'an empty file is skipped',
  finds,
  {
    files: ['project/.esconnrc.yml'],
    contents: { 'project/.esconnrc': ' \n', 'project/.esconnrc.yaml': '' },
  },
  ['project/.esconnrc.yml'],
)
test(
  'a file of comments is skipped',
  finds,
  { files: ['project/.esconnrc'], contents: { 'project/a/.esconnrc': '# later\n---\n' }, cwd: 'project/a' },
  ['project/.esconnrc'],
)
test('parent directories', finds, { files: ['project/.esconnrc'], cwd: 'project/a/b' }, ['project/.esconnrc'])
test(
  'the root of the repository itself',
  finds,
  { files: ['project/.esconnrc', 'project/.git/HEAD'], cwd: 'project/a' },
  ['project/.esconnrc'],
)
test(
  'nothing above the root of the repository',
  finds,
  { files: ['project/.esconnrc', 'project/a/.git/HEAD'], cwd: 'project/a/b' },
  [],
)
test(
  'a worktree has a file .git',
  finds,
  { files: ['project/.esconnrc', 'project/a/.git'], cwd: 'project/a/b' },
  [],
)
test('home is not a project', finds, { files: ['home/.esconnrc.yaml'], cwd: 'home' }, [])
test(
  'a directory above home is not a project',
  finds,
  { files: ['.esconnrc', 'home/.esconnrc.yaml'], cwd: 'home/b' },
  [],
)
test(
  'a directory above home is not a project for a directory next to home',
  finds,
  { files: ['.esconnrc'] },
  [],
)
test('a directory in home may be a project', finds, { files: ['home/a/.esconnrc'], cwd: 'home/a/b' }, [
  'home/a/.esconnrc',
])
test('a name that begins like home is not home', finds, { files: ['home2/.esconnrc'], cwd: 'home2' }, [
  'home2/.esconnrc',
])
test('the project comes before the user', finds, { files: ['home/.esconnrc', 'project/.esconnrc'] }, [
  'project/.esconnrc',
  'home/.esconnrc',
])
test('~/.config before ~', finds, { files: ['home/.config/esconn/config.yaml', 'home/.esconnrc'] }, [
  'home/.config/esconn/config.yaml',
])
test(
  'config.yml before config.json',
  finds,
  { files: ['home/.config/esconn/config.yml', 'home/.config/esconn/config.json'] },
  ['home/.config/esconn/config.yml'],
)
test('config.json', finds, { files: [], contents: { 'home/.config/esconn/config.json': '{}' } }, [
  'home/.config/esconn/config.json',
])
test(
  'XDG_CONFIG_HOME',
  finds,
  {
    files: ['xdg/esconn/config.yaml', 'home/.config/esconn/config.yaml'],
    env: { XDG_CONFIG_HOME: 'ROOT/xdg' },
  },
  ['xdg/esconn/config.yaml'],
)
test(
  'a relative XDG_CONFIG_HOME does not count',
  finds,
  { files: ['project/xdg/esconn/config.yaml', 'home/.esconnrc'], env: { XDG_CONFIG_HOME: 'xdg' } },
  ['home/.esconnrc'],
)
test(
  'nothing in XDG_CONFIG_HOME',
  finds,
  { files: ['home/.esconnrc'], env: { XDG_CONFIG_HOME: 'ROOT/xdg' } },
  ['home/.esconnrc'],
)
test('a HOME that is not a directory', finds, { files: [], env: { HOME: '/dev/null' } }, [])

test('a home directory behind a link is not searched either', t => {
  const { root } = tree(t, { 'home/.esconnrc.yaml': ALIAS })
  symlinkSync(join(root, 'home'), join(root, 'link'))
  t.deepEqual(findFiles({ cwd: join(root, 'home'), env: { HOME: join(root, 'link') } }), [])
})

test("the user's file may be a link", async t => {
  const { root, load } = tree(t, { 'dotfiles/rc': ALIAS })
  symlinkSync(join(root, 'dotfiles/rc'), join(root, 'home/.esconnrc'))
  t.deepEqual((await load().resolve('default')).nodes, ['http://localhost:9201'])
})

test('without HOME the home directory is that of the passwd entry, never that of the process', t => {
  const { cwd, root } = tree(t, { 'home/.esconnrc': ALIAS })
  const before = process.env.HOME
  process.env.HOME = join(root, 'home')
  const found = findFiles({ cwd, env: {} })
  process.env.HOME = before
  t.false(found.some(({ source }) => source.file?.startsWith(root)))
})
