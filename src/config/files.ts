import { accessSync, constants, lstatSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PublicExplorerSync } from 'cosmiconfig'
import * as cosmiconfig from 'cosmiconfig/dist/ExplorerSync.js'
import { ConfigError } from '../errors.ts'
import { load, MAX_SIZE, MEMBER } from './document.ts'
import type { Source } from './mistakes.ts'

/** The class behind `cosmiconfigSync()`, which itself would run the `.config/config.js` of the working directory. */
const { ExplorerSync } = cosmiconfig as unknown as {
  ExplorerSync: new (options: object) => PublicExplorerSync
}

const OPTIONS = {
  moduleName: MEMBER,
  loaders: { default: load },
  searchStrategy: 'none',
  ignoreEmptySearchPlaces: true,
  applyPackagePropertyPathToConfiguration: false,
  cache: false,
  metaConfigFilePath: null,
  transform: (result: unknown) => result,
}

/**
 * The first of `places` in a directory that holds anything.
 *
 * @throws {ConfigError} for a place that is taken by something else than a readable file, or holds mistakes
 */
export function searchIn(directory: string, places: readonly string[]): Source | undefined {
  const searchPlaces = places.filter(place => isReadable(join(directory, place)))
  if (searchPlaces.length === 0) return undefined
  const explorer = new ExplorerSync({ ...OPTIONS, searchPlaces })
  return readable(directory, () => explorer.search(directory)?.config)
}

/**
 * The file of that name, which may be a pipe.
 *
 * @throws {ConfigError} where it is absent, empty, not to be read, or holds mistakes
 */
export function loadNamed(path: string): Source {
  const stats = statsOf(path)
  if (stats === undefined) throw new ConfigError(`${path}: no such file`)
  if (!stats.isFIFO()) judge(path, stats)
  const explorer = new ExplorerSync({ ...OPTIONS, searchPlaces: [] })
  const source = readable(path, () => explorer.load(path)?.config)
  if (source === undefined) throw new ConfigError(`${path}: holds no configuration`)
  return source
}

/**
 * The text of a file beside the configuration.
 *
 * @param name what stands for the path in messages
 * @returns undefined where there is no such file
 * @throws {ConfigError} for anything else than a readable file of sensible size
 */
export function readText(path: string, name: string): string | undefined {
  return isReadable(path, name) ? readable(name, () => readFileSync(path, 'utf8')) : undefined
}

/** Whether others than the owner can read a file; of a pipe that is not asked. */
export function isOpenToOthers(path: string): boolean {
  const stats = statsOf(path)
  return process.platform !== 'win32' && stats?.isFile() === true && (stats.mode & 0o044) !== 0
}

function isReadable(path: string, name = path): boolean {
  const stats = statsOf(path, name)
  if (stats !== undefined) judge(path, stats, name)
  return stats !== undefined
}

/** Never opens anything, since opening a pipe would wait for its writer. */
function judge(path: string, stats: Stats, name = path): void {
  if (!stats.isFile()) throw new ConfigError(`${name}: ${kindOf(stats)}, where a file is expected`)
  if (stats.size > MAX_SIZE) throw new ConfigError(`${name}: larger than 1 MiB`)
  readable(name, () => accessSync(path, constants.R_OK))
}

function statsOf(path: string, name = path): Stats | undefined {
  return readable(name, () => {
    if (lookAt(path, lstatSync) === undefined) return undefined
    const stats = lookAt(path, statSync)
    if (stats === undefined) throw new ConfigError(`${name}: a symbolic link that leads nowhere`)
    return stats
  })
}

/** Undefined where nothing is, also where what should be a directory is none. */
function lookAt(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ENOTDIR'].includes(code)) return undefined
    throw error
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory'
  if (stats.isFIFO()) return 'a named pipe'
  return stats.isSocket() ? 'a socket' : 'a device'
}

function readable<Result>(name: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof ConfigError || code === undefined) throw error
    throw new ConfigError(`${name}: cannot be read (${message.split(',')[0]})`, { cause: error })
  }
}
