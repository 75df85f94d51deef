import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { tree } from '../_tree.ts'

const node = (port: number) => `aliases: { default: { node: "http://localhost:${port}" } }\n`
const MEMBER = '{ "name": "x", "esconn": { "aliases": { "default": { "node": "http://localhost:9205" } } } }'

test('a named file replaces both, whatever its name', async t => {
  const { load, cwd } = tree(t, {
    'project/.esconnrc': '[',
    'home/.esconnrc': '[',
    'project/my.conf': node(9204),
    'project/x.json': '{"aliases":{}}',
  })
  t.deepEqual((await load('my.conf').resolve('default')).nodes, ['http://localhost:9204'])
  t.deepEqual(load(join(cwd, 'x.json')).aliases, [])
})

test('of a named package.json the member is read; a package.yaml is an ordinary file', async t => {
  const { load, complaint } = tree(t, {
    'project/package.json': MEMBER,
    'other/package.json': '{}',
    'project/package.yaml': node(9206),
  })
  t.deepEqual((await load('package.json').resolve('default')).nodes, ['http://localhost:9205'])
  t.deepEqual((await load('package.yaml').resolve('default')).nodes, ['http://localhost:9206'])
  t.is(
    complaint(() => load('../other/package.json')),
    'ROOT/other/package.json: contains no configuration',
  )
})

test('ESCONN_CONFIG names a file; --config takes precedence; empty counts as unset', async t => {
  const { env, load } = tree(t, { 'project/a.yaml': node(9207), 'project/b.yaml': node(9208) })
  env.ESCONN_CONFIG = 'a.yaml'
  t.deepEqual((await load().resolve('default')).nodes, ['http://localhost:9207'])
  t.deepEqual((await load('b.yaml').resolve('default')).nodes, ['http://localhost:9208'])
  env.ESCONN_CONFIG = ''
  t.true(load().implicit)
})

test('a named pipe may be named', async t => {
  const { root, load } = tree(t)
  const path = join(root, 'pipe')
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path])
  spawn('sh', ['-c', 'printf "%s" "$1" > "$2"', 'sh', node(9209), path])
  t.deepEqual((await load(path).resolve('default')).nodes, ['http://localhost:9209'])
})

test('a pipe of the shell may be named', t => {
  const { cwd, env } = tree(t)
  const script = `import { loadConfig } from '${new URL('../../../src/config/configuration.ts', import.meta.url)}'
    console.log((await loadConfig({ cwd: '${cwd}', env: {}, config: process.argv[1] }).resolve('default')).nodes[0])`
  const command = '"$1" --import "$2" --input-type=module -e "$3" <(printf "%s" "$4")'
  const tsx = import.meta.resolve('tsx')
  const options = { env, encoding: 'utf8' } as const
  const said = execFileSync(
    'bash',
    ['-c', command, 'bash', process.execPath, tsx, script, node(9210)],
    options,
  )
  t.is(said, 'http://localhost:9210\n')
})
