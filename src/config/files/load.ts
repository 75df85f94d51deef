import './homedir-fallback.ts' // before cosmiconfig

import { basename, join } from 'node:path'
import type { PublicExplorerSync } from 'cosmiconfig'
import * as cosmiconfig from 'cosmiconfig/dist/ExplorerSync.js'
import { ConfigError } from '../../errors.ts'
import { formatLocation, type Source } from '../mistakes.ts'
import { loadForCosmiconfig, MEMBER, parseFile } from '../syntax/parse.ts'
import { restoreHomedir } from './homedir-fallback.ts'
import { describingErrors, MAX_CONFIG_SIZE, MAX_FILE_SIZE, readContent, readPipe, statsOf } from './read.ts'

restoreHomedir()

/**
 * The first of `places` in a directory that is not empty.
 *
 * @throws {ConfigError} for a place where something other than a readable file is, and for mistakes in the file
 */
export function searchIn(directory: string, places: readonly string[]): Source | undefined {
  const searchPlaces = places.filter(place => isReadable(join(directory, place)))
  if (searchPlaces.length === 0) return undefined
  const explorer = new ExplorerSync({ ...EXPLORER_OPTIONS, searchPlaces })
  return describingErrors(formatLocation(directory), () => explorer.search(directory)?.config)
}

/**
 * The configuration in a file that the user named, which may be a pipe.
 *
 * @throws {ConfigError} where the file is absent, empty or cannot be read, and for mistakes in it
 */
export function loadNamed(path: string): Source {
  return statsOf(path)?.isFIFO()
    ? requireContent(path, parseFile(path, String(readPipe(path))))
    : loadFile(path)
}

/** The same for a regular file. */
export function loadFile(path: string): Source {
  if (!isReadable(path)) throw new ConfigError('no such file', { location: formatLocation(path) })
  const explorer = new ExplorerSync({ ...EXPLORER_OPTIONS, searchPlaces: [] })
  return requireContent(
    path,
    describingErrors(formatLocation(path), () => explorer.load(path)?.config),
  )
}

function requireContent(path: string, source: Source | undefined): Source {
  if (source === undefined)
    throw new ConfigError('contains no configuration', { location: formatLocation(path) })
  return source
}

/**
 * Whether a file exists that cosmiconfig can read, which itself checks neither its kind nor its size.
 *
 * @throws {ConfigError} for anything but a readable regular file within the limit
 */
function isReadable(path: string): boolean {
  const limit = basename(path) === 'package.json' ? MAX_FILE_SIZE : MAX_CONFIG_SIZE
  return readContent(path, { limit }) !== undefined
}

/** The class that `cosmiconfigSync()` uses; that function itself would run the `.config/config.js` of the working directory. */
const { ExplorerSync } = cosmiconfig as unknown as {
  ExplorerSync: new (options: object) => PublicExplorerSync
}

const EXPLORER_OPTIONS = {
  moduleName: MEMBER,
  loaders: { default: loadForCosmiconfig },
  searchStrategy: 'none',
  ignoreEmptySearchPlaces: true,
  applyPackagePropertyPathToConfiguration: false,
  cache: false,
  metaConfigFilePath: null,
  transform: (result: unknown) => result,
}
