import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { UsageError } from '../errors.ts'
import { readable } from './disk.ts'
import type { Env } from './expand.ts'
import { searchIn } from './files.ts'
import { homeOf } from './home.ts'
import { onOneLine, type Source } from './mistakes.ts'
import { refuseForeign } from './trust/owner.ts'

const PROJECT_PLACES = ['.esconnrc', '.esconnrc.json', '.esconnrc.yaml', '.esconnrc.yml', 'package.json']

/**
 * The project's file, if there is one.
 *
 * @throws {ConfigError} for one that cannot be read, holds mistakes, or could be somebody else's
 */
export function projectFile(cwd: string, env: Env): Source | undefined {
  const directories = projectDirectories(cwd, homeOf(env))
  const source = firstOf(directories, directory => {
    refuseForeign(firstIn(directory)) // before anything of it is read
    return searchIn(directory, PROJECT_PLACES)
  })
  if (source?.file !== undefined) refuseForeign(source.file)
  return source
}

/** What a search looks at first; a `package.json` may not be ours at all. */
function firstIn(directory: string): string {
  const paths = PROJECT_PLACES.map(place => join(directory, place))
  const there = paths.find(isThere)
  return there === undefined || basename(there) === 'package.json' ? '' : there
}

const isThere = (path: string): boolean =>
  readable(onOneLine(path), () => lstatSync(path, { throwIfNoEntry: false })) !== undefined

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
