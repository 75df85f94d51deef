import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

const exec = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')

const CONSUMER = `
import { connection, connections, ConfigError, type Connection } from 'esconn'
const logs: Connection | undefined = connections['logs']
const found = await connection.search<{ text: string }>('entry', { size: 1 })
const text: string | undefined = found.hits.hits[0]?._source?.text
const own = await connection.search({ index: 'entry', size: 1 })
for await (const hit of connection.hits('entry')) hit.toString('utf8')
// @ts-expect-error: the types are in the package, and reject an invalid field
connection.hits(1)
// @ts-expect-error: a field of a document has the given type
const number: number = found.hits.hits[0]?._source?.text
export { ConfigError, logs, number, own, text }
`

const LIBRARY = `
import { connection, connections, ConfigError } from 'esconn'
if (connection !== connections.default) throw new Error('not the same')
try { connections.absent } catch (error) { if (!(error instanceof ConfigError)) throw error }
console.log(connection.alias)
`

/** npm prints other lines around the result. */
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

test('the packed package installs and runs from an empty directory', async t => {
  t.timeout(300_000)
  const directory = await mkdtemp(join(tmpdir(), 'esconn-package-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const run = async (command: string, ...args: string[]) => {
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      npm_config_cache: process.env.npm_config_cache,
    }
    return (await exec(command, args, { cwd: directory, env })).stdout
  }
  const packed = await exec('npm', ['pack', '--ignore-scripts', '--pack-destination', directory], {
    cwd: ROOT,
  })
  await writeFile(join(directory, 'package.json'), '{"private":true,"type":"module"}')
  await run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', lastLine(packed.stdout))
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const bin = join(directory, 'node_modules/.bin/esconn')
  t.is(await run(bin, '--version'), `esconn ${version}\n`)
  t.is(lastLine(await run(bin, 'aliases')), 'default\thttp://localhost:9200\tno configuration')
  await writeFile(join(directory, 'library.js'), LIBRARY)
  t.is(await run('node', 'library.js'), 'default\n')
  await writeFile(join(directory, 'consumer.ts'), CONSUMER)
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck']
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')]
  await t.notThrowsAsync(run(join(ROOT, 'node_modules/.bin/tsc'), ...options, ...types, 'consumer.ts'))
})

test('the package contains what it needs, and nothing else', async t => {
  const { stdout } = await exec('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT })
  const packed = JSON.parse(stdout)
  const [{ files }] = (Array.isArray(packed) ? packed : Object.values(packed)) as [
    { files: { path: string }[] },
  ]
  const paths = files.map(({ path }) => path)
  for (const path of [
    'bin/esconn.js',
    'dist/cli/main.js',
    'dist/index.js',
    'dist/index.d.ts',
    'README.md',
    'LICENSE',
    '.esconnrc.example',
  ]) {
    t.true(paths.includes(path), path)
  }
  const pictures = [...(await readFile(join(ROOT, 'README.md'), 'utf8')).matchAll(/!\[.*?\]\((.+?)\)/g)]
  t.true(pictures.length > 0)
  for (const [, path = ''] of pictures) t.true(paths.includes(path), path)
  t.deepEqual(
    paths.filter(path => /^(?:src|test|scripts|\.ci|dist\/standalone)\//.test(path)),
    [],
  )
})

test('every test that the documentation of the promises names exists', async t => {
  const document = await readFile(join(ROOT, 'docs/reliability.md'), 'utf8')
  const named = [...document.matchAll(/^\|.*\| (`.*`) +\|$/gm)].flatMap(([, cell = '']) =>
    cell.match(/[\w/-]+/g),
  )
  t.true(named.length > 20)
  t.deepEqual(
    named.filter(
      name => !existsSync(join(ROOT, `test/${name}.test.ts`)) && !existsSync(join(ROOT, `test/${name}`)),
    ),
    [],
  )
})
