import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Env } from './expand.ts'
import { loadNamed, searchIn } from './files.ts'
import { homeOf, userDirectory } from './home.ts'
import type { Source } from './mistakes.ts'
import { refuseForeign } from './trust/owner.ts'

/** Where the caller stands. */
export interface Surroundings {
  /** Absolute path of the working directory. */
  cwd: string
  /** The environment: `HOME`, `XDG_CONFIG_HOME`, and what `${NAME}` stands for. */
  env: Env
}

/** Whose word a configuration is: of a project, of the user, or named by the caller. */
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
export function find(surroundings: Surroundings, named?: string): Found[] {
  return searches(surroundings, named).flatMap(search => search() ?? [])
}

/** The same, a file at a time: each search may fail by itself. */
export function searches({ cwd, env }: Surroundings, named?: string): (() => Found | undefined)[] {
  if (named !== undefined) return [() => namedFile(resolve(cwd, named), cwd)]
  return [() => found('project', projectFile(cwd, env)), () => found('user', userFile(env))]
}

/**
 * The project's file, if there is one.
 *
 * @throws {ConfigError} for one that cannot be read, holds mistakes, or could be somebody else's
 */
export function projectFile(cwd: string, env: Env): Source | undefined {
  const directories = projectDirectories(cwd, homeOf(env))
  const source = firstOf(directories, directory => searchIn(directory, PROJECT_PLACES))
  if (source?.file !== undefined) refuseForeign(source.file)
  return source
}

/**
 * The path of a project's file as a search would find it.
 *
 * @throws {UsageError} for a name by which none is found
 */
export function projectPath(file: string, cwd: string): string {
  const path = resolve(cwd, file)
  if (PROJECT_PLACES.includes(basename(path))) return join(real(dirname(path)), basename(path))
  const advice = `a project's file is called ${PROJECT_PLACES.join(', ')}; one named by --config needs no trust`
  throw new UsageError(`${path}: not the name of a project's file`, { advice })
}

/** A pipe stands in no directory of its own. */
function namedFile(path: string, cwd: string): Found {
  return { origin: 'named', source: loadNamed(path), base: path.startsWith('/dev/') ? cwd : dirname(path) }
}

function userFile(env: Env): Source | undefined {
  const config = userDirectory(env)
  const home = homeOf(env)
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

function found(origin: Origin, source: Source | undefined): Found | undefined {
  return source && { origin, source, base: dirname(source.file ?? '') }
}
