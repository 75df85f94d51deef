import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EsconnError } from '../errors.ts'

/** The path of a file itself where links lead to it; of a file that is not there, as far as its directory is. */
export function realFile(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const directory = dirname(path)
    return directory === path ? path : join(realFile(directory), basename(path))
  }
}

/**
 * Puts a text in the place of a file's, or makes the file: at once, or not at all. Its owner stays who it is.
 *
 * @param file path of the file itself, not of a link to it
 * @throws {EsconnError} `output` where it cannot be written; what was there stays
 */
export function replaceFile(file: string, text: string, mode: number): void {
  const fresh = `${file}.${randomBytes(6).toString('hex')}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    fill(fresh, text, { mode, owner: statSync(file, { throwIfNoEntry: false }) })
    renameSync(fresh, file)
  } catch (cause) {
    discard(fresh)
    const [reason] = (cause as Error).message.split(',')
    throw new EsconnError('output', `${file}: cannot be written (${reason}); nothing has changed`, { cause })
  }
}

function discard(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {} // it was not even made
}

/** The text is on the disk before anybody is to see it. */
function fill(
  file: string,
  text: string,
  { mode, owner }: { mode: number; owner: { uid: number; gid: number } | undefined },
): void {
  const descriptor = openSync(file, 'wx', mode)
  try {
    if (owner && process.geteuid?.() === 0) fchownSync(descriptor, owner.uid, owner.gid)
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
