import { execFile } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
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

const FOUND = {
  _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
  timed_out: false,
  hits: { total: { value: 1, relation: 'eq' }, hits: [{ _id: '1' }] },
}

/** Reports as the last line of standard error which files were loaded, and which modules of Node they required. */
const RECORDER = `
  const Module = require('node:module')
  const load = Module._load
  const builtins = new Set()
  Module._load = function (name) {
    if (Module.isBuiltin(name)) builtins.add(name.replace('node:', ''))
    return load.apply(this, arguments)
  }
  process.on('exit', () => {
    const files = Object.keys(require.cache).filter(file => file.includes('/dist/'))
    require('node:fs').writeSync(2, JSON.stringify({ files, builtins: [...builtins].sort().join(' ') }))
  })`

/** What the built command line loads; names of files without esbuild's hash. */
async function loadedBy(t: ExecutionContext, configuration: object | string, ...argv: string[]) {
  const cwd = configured(t, configuration)
  writeFileSync(join(cwd, 'recorder.cjs'), RECORDER)
  const { stderr } = await run(process.execPath, ['--require', './recorder.cjs', BIN, ...argv], { cwd })
  const loaded = JSON.parse(stderr.split('\n').at(-1) ?? '') as { files: string[]; builtins: string }
  return {
    files: loaded.files.map(file => basename(file, '.js').replace(/-[A-Z0-9]{8}$/, '')).join(' '),
    kilobytes: loaded.files.reduce((sum, file) => sum + statSync(file).size / 1000, 0),
    builtins: loaded.builtins,
  }
}

const BASE = 'main chunk chunk' // esbuild's name for what several files share
const BASE_BUILTINS = 'events fs module os path process'

for (const argv of [['--version'], ['help'], ['config', '--help']])
  test(`${argv.join(' ')} loads the parser of the command line only`, async t => {
    const { files, kilobytes, builtins } = await loadedBy(t, '', ...argv)
    t.deepEqual({ files, builtins }, { files: BASE, builtins: BASE_BUILTINS })
    t.true(kilobytes < 95, `${kilobytes} kB`)
  })

const SEARCH_BUILTINS =
  'buffer events fs http module net os path process querystring stream stream/consumers string_decoder timers/promises url util'

test('a plain search loads one file more, and with a configuration in YAML its parser', async t => {
  const { url } = await raw(t, reply(FOUND))
  const json = await loadedBy(t, { aliases: { default: { node: url } } }, 'search', 'x')
  t.like(json, { files: `${BASE} search chunk`, builtins: SEARCH_BUILTINS })
  t.true(json.kilobytes < 450, `${json.kilobytes} kB`)
  const yaml = await loadedBy(t, `aliases: { default: { node: "${url}" } }`, 'search', 'x')
  t.like(yaml, { files: `${json.files} yaml`, builtins: SEARCH_BUILTINS })
  t.true(yaml.kilobytes < 600, `${yaml.kilobytes} kB`)
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
