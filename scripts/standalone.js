// npm run build:standalone [-- --target NAME]: makes dist/standalone/esconn, one executable that needs no Node, or for
// another system dist/standalone/esconn-NAME: Bun compiles the files of the command line to bytecode and puts them into
// its own program.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildAwsWorker } from './build/aws-worker.js'
import { buildCommandLine } from './build/command-line.js'
import { noticesOf } from './notices.js'

const require = createRequire(import.meta.url)

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

/** Options of `bun build`. */
const COMPILING = [
  '--compile',
  '--bytecode',
  '--format=cjs', // of nothing else Bun uses the bytecode
  '--minify-whitespace', // as they come
  `--root=${PARTS}`,
  '--external=./*.js', // each file stays one, which is loaded when it is used
  '--define=__filename=Bun.main', // the files in the executable are next to it, and only it knows where that is
  '--compile-jit-policy=10', // a search of a few hits ends before machine code made for it pays
  // What is named and not in the executable is an error here: Bun would look for it in the working directory's
  // node_modules when it is used. Nor are the working directory's .env and bunfig.toml read.
  '--allow-unresolved=<empty>',
  '--no-compile-autoload-dotenv',
  '--no-compile-autoload-bunfig',
]

const { target } = parseArgs({ options: { target: { type: 'string', default: thisTarget() } } }).values
if (!(target in TARGETS)) fail(`--target ${target}: must be one of ${Object.keys(TARGETS).join(', ')}`)
rmSync(PARTS, { recursive: true, force: true }) // of a build that failed
const [, keyring] = TARGETS[target]
const bundles = await Promise.all([
  buildCommandLine(PARTS, {
    '@napi-rs/keyring': resolve(packageFile(`@napi-rs/keyring-${keyring}`, `keyring.${keyring}.node`)),
  }),
  buildAwsWorker(join(PARTS, 'aws-worker.js'), 'cjs'),
])
compile()
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

function compile() {
  const files = readdirSync(PARTS)
  writeFileSync(join(PARTS, 'esconn.js'), "require('./main.js').main()\n")
  const entries = ['esconn.js', ...files].map(file => join(PARTS, file))
  const made = [`--target=bun-${target}`, `--compile-executable-path=${bunFor(target)}`]
  const file = target === thisTarget() ? 'esconn' : `esconn-${target}` // Bun adds .exe
  const argv = ['build', ...entries, ...COMPILING, ...made, '--outfile', join(DIRECTORY, file)]
  execFileSync(bunFor(thisTarget()), argv, { stdio: ['ignore', 'ignore', 'inherit'] })
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
