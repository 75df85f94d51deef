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
import { EsconnError } from '../../errors.ts'
import { formatLocation } from '../mistakes.ts'

/** A path with its symbolic links resolved, as far as it exists. */
export function realFile(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const directory = dirname(path)
    return directory === path ? path : join(realFile(directory), basename(path))
  }
}

/**
 * Replaces the text of a file, or creates the file, atomically. Its owner stays the same.
 *
 * @param file path of the file itself, not of a link to it
 * @param temporary what it is called until it is complete; one that a killed process has left is replaced
 * @throws {EsconnError} `output` where it cannot be written; its old text stays
 */
export function replaceFile(
  file: string,
  text: string,
  mode: number,
  temporary = `${file}.${randomBytes(6).toString('hex')}`,
): void {
  removeIfThere(temporary)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeNew(temporary, text, { mode, owner: statSync(file, { throwIfNoEntry: false }) })
    renameSync(temporary, file)
    syncDirectory(dirname(file))
  } catch (cause) {
    removeIfThere(temporary)
    const [reason] = (cause as Error).message.split(',')
    const what = `cannot be written (${reason}); nothing has changed`
    throw new EsconnError('output', what, { location: formatLocation(file), cause })
  }
}

/** Brings the names of a directory to the disk, where the system and the rights allow to open it. */
export function syncDirectory(directory: string): void {
  try {
    const descriptor = openSync(directory, 'r')
    fsyncSync(descriptor)
    closeSync(descriptor)
  } catch {} // the system does it in its own time
}

function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {} // it was not created
}

/** Creates a file; its text is on the disk when this returns. */
function writeNew(
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
