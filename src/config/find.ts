import { existsSync, realpathSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import type { Env } from './expand.ts'
import { loadNamed, searchIn } from './files.ts'
import type { Source } from './mistakes.ts'

/** Where the caller stands. */
export interface Surroundings {
  /** Absolute path of the working directory. */
  cwd: string
  /** The environment: `HOME`, `XDG_CONFIG_HOME`, and what `${NAME}` stands for. */
  env: Env
}

/** Whose word a configuration is: of an unknown project, of the user, or named by the caller. */
export type Origin = 'project' | 'user' | 'named'

/** A configuration, and the directory that relative paths in it start from. */
export interface Found {
  origin: Origin
  source: Source
  base: string
}

const PROJECT_PLACES = ['.esconnrc', '.esconnrc.json', '.esconnrc.yaml', '.esconnrc.yml', 'package.json']
const USER_PLACES = ['config.yaml', 'config.yml', 'config.json']

/**
 * The configuration files that hold here, in the order in which an alias is looked up: the project's and the
 * user's, or the one that is named.
 *
 * @throws {ConfigError} for a file that cannot be read or holds mistakes, and for a named one that is absent
 */
export function find({ cwd, env }: Surroundings, named?: string): Found[] {
  if (named !== undefined) return [namedFile(resolve(cwd, named), cwd)]
  const home = homeOf(env)
  const project = firstOf(projectDirectories(cwd, home), directory => searchIn(directory, PROJECT_PLACES))
  return [...foundIn('project', project), ...foundIn('user', userFile(env, home))]
}

/** A pipe stands in no directory of its own. */
function namedFile(path: string, cwd: string): Found {
  return { origin: 'named', source: loadNamed(path), base: path.startsWith('/dev/') ? cwd : dirname(path) }
}

function userFile(env: Env, home: string | undefined): Source | undefined {
  const given = env.XDG_CONFIG_HOME
  const config = given && isAbsolute(given) ? given : home && join(home, '.config')
  const source = config && searchIn(join(config, 'esconn'), USER_PLACES)
  return source || (home && searchIn(home, ['.esconnrc'])) || undefined
}

/** The working directory and those above it: up to the root of the repository, and never home or above. */
function* projectDirectories(cwd: string, home: string | undefined): Generator<string> {
  const end = home === undefined ? undefined : real(home)
  for (let directory = real(cwd); !holds(directory, end); directory = dirname(directory)) {
    yield directory
    if (existsSync(join(directory, '.git')) || directory === dirname(directory)) return
  }
}

const holds = (directory: string, path: string | undefined): boolean =>
  path !== undefined && `${path}${sep}`.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`)

function homeOf({ HOME }: Env): string | undefined {
  if (HOME !== undefined && isAbsolute(HOME)) return HOME
  try {
    return userInfo().homedir
  } catch {
    return undefined // a user without an entry, as containers have them
  }
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

function firstOf(directories: Iterable<string>, search: (directory: string) => Source | undefined) {
  for (const directory of directories) {
    const source = search(directory)
    if (source !== undefined) return source
  }
  return undefined
}

function foundIn(origin: Origin, source: Source | undefined): Found[] {
  return source === undefined ? [] : [{ origin, source, base: dirname(source.file ?? '') }]
}
