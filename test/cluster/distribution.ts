import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { type Generation, nameOf } from './generations.ts'
import type { Jdk } from './jdk.ts'

const run = promisify(execFile)
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
const anHour = 3_600_000

// Maven's repository does not support several downloads at once.
let queue: Promise<unknown> = Promise.resolve()

/** The folder of the unpacked server, which is fetched with Maven when it is not in the user's cache. */
export function distribution(
  generation: Generation,
  jdk: Jdk,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const folder = queue.then(() => provide(generation, jdk, env))
  queue = folder.catch(() => undefined)
  return folder
}

/** Whether it is in the user's cache. */
export const isFetched = (generation: Generation, env: NodeJS.ProcessEnv = process.env): boolean =>
  existsSync(join(shelfIn(env), folderOf(generation)))

const shelfIn = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'esconn/servers')

const folderOf = ({ kind, version }: Generation): string => `${kind}-${version}`

async function provide(generation: Generation, jdk: Jdk, env: NodeJS.ProcessEnv): Promise<string> {
  const shelf = shelfIn(env)
  const name = folderOf(generation)
  const target = join(shelf, name)
  if (existsSync(target)) return target
  await mkdir(shelf, { recursive: true })
  await sweep(shelf)
  const workshop = await mkdtemp(join(shelf, 'part-'))
  try {
    const archive = await download(generation, workshop, { JAVA_HOME: jdk.home, ...env })
    await run(join(jdk.home, 'bin/jar'), ['xf', archive], { cwd: workshop })
    await publish(join(workshop, name), target)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
  return target
}

/** What a crash left behind; newer directories may be in use by another process. */
async function sweep(shelf: string): Promise<void> {
  const parts = (await readdir(shelf)).filter(name => name.startsWith('part-'))
  for (const part of parts.map(name => join(shelf, name))) {
    const { mtimeMs } = await stat(part).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > anHour) await rm(part, { recursive: true, force: true })
  }
}

async function download(generation: Generation, folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { kind, version, sha256 } = generation
  const artifact = `org.${kind}.distribution.integ-test-zip:${kind}:${version}:zip`
  const options = ['-q', '-B', copyGoal, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]
  await run('mvn', options, { env, cwd: folder }).catch(error => explain(generation, error))
  const archive = join(folder, `${kind}-${version}.zip`)
  const hash = createHash('sha256')
  await pipeline(createReadStream(archive), hash)
  if (hash.digest('hex') === sha256) return archive
  throw new Error(`what Maven fetched as ${nameOf(generation)} is not the archive that was expected`)
}

function explain(generation: Generation, error: { code?: unknown; stdout?: string }): never {
  if (error.code === 'ENOENT') {
    throw new Error(`${nameOf(generation)} is fetched with Maven: install it, so that mvn is on PATH`)
  }
  const reason = /\[ERROR\] (\S.*)/.exec(error.stdout ?? '')?.[1] ?? 'it did not say why'
  throw new Error(`Maven cannot fetch ${nameOf(generation)}: ${reason}`, { cause: error })
}

/** `jar` forgets permissions, and the umask may have hidden the rest; the first process wins. */
async function publish(folder: string, target: string): Promise<void> {
  const names = ['', ...(await readdir(folder, { recursive: true }))]
  await Promise.all(names.map(name => chmod(join(folder, name), 0o755)))
  await rename(folder, target).catch(error => {
    if (!existsSync(target)) throw error
  })
}
