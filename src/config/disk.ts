import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { ConfigError } from '../errors.ts'
import { onOneLine } from './mistakes.ts'

/** Larger than any configuration that a person wrote, in bytes. */
export const MAX_SIZE = 1024 * 1024

/** Some files of the kernel's are read by whole words or pages only. */
const PAGE = 4096

/**
 * The content of a file. Opens nothing else than files, since opening a pipe would wait for its writer.
 *
 * @param name what stands for the path in messages
 * @returns undefined where there is none
 * @throws {ConfigError} for anything else than a readable file of sensible size
 */
export function contentOf(path: string, name = onOneLine(path)): Buffer | undefined {
  const stats = statsOf(path, name)
  if (stats === undefined) return undefined
  refuseIrregular(stats, name)
  return readable(name, () =>
    opened(path, constants.O_RDONLY | constants.O_NONBLOCK, file => contentIn(file, name)),
  )
}

/** Looks again at what was opened, which may have taken the place of what was there. */
function contentIn(file: number, name: string): Buffer {
  refuseIrregular(fstatSync(file), name)
  return upToLimit(file, name)
}

/** Undefined where nothing is. */
export function statsOf(path: string, name = onOneLine(path)): Stats | undefined {
  return readable(name, () => {
    if (lookAt(path, lstatSync) === undefined) return undefined
    const stats = lookAt(path, statSync)
    if (stats === undefined) throw new ConfigError(`${name}: a symbolic link that leads nowhere`)
    return stats
  })
}

/** What `read` gives, a failure of the system being told in our words. */
export function readable<Result>(name: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof ConfigError || code === undefined) throw error
    throw new ConfigError(`${name}: cannot be read (${message.split(',')[0]})`, { cause: error })
  }
}

/** Opens a file, and closes it in the end. */
export function opened<Result>(path: string, flags: number, use: (file: number) => Result): Result {
  const file = openSync(path, flags)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}

/** Counts what it reads, since a file of the kernel's tells no size, and one that grows the wrong one. */
export function upToLimit(file: number, name: string): Buffer {
  const bytes = Buffer.alloc(MAX_SIZE + PAGE)
  let length = 0
  for (let read = -1; read !== 0; length += read) {
    if (length > MAX_SIZE) throw new ConfigError(`${name}: larger than 1 MiB`)
    read = readSync(file, bytes, length, bytes.length - length, null)
  }
  return bytes.subarray(0, length)
}

function refuseIrregular(stats: Stats, name: string): void {
  if (!stats.isFile()) throw new ConfigError(`${name}: ${kindOf(stats)}, where a file is expected`)
}

/** Undefined where nothing is, also where what should be a directory is none. */
function lookAt(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ENOTDIR', 'ERR_INVALID_ARG_VALUE'].includes(code)) return undefined // the last: NUL in a path
    throw error
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory'
  if (stats.isFIFO()) return 'a named pipe'
  return stats.isSocket() ? 'a socket' : 'a device'
}
