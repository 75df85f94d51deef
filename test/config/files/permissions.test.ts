import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { ALIAS, tree } from '../_tree.ts'

interface PermissionCase {
  /** One alias, in place of `aliases: { a: … }`. */
  alias: string
  mode: number
}

const KEY = '{ node: http://h, auth: { apiKey: secret } }'
const RC = 'home/.esconnrc'

/** The error for the user's own file. */
const own = test.macro((t, { alias, mode }: PermissionCase, said: string) => {
  const { root, load, complaint } = tree(t, { [RC]: `aliases: { a: ${alias} }` })
  chmodSync(join(root, RC), mode)
  t.is(complaint(load), said)
})
const secretAt = (where: string) =>
  `ROOT/home/.esconnrc:1:${where}: a secret, in a file that others can read\nchmod 600 ROOT/home/.esconnrc`

test(
  'an API key that everybody can read',
  own,
  { alias: KEY, mode: 0o644 },
  secretAt('41: aliases.a.auth.apiKey'),
)
test(
  'an API key that the group can read',
  own,
  { alias: KEY, mode: 0o640 },
  secretAt('41: aliases.a.auth.apiKey'),
)
test(
  'an API key that others can read',
  own,
  { alias: KEY, mode: 0o604 },
  secretAt('41: aliases.a.auth.apiKey'),
)
test('an API key that nobody else can read', own, { alias: KEY, mode: 0o600 }, 'no complaint')
test('an API key that others can only write', own, { alias: KEY, mode: 0o622 }, 'no complaint')
test(
  'a password',
  own,
  { alias: '{ node: http://h, auth: { username: u, password: secret } }', mode: 0o644 },
  secretAt('54: aliases.a.auth.password'),
)
test(
  'a token',
  own,
  { alias: '{ node: http://h, auth: { bearer: secret } }', mode: 0o644 },
  secretAt('41: aliases.a.auth.bearer'),
)
test(
  'a password in a URL',
  own,
  { alias: '{ node: "http://u:secret@h" }', mode: 0o644 },
  secretAt('17: aliases.a.node'),
)
test(
  'a password in the second URL',
  own,
  { alias: '{ nodes: ["http://u:${P}@h", "http://u:secret@${H}"] }', mode: 0o644 },
  secretAt('44: aliases.a.nodes[1]'),
)
test(
  'a default that is a secret',
  own,
  { alias: '{ node: http://h, auth: { bearer: "${B:-secret}" } }', mode: 0o644 },
  secretAt('41: aliases.a.auth.bearer'),
)
test('a variable is not a secret', own, { alias: '{ node: "http://u:${P}@h" }', mode: 0o644 }, 'no complaint')
test(
  'an alias without login has no secret',
  own,
  { alias: '{ node: http://u@h:9200/a:b }', mode: 0o644 },
  'no complaint',
)
test('another name has no secret', own, { alias: 'b', mode: 0o644 }, 'no complaint')

test("a project's file, or a named one, gets only a warning, with a path quoted for a shell", async t => {
  const { root, cwd, load } = tree(t, {
    'project/.esconnrc': `aliases: { a: ${KEY} }`,
    "project/it's.yaml": `aliases: { a: ${KEY} }`,
  })
  for (const name of ['.esconnrc', "it's.yaml"]) chmodSync(join(cwd, name), 0o644)
  const about = (place: string, shell: string) => ({
    location: `${root}/project/${place}:1:41: aliases.a.auth.apiKey`,
    what: 'a secret, in a file that others can read',
    advice: `chmod 600 ${shell}`,
  })
  t.deepEqual(load().warnings, [about('.esconnrc', `${root}/project/.esconnrc`)])
  t.deepEqual(load("it's.yaml").warnings, [about("it's.yaml", `'${root}/project/it'\\''s.yaml'`)])
  t.deepEqual((await load().resolve('a')).settings.auth, { apiKey: 'secret' })
})

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

/** The error for a user who is not root, since root can read everything. */
function complaintTo(cwd: string, env: NodeJS.ProcessEnv): string {
  const resolve = new URL('../../../src/config/configuration.ts', import.meta.url)
  const script = `import { loadConfig } from '${resolve}'
    try { console.log(loadConfig({ cwd: '${cwd}', env: process.env }).aliases.length) } catch (error) { console.log(String(error)) }`
  const command = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script]
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const { stdout, stderr } = spawnSync(process.execPath, command, {
    env,
    cwd: '/',
    encoding: 'utf8',
    ...user,
  })
  return stdout || stderr
}

const isUnreadable = test.macro((t, closed: string, said: string) => {
  const { root, cwd, env } = tree(t, {
    'project/a/.esconnrc': ALIAS,
    'project/.esconnrc': ALIAS,
    'home/.esconnrc': ALIAS,
  })
  for (const open of ['', 'project', 'project/a', 'home']) chmodSync(join(root, open), 0o755)
  for (const open of ['project/a/.esconnrc', 'project/.esconnrc', 'home/.esconnrc']) {
    chmodSync(join(root, open), 0o644)
    if (isRoot) chownSync(join(root, open), NOBODY, NOBODY)
  }
  t.is(complaintTo(join(cwd, 'a'), env), '1\n', 'a user without rights can run this at all')
  chmodSync(join(root, closed), 0)
  t.teardown(() => chmodSync(join(root, closed), 0o755))
  t.is(complaintTo(join(cwd, 'a'), env).replaceAll(root, 'ROOT'), said)
})
test(
  "a project's file that cannot be read",
  isUnreadable,
  'project/a/.esconnrc',
  'ConfigError: ROOT/project/a/.esconnrc: cannot be read (EACCES: permission denied)\n',
)
test(
  "a user's file that cannot be read",
  isUnreadable,
  'home/.esconnrc',
  'ConfigError: ROOT/home/.esconnrc: cannot be read (EACCES: permission denied)\n',
)
test(
  'a parent that cannot be entered',
  isUnreadable,
  'project',
  'ConfigError: ROOT/project/a/.esconnrc: cannot be read (EACCES: permission denied)\n',
)
test(
  'a home that cannot be entered',
  isUnreadable,
  'home',
  'ConfigError: ROOT/home/.config: cannot be read (EACCES: permission denied)\n',
)
