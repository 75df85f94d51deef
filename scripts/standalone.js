// npm run build:standalone [-- --target NAME]: makes dist/standalone/esconn, one executable that needs no Node, or for
// another system dist/standalone/esconn-NAME: esbuild bundles the command line, and Bun compiles that to bytecode and
// puts it into its own program.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { LEFT_OUT } from './left-out.js'
import { noticesOf } from './notices.js'

const require = createRequire(import.meta.url)
const { version } = require('../package.json')

/** The packages that contain Bun's program and the keyring's native file, by `--target`. */
const TARGETS = {
  'linux-x64': ['linux-x64', 'linux-x64-gnu'],
  'linux-x64-musl': ['linux-x64-musl', 'linux-x64-musl'],
  'linux-arm64': ['linux-aarch64', 'linux-arm64-gnu'],
  'linux-arm64-musl': ['linux-aarch64-musl', 'linux-arm64-musl'],
  'darwin-x64': ['darwin-x64', 'darwin-x64'],
  'darwin-arm64': ['darwin-aarch64', 'darwin-arm64'],
  'windows-x64': ['windows-x64', 'win32-x64-msvc'],
  'windows-arm64': ['windows-aarch64', 'win32-arm64-msvc'],
}

/** The versions of these packages, of which those for other systems are not installed. */
const VERSIONS = {
  ...require('bun/package.json').optionalDependencies,
  ...require('@napi-rs/keyring/package.json').optionalDependencies,
}

const DIRECTORY = 'dist/standalone'
const PARTS = join(DIRECTORY, 'parts')

const { target } = parseArgs({ options: { target: { type: 'string', default: thisTarget() } } }).values
if (!(target in TARGETS)) fail(`--target ${target}: must be one of ${Object.keys(TARGETS).join(', ')}`)
const bundles = await Promise.all([bundleMain(), bundleWorker()])
compile(['esconn.js', 'aws-worker.js'])
rmSync(PARTS, { recursive: true })
writeFileSync(
  join(DIRECTORY, 'THIRD-PARTY-NOTICES'),
  noticesOf(bundles, ['node_modules/@napi-rs/keyring', 'node_modules/bun']),
)

function fail(what) {
  console.error(what)
  process.exit(1)
}

function thisTarget() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const isMusl = platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
  return `${platform}-${process.arch}${isMusl ? '-musl' : ''}`
}

async function bundleMain() {
  const [, keyring] = TARGETS[target]
  return await bundle('esconn.js', {
    stdin: { contents: "import { main } from './src/cli/main.ts'\nmain()", resolveDir: '.' },
    alias: {
      ...LEFT_OUT,
      '@napi-rs/keyring': resolve(packageFile(`@napi-rs/keyring-${keyring}`, `keyring.${keyring}.node`)),
    },
    // Only the running executable knows where the files inside it are.
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(Bun.main).href" },
    define: { 'import.meta.url': 'moduleUrl' },
    plugins: [{ name: 'version', setup: setVersion }],
  })
}

/** The module reads package.json, which is not in the executable. */
function setVersion({ onLoad }) {
  const contents = `export const VERSION = '${version}'`
  onLoad({ filter: /[/\\]src[/\\]version\.ts$/ }, () => ({ contents }))
}

async function bundleWorker() {
  return await bundle('aws-worker.js', {
    entryPoints: ['src/config/secrets/aws-worker.js'],
    mainFields: ['module', 'main'], // as ESM the SDK leaves out what is not used: a third of its size
    conditions: ['module'],
  })
}

async function bundle(file, options) {
  const { metafile } = await build({
    bundle: true,
    platform: 'node',
    target: 'es2023',
    format: 'cjs', // of nothing else Bun uses the bytecode
    minify: true,
    keepNames: true,
    legalComments: 'none', // THIRD-PARTY-NOTICES has them
    metafile: true,
    logLevel: 'warning',
    external: ['*.node'],
    outfile: join(PARTS, file),
    ...options,
  })
  return metafile
}

/**
 * What is named and not in the executable is an error here: Bun would look for it in the working directory's
 * node_modules when it is used. Nor are the working directory's .env and bunfig.toml read.
 */
function compile(files) {
  const options = ['--compile', '--bytecode', '--format=cjs', '--allow-unresolved=<empty>']
  const reading = ['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig']
  const made = [`--target=bun-${target}`, `--compile-executable-path=${bunFor(target)}`]
  const file = target === thisTarget() ? 'esconn' : `esconn-${target}` // Bun adds .exe
  const out = ['--outfile', join(DIRECTORY, file)]
  const entries = files.map(file => join(PARTS, file))
  execFileSync(bunFor(thisTarget()), ['build', ...entries, ...options, ...reading, ...made, ...out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** Bun's program for a target. */
function bunFor(name) {
  return packageFile(`@oven/bun-${TARGETS[name][0]}`, name.startsWith('windows') ? 'bin/bun.exe' : 'bin/bun')
}

/** A file of a package; that for another system is fetched with npm. */
function packageFile(name, file) {
  const installed = join('node_modules', name, file)
  if (existsSync(installed)) return installed
  const directory = join('node_modules/.cache/standalone', `${name}@${VERSIONS[name]}`)
  const fetched = join(directory, 'package', file)
  if (!existsSync(fetched)) fetchPackage(`${name}@${VERSIONS[name]}`, directory)
  return fetched
}

function fetchPackage(spec, directory) {
  mkdirSync(directory, { recursive: true })
  const argv = ['pack', spec, '--silent', '--pack-destination', directory]
  const { status, stdout } = spawnSync('npm', argv, { encoding: 'utf8' })
  if (status !== 0)
    fail(`--target ${target} needs ${spec}, which npm cannot fetch: npm pack ${spec} says why`)
  execFileSync('tar', ['-xzf', stdout.trim()], { cwd: directory })
}
