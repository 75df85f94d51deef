import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Tree, tree } from '../_tree.ts'

/** The error where something other than a file is. */
const irregular = test.macro((t, make: (tree: Tree) => void, said: string) => {
  const made = tree(t)
  make(made)
  t.is(made.complaint(made.load), said)
})
const directory =
  (place: string) =>
  ({ root }: Tree) =>
    mkdirSync(join(root, place), { recursive: true })
const pipe =
  (place: string) =>
  ({ root }: Tree) =>
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(root, place)])
const link =
  (place: string, target: string) =>
  ({ root }: Tree) =>
    symlinkSync(target, join(root, place))

test(
  'a directory',
  irregular,
  directory('project/.esconnrc'),
  'ROOT/project/.esconnrc: a directory, where a file is expected',
)
test(
  'a directory for package.json',
  irregular,
  directory('project/package.json'),
  'ROOT/project/package.json: a directory, where a file is expected',
)
test(
  'a named pipe',
  irregular,
  pipe('project/.esconnrc.yml'),
  'ROOT/project/.esconnrc.yml: a named pipe, where a file is expected',
)
test(
  "a named pipe for the user's file",
  irregular,
  pipe('home/.esconnrc'),
  'ROOT/home/.esconnrc: a named pipe, where a file is expected',
)
test(
  "a directory for the user's file",
  irregular,
  directory('home/.config/esconn/config.json'),
  'ROOT/home/.config/esconn/config.json: a directory, where a file is expected',
)
test(
  'a device',
  irregular,
  link('home/.esconnrc', '/dev/null'),
  'ROOT/home/.esconnrc: a device, where a file is expected',
)
test(
  'a broken link',
  irregular,
  link('home/.esconnrc', 'nowhere'),
  'ROOT/home/.esconnrc: a broken symbolic link',
)
test(
  'a link to itself',
  irregular,
  link('home/.esconnrc', '.esconnrc'),
  'ROOT/home/.esconnrc: cannot be read (ELOOP: too many symbolic links encountered)',
)

for (const target of ['/dev/null', 'nowhere', '/etc/passwd'])
  test(
    `a project's file that is a link to ${target}, which is not read`,
    irregular,
    link('project/.esconnrc.json', target),
    "ROOT/project/.esconnrc.json: a project's file that is a symbolic link is not read\nif it is the file you mean, pass its path as `config`",
  )

const misnamed = test.macro((t, config: string, said: string) => {
  const { load, complaint } = tree(t, { 'project/empty.yaml': '# nothing' })
  t.is(
    complaint(() => load(config)),
    said,
  )
})
test('a named file that is absent', misnamed, 'no.yaml', 'ROOT/project/no.yaml: no such file')
test('a named directory', misnamed, '.', 'ROOT/project: a directory, where a file is expected')
test('an empty name', misnamed, '', 'ROOT/project: a directory, where a file is expected')
test('a named device', misnamed, '/dev/null', '/dev/null: a device, where a file is expected')
test(
  'a named file without content',
  misnamed,
  'empty.yaml',
  'ROOT/project/empty.yaml: contains no configuration',
)
