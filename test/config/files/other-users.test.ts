import { spawnSync } from 'node:child_process'
import { chmodSync, lchownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { asRoot } from '../../support/only.ts'
import { ALIAS, tree } from '../_tree.ts'

/** A user id without an entry in /etc/passwd, as in a container. */
const STRANGER = 54_321
const EVERYBODY = 100
const rootTest = asRoot(test)

interface Place {
  root: string
  /** The output for another user: the aliases, and whether nothing was found. */
  outputOf: (cwd: string, env?: Record<string, string>, config?: string, gid?: number) => string
}

/** Files that belong to the other user. */
function strangersTree(t: ExecutionContext, files: Record<string, string>): Place {
  const { root } = tree(t, files)
  for (const name of ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })])
    lchownSync(join(root, name), STRANGER, STRANGER)
  return {
    root,
    outputOf: (cwd, env = {}, config, gid = STRANGER) =>
      outputOf({ cwd: join(root, cwd), env, config }, gid).replaceAll(root, 'ROOT'),
  }
}

function outputOf(options: object, gid: number): string {
  const resolve = new URL('../../../dist/config/configuration.js', import.meta.url)
  const script = `import { loadConfig } from '${resolve}'
    const { cwd, env, config } = JSON.parse(process.argv[1])
    try {
      const { aliases, implicit } = loadConfig({ cwd, env, config })
      console.log(aliases.map(({ name }) => name).join() + (implicit ? ' by default' : ''))
    } catch (error) { console.log(error.fault + ': ' + error.message) }`
  const asked = JSON.stringify(options)
  const command = ['--input-type=module', '-e', script, asked]
  const { stdout, stderr } = spawnSync(process.execPath, command, {
    env: { PATH: process.env.PATH },
    cwd: '/',
    encoding: 'utf8',
    uid: STRANGER,
    gid,
    timeout: 60_000,
  })
  return stdout.trimEnd() || stderr
}

rootTest('a user without a passwd entry and HOME has no file, and needs none', t => {
  const { outputOf } = strangersTree(t, { 'home/.esconnrc': ALIAS, 'project/.esconnrc': ALIAS })
  t.is(outputOf('elsewhere'), 'default by default')
  t.is(outputOf('project'), 'default')
  t.is(outputOf('elsewhere', { HOME: '' }), 'default by default')
  t.is(outputOf('elsewhere', { HOME: 'home' }), 'default by default')
})

rootTest('a user without a passwd entry may have XDG_CONFIG_HOME, or name a file', t => {
  const { root, outputOf } = strangersTree(t, {
    'xdg/esconn/config.yaml': 'aliases: { x: y }',
    'other/x': ALIAS,
  })
  t.is(outputOf('', { XDG_CONFIG_HOME: join(root, 'xdg') }), 'x')
  t.is(outputOf('', {}, join(root, 'other/x')), 'default')
  t.is(outputOf('', { ESCONN_CONFIG: join(root, 'other/x') }), 'default')
  t.is(outputOf('', {}, join(root, 'other/y')), 'config: ROOT/other/y: no such file')
})

rootTest('a parent directory that can be entered but not listed does no harm', t => {
  const { root, outputOf } = strangersTree(t, { 'project/a/.esconnrc': ALIAS })
  for (const closed of ['', 'project', 'project/a']) chmodSync(join(root, closed), 0o311)
  t.is(outputOf('project/a'), 'default')
})

rootTest('parents that cannot be entered', t => {
  const { root, outputOf } = strangersTree(t, {
    'home/.config/esconn/config.json': '{}',
    'home/.esconnrc': ALIAS,
    'project/x.yaml': ALIAS,
  })
  const home = { HOME: join(root, 'home') }
  const denied = 'cannot be read (EACCES: permission denied)'
  chmodSync(join(root, 'home/.config'), 0)
  t.is(outputOf('project', home), `config: ROOT/home/.config/esconn: ${denied}`)
  t.is(outputOf('project', home, 'x.yaml'), 'default', 'a named file needs nothing from home')
  chmodSync(join(root, 'home/.config'), 0o700)
  chmodSync(join(root, 'home/.config/esconn'), 0)
  t.is(outputOf('project', home), `config: ROOT/home/.config/esconn/config.yaml: ${denied}`)
  chmodSync(join(root, 'project'), 0)
  t.is(outputOf('project', {}), `config: ROOT/project/.esconnrc: ${denied}`)
  t.is(outputOf('project', {}, 'x.yaml'), `config: ROOT/project/x.yaml: ${denied}`)
  chmodSync(join(root, 'project'), 0o700)
})

rootTest('files that cannot be read', t => {
  const { root, outputOf } = strangersTree(t, {
    'project/.esconnrc': '',
    'project/package.json': '{ "esconn": { "aliases": {} } }',
    'home/.config/esconn/config.yml': ALIAS,
  })
  const denied = 'cannot be read (EACCES: permission denied)'
  for (const [name, env] of [
    ['project/package.json', {}],
    ['project/.esconnrc', {}],
    ['home/.config/esconn/config.yml', { HOME: join(root, 'home') }],
  ] as const) {
    chmodSync(join(root, name), 0)
    t.is(
      outputOf(env.HOME ? 'elsewhere' : 'project', env as Record<string, string>),
      `config: ROOT/${name}: ${denied}`,
    )
    t.is(outputOf('', {}, name), `config: ROOT/${name}: ${denied}`)
    chmodSync(join(root, name), 0o600)
  }
})

rootTest("a project's file that the user's group may write, which others share", t => {
  const { root, outputOf } = strangersTree(t, { 'project/.esconnrc': ALIAS })
  chmodSync(join(root, 'project/.esconnrc'), 0o664)
  t.is(outputOf('project'), 'default', 'a group of the user alone')
  lchownSync(join(root, 'project/.esconnrc'), STRANGER, EVERYBODY)
  t.is(
    outputOf('project', {}, undefined, EVERYBODY),
    "config: ROOT/project/.esconnrc: a project's file that others can write is not read",
  )
})
