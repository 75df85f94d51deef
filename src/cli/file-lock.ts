import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { realFile } from '../config/files/write.ts'
import { InputError } from '../errors.ts'

/**
 * Does some work while no other run works with the same files. The system takes the locks back when the process ends,
 * however that happens; where it has no such locks, on macOS for example, nothing is locked.
 *
 * @throws {InputError} if another run has one of them
 */
export async function withFileLocks<T>(
  paths: readonly (string | undefined)[],
  work: () => Promise<T>,
): Promise<T> {
  const locks: (Server | undefined)[] = []
  try {
    for (const path of paths) if (path !== undefined) locks.push(await lockOf(path))
    return await work()
  } finally {
    for (const lock of locks) lock?.close()
  }
}

/** The name of the lock of a file; undefined where the system has none. */
export function lockName(path: string): string | undefined {
  const place = { linux: '\0', win32: '\\\\.\\pipe\\' }[process.platform as string]
  const name = createHash('sha256').update(realFile(path)).digest('hex').slice(0, 32)
  return place === undefined || 'bun' in process.versions ? undefined : `${place}esconn-${name}`
}

async function lockOf(path: string): Promise<Server | undefined> {
  const name = lockName(path)
  if (name === undefined) return undefined
  const server = createServer().unref()
  const error = await new Promise<NodeJS.ErrnoException | undefined>(resolve => {
    server.once('error', resolve).listen(name, () => resolve(undefined))
  })
  if (error?.code === 'EADDRINUSE') throw new InputError(`${path} is in use by another run of esconn`)
  return error ? undefined : server
}
