import './homeless.ts' // before cosmiconfig

import { join } from 'node:path'
import type { PublicExplorerSync } from 'cosmiconfig'
import * as cosmiconfig from 'cosmiconfig/dist/ExplorerSync.js'
import { ConfigError } from '../errors.ts'
import { contentOf, readable, statsOf } from './disk.ts'
import { load, MEMBER, parse } from './document.ts'
import { admitHomeless } from './homeless.ts'
import { onOneLine, type Source } from './mistakes.ts'
import { contentOfPipe } from './pipe.ts'

admitHomeless()

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
  const searchPlaces = places.filter(place => isSafe(join(directory, place)))
  if (searchPlaces.length === 0) return undefined
  const explorer = new ExplorerSync({ ...OPTIONS, searchPlaces })
  return readable(onOneLine(directory), () => explorer.search(directory)?.config)
}

/**
 * The file of that name, which may be a pipe.
 *
 * @throws {ConfigError} where it is absent, empty, not to be read, or holds mistakes
 */
export function loadNamed(path: string): Source {
  return statsOf(path)?.isFIFO() ? something(path, parse(path, String(contentOfPipe(path)))) : loadFile(path)
}

function something(path: string, source: Source | undefined): Source {
  if (source === undefined) throw new ConfigError(`${onOneLine(path)}: holds no configuration`)
  return source
}

/**
 * The text of a file beside the configuration.
 *
 * @param name what stands for the path in messages
 * @returns undefined where there is no such file
 * @throws {ConfigError} for anything else than a readable file of sensible size that holds UTF-8
 */
export function readText(path: string, name: string): string | undefined {
  const content = contentOf(path, name)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return content && readable(name, () => decoder.decode(content))
}

/** Whether others than the owner can read a file; of a pipe that is not asked. */
export function isOpenToOthers(path: string): boolean {
  const stats = statsOf(path)
  return process.platform !== 'win32' && stats?.isFile() === true && (stats.mode & 0o044) !== 0
}

/** The same for what must be no pipe. */
export function loadFile(path: string): Source {
  if (!isSafe(path)) throw new ConfigError(`${onOneLine(path)}: no such file`)
  const explorer = new ExplorerSync({ ...OPTIONS, searchPlaces: [] })
  return something(
    path,
    readable(onOneLine(path), () => explorer.load(path)?.config),
  )
}

/** Whether there is a file that cosmiconfig can read to its end, which it does without asking how far that is. */
function isSafe(path: string): boolean {
  return contentOf(path) !== undefined
}
