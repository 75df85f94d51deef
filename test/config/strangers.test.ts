import { spawnSync } from 'node:child_process'
import { chmodSync, lchownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ALIAS, tree } from './_tree.ts'

/** A number that stands for no user of the system, as in a container. */
const STRANGER = 54_321
const EVERYBODY = 100
const asRoot = process.getuid?.() === 0 ? test : test.skip

interface Place {
  root: string
  /** What a stranger is told there: the aliases, and whether nothing was found. */
  told: (cwd: string, env?: Record<string, string>, config?: string, gid?: number) => string
}

/** Files that belong to the stranger. */
function strangersTree(t: ExecutionContext, files: Record<string, string>): Place {
  const { root } = tree(t, files)
  for (const name of ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })])
    lchownSync(join(root, name), STRANGER, STRANGER)
  return {
    root,
    told: (cwd, env = {}, config, gid = STRANGER) =>
      told({ cwd: join(root, cwd), env, config }, gid).replaceAll(root, 'ROOT'),
  }
}

function told(options: object, gid: number): string {
  const resolve = new URL('../../src/config/resolve.ts', import.meta.url)
  const script = `import { loadConfig } from '${resolve}'
    const { cwd, env, config } = JSON.parse(process.argv[1])
    try {
      const { aliases, implicit } = loadConfig({ cwd, env, config })
      console.log(aliases.map(({ name }) => name).join() + (implicit ? ' by default' : ''))
    } catch (error) { console.log(error.fault + ': ' + error.message) }`
  const asked = JSON.stringify(options)
  const command = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script, asked]
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

asRoot('a user without an entry and without HOME has no file of his own, and needs none', t => {
  const { told } = strangersTree(t, { 'home/.esconnrc': ALIAS, 'project/.esconnrc': ALIAS })
  t.is(told('elsewhere'), 'default by default')
  t.is(told('project'), 'default')
  t.is(told('elsewhere', { HOME: '' }), 'default by default')
  t.is(told('elsewhere', { HOME: 'home' }), 'default by default')
})

asRoot('but may have XDG_CONFIG_HOME, or name a file', t => {
  const { root, told } = strangersTree(t, { 'xdg/esconn/config.yaml': 'aliases: { x: y }', 'other/x': ALIAS })
  t.is(told('', { XDG_CONFIG_HOME: join(root, 'xdg') }), 'x')
  t.is(told('', {}, join(root, 'other/x')), 'default')
  t.is(told('', { ESCONN_CONFIG: join(root, 'other/x') }), 'default')
  t.is(told('', {}, join(root, 'other/y')), 'config: ROOT/other/y: no such file')
})

asRoot('a parent that cannot be listed, but entered, is in nobody’s way', t => {
  const { root, told } = strangersTree(t, { 'project/a/.esconnrc': ALIAS })
  for (const closed of ['', 'project', 'project/a']) chmodSync(join(root, closed), 0o311)
  t.is(told('project/a'), 'default')
})

asRoot('parents that cannot be entered', t => {
  const { root, told } = strangersTree(t, {
    'home/.config/esconn/config.json': '{}',
    'home/.esconnrc': ALIAS,
    'project/x.yaml': ALIAS,
  })
  const home = { HOME: join(root, 'home') }
  const denied = 'cannot be read (EACCES: permission denied)'
  chmodSync(join(root, 'home/.config'), 0)
  t.is(told('project', home), `config: ROOT/home/.config/esconn: ${denied}`)
  t.is(told('project', home, 'x.yaml'), 'default', 'a file that is named asks nothing of home')
  chmodSync(join(root, 'home/.config'), 0o700)
  chmodSync(join(root, 'home/.config/esconn'), 0)
  t.is(told('project', home), `config: ROOT/home/.config/esconn/config.yaml: ${denied}`)
  chmodSync(join(root, 'project'), 0)
  t.is(told('project', {}), `config: ROOT/project/.esconnrc: ${denied}`)
  t.is(told('project', {}, 'x.yaml'), `config: ROOT/project/x.yaml: ${denied}`)
  chmodSync(join(root, 'project'), 0o700)
})

asRoot('files that cannot be read', t => {
  const { root, told } = strangersTree(t, {
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
      told(env.HOME ? 'elsewhere' : 'project', env as Record<string, string>),
      `config: ROOT/${name}: ${denied}`,
    )
    t.is(told('', {}, name), `config: ROOT/${name}: ${denied}`)
    chmodSync(join(root, name), 0o600)
  }
})

asRoot("a project's file that one's group may write, which is everybody's", t => {
  const { root, told } = strangersTree(t, { 'project/.esconnrc': ALIAS })
  chmodSync(join(root, 'project/.esconnrc'), 0o664)
  t.is(told('project'), 'default', 'a group of its own')
  lchownSync(join(root, 'project/.esconnrc'), STRANGER, EVERYBODY)
  t.is(
    told('project', {}, undefined, EVERYBODY),
    "config: ROOT/project/.esconnrc: a project's file that others may write is not read",
  )
})
