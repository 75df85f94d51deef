import { lstatSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'
import { quoted } from '../shell.ts'

/**
 * Refuses a project's file that somebody else could have put there or could change, as git does with its
 * `safe.directory` (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory). A group of the
 * user's number, as many systems give everybody one, holds nobody else.
 *
 * @throws {ConfigError} for a symbolic link, a file of somebody else, and one that others may write
 */
export function refuseForeign(file: string): void {
  const what = foreign(file)
  if (what === undefined) return
  const advice =
    what === WRITABLE ? `chmod go-w ${quoted(file)}` : 'name the file with --config if it is the one you mean'
  throw new ConfigError(`${file}: a project's file that ${what} is not read`, { advice })
}

const WRITABLE = 'others may write'

function foreign(file: string): string | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  if (process.geteuid === undefined) return undefined // where files have no such owners
  if (!ownUids().includes(stats.uid)) return 'belongs to somebody else'
  const ownGroup = stats.gid === process.getegid?.() && stats.gid === stats.uid
  const byGroup = (stats.mode & 0o020) !== 0 && !ownGroup
  return byGroup || (stats.mode & 0o002) !== 0 ? WRITABLE : undefined
}

/** Under sudo the files of who called it are one's own too. */
function ownUids(): number[] {
  const own = process.geteuid?.() ?? 0
  const caller = Number(process.env.SUDO_UID ?? Number.NaN)
  return own === 0 && Number.isInteger(caller) ? [own, caller] : [own]
}
