import { lstatSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'
import { shellQuote } from '../../text.ts'
import { describingErrors } from '../files/read.ts'
import { formatLocation } from '../mistakes.ts'

/**
 * Refuses a project's file that somebody else could have created or could change, as git does with its
 * `safe.directory` (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory). A group with
 * the user's number has no other members on systems that give each user a group.
 *
 * @throws {ConfigError} for a symbolic link, a file owned by somebody else, and one that others can write
 */
export function refuseForeignFile(file: string): void {
  const what = foreignReason(file)
  if (what === undefined) return
  throw new ConfigError(`a project's file that ${what} is not read`, {
    location: formatLocation(file),
    ...(what === WRITABLE
      ? { advice: `chmod go-w ${shellQuote(file)}` }
      : { advice: 'if it is the file you mean, pass its path as `config`', hint: { kind: 'name-file' } }),
  })
}

const WRITABLE = 'others can write'

function foreignReason(file: string): string | undefined {
  const stats = describingErrors(formatLocation(file), () => lstatSync(file, { throwIfNoEntry: false }))
  if (stats === undefined) return undefined
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  if (process.geteuid === undefined) return undefined // Windows
  if (!ownUids().includes(stats.uid)) return 'is owned by somebody else'
  const ownGroup = stats.gid === process.getegid?.() && stats.gid === stats.uid
  const byGroup = (stats.mode & 0o020) !== 0 && !ownGroup
  return byGroup || (stats.mode & 0o002) !== 0 ? WRITABLE : undefined
}

/** The user; under sudo also the user who called it. */
function ownUids(): number[] {
  const own = process.geteuid?.() ?? 0
  const caller = Number(process.env.SUDO_UID ?? Number.NaN)
  return own === 0 && Number.isInteger(caller) ? [own, caller] : [own]
}
