import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'
import { formatLocation } from '../mistakes.ts'

/** Larger than any configuration that a person wrote, in bytes. */
export const MAX_CONFIG_SIZE = 128 * 1024

/** Larger than any other file that is read, in bytes: a secret, certificates, a `package.json`. */
export const MAX_FILE_SIZE = 1024 * 1024

/** The error for a text that is larger than one of these limits. */
export const tooLarge = (location: string, limit: number): ConfigError =>
  new ConfigError(
    limit === MAX_CONFIG_SIZE
      ? `larger than ${MAX_CONFIG_SIZE / 1024} KiB, the limit for a configuration file`
      : 'larger than 1 MiB',
    { location },
  )

/** How a file is read, and called in errors. */
interface ReadOptions {
  /** The location of errors; default: the path. */
  location?: string
  /** In bytes; default: 1 MiB. */
  limit?: number
}

/**
 * The content of a file. Opens nothing but regular files, since opening a pipe would wait for its writer.
 *
 * @returns undefined where there is no such file
 * @throws {ConfigError} for anything but a readable regular file within the limit
 */
export function readContent(
  path: string,
  { location = formatLocation(path), limit = MAX_FILE_SIZE }: ReadOptions = {},
): Buffer | undefined {
  const stats = statsOf(path, location)
  if (stats === undefined) return undefined
  refuseIrregular(stats, location)
  return describingErrors(location, () =>
    withFile(path, constants.O_RDONLY | constants.O_NONBLOCK, file => {
      refuseIrregular(fstatSync(file), location) // another file may have taken its place
      return readToLimit(file, location, limit)
    }),
  )
}

/**
 * The text of a file that a configuration refers to.
 *
 * @returns undefined where there is no such file
 * @throws {ConfigError} for anything but a readable regular file of at most 1 MiB in UTF-8
 */
export function readText(path: string, location: string): string | undefined {
  const content = readContent(path, { location })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return content && describingErrors(location, () => decoder.decode(content))
}

/**
 * The content of a pipe that the user named; waits for its writer.
 *
 * @throws {ConfigError} where it cannot be read, or exceeds the limit of a configuration
 */
export function readPipe(path: string): Buffer {
  const location = formatLocation(path)
  return withoutSignalListeners(() =>
    describingErrors(location, () =>
      withFile(path, constants.O_RDONLY, file => readToLimit(file, location, MAX_CONFIG_SIZE)),
    ),
  )
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** While reading blocks, no listener can run: without them a signal ends the process at once. */
function withoutSignalListeners<Result>(read: () => Result): Result {
  const listeners = SIGNALS.map(signal => [signal, process.rawListeners(signal)] as const)
  const each = (change: 'on' | 'off') => {
    for (const [signal, all] of listeners)
      for (const listener of all) process[change](signal, listener as NodeJS.SignalsListener)
  }
  each('off')
  try {
    return read()
  } finally {
    each('on')
  }
}

/**
 * What is at a path, after following symbolic links.
 *
 * @returns undefined where nothing is
 * @throws {ConfigError} for a broken symbolic link, and where the path cannot be searched
 */
export function statsOf(path: string, location = formatLocation(path)): Stats | undefined {
  return describingErrors(location, () => {
    if (statIfPresent(path, lstatSync) === undefined) return undefined
    const stats = statIfPresent(path, statSync)
    if (stats === undefined) throw new ConfigError('a broken symbolic link', { location })
    return stats
  })
}

/** Whether others than the owner can read a file; false for a pipe. */
export function isReadableByOthers(path: string): boolean {
  const stats = statsOf(path)
  return process.platform !== 'win32' && stats?.isFile() === true && (stats.mode & 0o044) !== 0
}

/** The result of `read`; turns an error of the system into a ConfigError. */
export function describingErrors<Result>(location: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof ConfigError || code === undefined) throw error
    throw new ConfigError(`cannot be read (${message.split(',')[0]})`, { location, cause: error })
  }
}

/** The result of `use` for an open file, which is closed afterwards. */
function withFile<Result>(path: string, flags: number, use: (file: number) => Result): Result {
  const file = openSync(path, flags)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}

/** Some files of the kernel can only be read by whole pages. */
const PAGE = 4096

/** Counts the bytes that it reads, since the size of a pipe or of a file of the kernel is not known in advance. */
function readToLimit(file: number, location: string, limit: number): Buffer {
  const bytes = Buffer.alloc(limit + PAGE)
  let length = 0
  for (let read = -1; read !== 0; length += read) {
    if (length > limit) throw tooLarge(location, limit)
    read = readSync(file, bytes, length, bytes.length - length, null)
  }
  return bytes.subarray(0, length)
}

function refuseIrregular(stats: Stats, location: string): void {
  if (!stats.isFile()) throw new ConfigError(`${kindOfFile(stats)}, where a file is expected`, { location })
}

/** Undefined where nothing is, also where a part of the path is not a directory. */
function statIfPresent(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ENOTDIR', 'ERR_INVALID_ARG_VALUE'].includes(code)) return undefined // the last: NUL in a path
    throw error
  }
}

function kindOfFile(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory'
  if (stats.isFIFO()) return 'a named pipe'
  return stats.isSocket() ? 'a socket' : 'a device'
}
