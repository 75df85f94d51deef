import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { arch, availableParallelism, cpus, totalmem, type } from 'node:os'
import { basename, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const ELASTICDUMP = join(ROOT, 'node_modules/.cache/elasticdump@6.125.1')

/** The programs that are measured, each with its first arguments; undefined for one that this machine does not have. */
export interface Programs {
  esconn: readonly string[]
  executable: readonly string[] | undefined
  curl: readonly string[] | undefined
  jq: readonly string[] | undefined
  elasticdump: readonly string[]
  /** GNU time, which reports the peak memory of a process. */
  time: readonly string[] | undefined
}

/** Says what is left out. */
export function findPrograms(say: (line: string) => void): Programs {
  const found = (name: string, probe: string[], what: string) => {
    if (spawnSync(name, probe).status === 0) return [name]
    say(`${what} is not installed: left out`)
    return undefined
  }
  return {
    esconn: [process.execPath, join(ROOT, 'bin/esconn.js')],
    executable: executable(say),
    curl: found('curl', ['--version'], 'curl, with which the large responses are compared,'),
    jq: found('jq', ['--version'], 'jq'),
    elasticdump: [process.execPath, join(ELASTICDUMP, 'node_modules/elasticdump/bin/elasticdump')],
    time: found('time', ['-f', '%M', 'true'], 'GNU time, which measures the memory,'), // others have no -f
  }
}

function executable(say: (line: string) => void): string[] | undefined {
  const file = join(ROOT, 'dist/standalone/esconn')
  const age = (file: string) => statSync(file).mtimeMs
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  if (existsSync(file) && sources.every(source => age(join(ROOT, 'src', source)) <= age(file))) return [file]
  say('dist/standalone/esconn is missing or older than src/: left out; npm run build:standalone makes it')
  return undefined
}

/** Of use here only, with 160 packages: no dependency of the project. Returns whether it is there now. */
export function installElasticdump(say: (line: string) => void): boolean {
  if (existsSync(join(ELASTICDUMP, 'node_modules/elasticdump'))) return true
  say(`${basename(ELASTICDUMP)} is being installed into node_modules/.cache`)
  mkdirSync(ELASTICDUMP, { recursive: true })
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const argv = ['install', ...options, '--prefix', ELASTICDUMP, basename(ELASTICDUMP)]
  const isInstalled = spawnSync('npm', argv, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  if (!isInstalled) say('elasticdump could not be installed: left out')
  return isInstalled
}

/** What the figures depend on. */
export function describeMachine({ curl, jq }: Programs): string[] {
  const client = readFileSync(join(ROOT, 'node_modules/@elastic/elasticsearch/package.json'), 'utf8')
  const version = (program: readonly string[]) =>
    execFileSync(String(program[0]), ['--version'], { encoding: 'utf8' }).split(/ \(|\n/)[0] ?? ''
  return [
    `${cpus()[0]?.model}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${arch()}`,
    `Node ${process.versions.node}`,
    `@elastic/elasticsearch ${JSON.parse(client).version}`,
    ...[curl, jq].filter(program => program !== undefined).map(version),
    basename(ELASTICDUMP),
  ]
}
