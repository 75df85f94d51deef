import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import { statsOf } from './disk.ts'
import type { Env } from './expand.ts'
import { loadNamed, searchIn } from './files.ts'
import { homeOf, userDirectory } from './home.ts'
import { onOneLine, type Source } from './mistakes.ts'
import { projectFile } from './project.ts'

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

/** A pipe stands in no directory of its own. */
function namedFile(path: string, cwd: string): Found {
  return { origin: 'named', source: loadNamed(path), base: path.startsWith('/dev/') ? cwd : dirname(path) }
}

function userFile(env: Env): Source | undefined {
  const config = userDirectory(env)
  const home = homeOf(env)
  const source = config && searchIn(directoryOf(join(config, 'esconn')), USER_PLACES)
  return source || (home && searchIn(home, ['.esconnrc'])) || undefined
}

/** @throws {ConfigError} where something else is in the place of a directory */
function directoryOf(path: string): string {
  if (statsOf(dirname(path))?.isDirectory() && statsOf(path)?.isDirectory() === false)
    throw new ConfigError(`${onOneLine(path)}: a file, where a directory is expected`)
  return path
}

function found(origin: Origin, source: Source | undefined): Found | undefined {
  return source && { origin, source, base: dirname(source.file ?? '') }
}
