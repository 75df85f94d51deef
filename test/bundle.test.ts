import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import type * as Registry from '../src/connections.ts'
import { selfSigned } from './support/certificates.ts'
import { configured } from './support/configured.ts'
import { raw, reply } from './support/raw.ts'

const run = promisify(execFile)
const BIN = join(import.meta.dirname, '../bin/esconn.js')
const DIST = join(import.meta.dirname, '../dist/cli')
const STANDALONE = join(import.meta.dirname, '../dist/standalone/esconn')

const FOUND = {
  _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
  timed_out: false,
  hits: { total: { value: 1, relation: 'eq' }, hits: [{ _id: '1' }] },
}

/** Reports as the last line of standard error which files were loaded, and which modules of Node they required. */
const RECORDER = `
  const { statSync, writeSync } = require('node:fs')
  const Module = require('node:module')
  const load = Module._load
  const builtins = new Set()
  Module._load = function (name) {
    if (Module.isBuiltin(name)) builtins.add(name.replace('node:', ''))
    return load.apply(this, arguments)
  }
  process.on('exit', () => {
    const files = Object.keys(require.cache).filter(file => /[/](dist[/]cli|[$]bunfs[/]root)[/].*js$/.test(file))
    const kilobytes = files.reduce((sum, file) => sum + statSync(file).size / 1000, 0)
    writeSync(2, JSON.stringify({ files, kilobytes, builtins: [...builtins].sort().join(' ') }))
  })`

/** What runs the command line, and how it loads the recorder first. */
const PROGRAMS = {
  Node: { program: [process.execPath, BIN], env: { NODE_OPTIONS: '--require ./recorder.cjs' } },
  'the executable': { program: [STANDALONE], env: { BUN_OPTIONS: '--preload ./recorder.cjs' } },
} as const

/** What a command loads; names of files without esbuild's hash. */
async function loadedBy(
  t: ExecutionContext,
  where: keyof typeof PROGRAMS,
  configuration: object | string,
  ...argv: string[]
) {
  const cwd = configured(t, configuration)
  writeFileSync(join(cwd, 'recorder.cjs'), RECORDER)
  const { program, env } = PROGRAMS[where]
  const [file, ...first] = program
  const { stderr } = await run(file, [...first, ...argv], { cwd, env: { ...process.env, ...env } })
  const loaded = JSON.parse(stderr.split('\n').at(-1) ?? '') as {
    files: string[]
    kilobytes: number
    builtins: string
  }
  const files = loaded.files.map(file => basename(file, '.js').replace(/-[A-Z0-9]{8}$/, '')).join(' ')
  return { ...loaded, files }
}

const BASE = 'main chunk chunk' // esbuild's name for what several files share
const BASE_BUILTINS = 'events fs module os path process'
const SEARCH_BUILTINS =
  'buffer events fs http module net os path process querystring stream stream/consumers string_decoder timers/promises url util'

for (const where of ['Node', 'the executable'] as const) {
  const isNode = where === 'Node' // Bun does not say which of its modules are required

  for (const argv of [['--version'], ['help'], ['config', '--help']])
    test(`${where}: ${argv.join(' ')} loads the parser of the command line only`, async t => {
      const { files, kilobytes, builtins } = await loadedBy(t, where, '', ...argv)
      t.is(files, BASE)
      if (isNode) t.is(builtins, BASE_BUILTINS)
      t.true(kilobytes < 95, `${kilobytes} kB`)
    })

  test(`${where}: a plain search loads one file more, and with a configuration in YAML its parser`, async t => {
    const { url } = await raw(t, reply(FOUND))
    const json = await loadedBy(t, where, { aliases: { default: { node: url } } }, 'search', 'x')
    t.is(json.files, `${BASE} search chunk`)
    t.true(json.kilobytes < 450, `${json.kilobytes} kB`)
    const yaml = await loadedBy(t, where, `aliases: { default: { node: "${url}" } }`, 'search', 'x')
    t.is(yaml.files, `${json.files} yaml`)
    t.true(yaml.kilobytes < 600, `${yaml.kilobytes} kB`)
    if (isNode) t.deepEqual([json.builtins, yaml.builtins], [SEARCH_BUILTINS, SEARCH_BUILTINS])
  })
}

test('the executable is not larger than README says', t => {
  const [, megabytes] =
    /one executable that needs no Node \((\d+) MB\)/.exec(readFileSync('README.md', 'utf8')) ?? []
  const { size } = statSync(STANDALONE)
  t.true(size < (Number(megabytes) + 1) * 1e6, `${size / 1e6} MB`)
})

test('what is loaded late works when it is used', async t => {
  const tls = await selfSigned()
  const { url } = await raw(t, reply(gzipSync(JSON.stringify(FOUND)), 200, { 'content-encoding': 'gzip' }), {
    tls,
  })
  const node = { node: url, compression: true, indices: { entry: 'x' } }
  const cwd = configured(t, { aliases: { default: { ...node, tls: { ca: tls.cert } }, other: node } })
  const esconn = (...argv: string[]) => run(process.execPath, [BIN, ...argv], { cwd })
  t.is((await esconn('search', 'x')).stdout, '{"_id":"1"}\n')
  t.regex((await esconn('search', 'x', '--color', 'always')).stdout, /\u001b\[36m/)
  const untrusted = await t.throwsAsync<Error & { code: number; stderr: string }>(
    esconn('-a', 'other', 'search', 'x'),
  )
  t.like(untrusted, { code: 60 })
  t.regex(untrusted?.stderr ?? '', /the top of the presented chain is/)
  const mistyped = await t.throwsAsync<Error & { stderr: string }>(esconn('-a', 'othr', 'search', 'x'))
  t.regex(mistyped?.stderr ?? '', /did you mean `other`/)
})

test('the methods and helpers of the official client work in the built command line', async t => {
  const search = readdirSync(DIST).find(file => file.startsWith('search-')) as string
  const { createConnections } = createRequire(import.meta.url)(join(DIST, search)) as typeof Registry
  const { url, requests } = await raw(t, reply(FOUND, 200, { 'x-elastic-product': 'Elasticsearch' }))
  const connections = createConnections({ config: { aliases: { default: { node: url } } } })
  t.teardown(() => connections.close())
  const connection = connections.get('default')
  await connection.search({ index: 'a' })
  await connection.cluster.health()
  t.deepEqual(await connection.helpers.search({ index: 'b' }), [{ _id: '1' }])
  t.deepEqual(
    requests.map(({ path }) => path.split('?')[0]),
    ['/a/_search', '/_cluster/health', '/b/_search'],
  )
})
