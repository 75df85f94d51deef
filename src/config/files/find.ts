import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { ConfigError, UsageError } from '../../errors.ts'
import { formatLocation, type Source } from '../mistakes.ts'
import { refuseForeignFile } from '../trust/owner.ts'
import type { FoundFile, Origin, Surroundings } from '../types.ts'
import type { Env } from '../variables.ts'
import { homeDirectory, userConfigDirectory } from './home.ts'
import { loadNamed, searchIn } from './load.ts'
import { describingErrors, statsOf } from './read.ts'

const USER_PLACES = ['config.yaml', 'config.yml', 'config.json']

/**
 * The configuration files in effect, in the order in which an alias is looked up: the project's and the user's, or
 * the one that is named.
 *
 * @throws {ConfigError} for a file that cannot be read or has mistakes, and for a named one that is absent
 */
export function findFiles(surroundings: Surroundings, named?: string): FoundFile[] {
  return fileSearches(surroundings, named).flatMap(search => search() ?? [])
}

/** One search for each of these files, so that one can fail without the others. */
export function fileSearches({ cwd, env }: Surroundings, named?: string): (() => FoundFile | undefined)[] {
  if (named !== undefined) return [() => namedFile(resolve(cwd, named), cwd)]
  return [() => foundFile('project', projectFile(cwd, env)), () => foundFile('user', userFile(env))]
}

/** Paths in a pipe of the shell are relative to the working directory. */
function namedFile(path: string, cwd: string): FoundFile {
  return { origin: 'named', source: loadNamed(path), base: path.startsWith('/dev/') ? cwd : dirname(path) }
}

function userFile(env: Env): Source | undefined {
  const config = userConfigDirectory(env)
  const home = homeDirectory(env)
  const source = config && searchIn(directoryOf(join(config, 'esconn')), USER_PLACES)
  return source || (home && searchIn(home, ['.esconnrc'])) || undefined
}

/** @throws {ConfigError} where the path is not a directory */
function directoryOf(path: string): string {
  if (statsOf(dirname(path))?.isDirectory() && statsOf(path)?.isDirectory() === false)
    throw new ConfigError('a file, where a directory is expected', { location: formatLocation(path) })
  return path
}

function foundFile(origin: Origin, source: Source | undefined): FoundFile | undefined {
  return source && { origin, source, base: dirname(source.file ?? '') }
}

const PROJECT_PLACES = ['.esconnrc', '.esconnrc.json', '.esconnrc.yaml', '.esconnrc.yml', 'package.json']

/**
 * The project's file, if there is one.
 *
 * @throws {ConfigError} for one that cannot be read, has mistakes, or that others could have written
 */
export function projectFile(cwd: string, env: Env): Source | undefined {
  const directories = projectDirectories(cwd, homeDirectory(env))
  const source = firstOf(directories, directory => {
    refuseForeignFile(firstIn(directory)) // before it is parsed; a `package.json` only afterwards
    return searchIn(directory, PROJECT_PLACES)
  })
  if (source?.file !== undefined) refuseForeignFile(source.file)
  return source
}

/** The file that a search reads first; a `package.json` may have nothing to do with esconn. */
function firstIn(directory: string): string {
  const paths = PROJECT_PLACES.map(place => join(directory, place))
  const there = paths.find(isThere)
  return there === undefined || basename(there) === 'package.json' ? '' : there
}

const isThere = (path: string): boolean =>
  describingErrors(formatLocation(path), () => lstatSync(path, { throwIfNoEntry: false })) !== undefined

/**
 * The path of a project's file as a search finds it.
 *
 * @throws {UsageError} for a file name that no search finds
 */
export function projectPath(file: string, cwd: string): string {
  const path = resolve(cwd, file)
  if (PROJECT_PLACES.includes(basename(path))) return join(realDirectory(dirname(path)), basename(path))
  const what = `not the name of a project's file (${PROJECT_PLACES.join(', ')})`
  const advice = 'a file whose path you pass as `config` needs no trust'
  throw new UsageError(what, { location: formatLocation(path), advice, hint: { kind: 'name-file' } })
}

/** The working directory and its parents: up to the root of the repository, never the home directory or above. */
function* projectDirectories(cwd: string, home: string | undefined): Generator<string> {
  const end = home === undefined ? undefined : realDirectory(home)
  for (let directory = realDirectory(cwd); !contains(directory, end); directory = dirname(directory)) {
    yield directory
    if (existsSync(join(directory, '.git')) || directory === dirname(directory)) return
  }
}

const contains = (directory: string, path: string | undefined): boolean =>
  path !== undefined && `${path}${sep}`.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`)

function realDirectory(path: string): string {
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
