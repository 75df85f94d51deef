import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { ConfigError, EsconnError } from '../../errors.ts'
import { homeDirectory } from '../files/home.ts'
import { replaceFile } from '../files/write.ts'
import { formatLocation } from '../mistakes.ts'
import type { Trust, TrustRecord } from '../types.ts'
import type { Env } from '../variables.ts'
import { refuseForeignFile } from './owner.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The path of the record of one file, which is named by the hash of that file's path. It consists of lines as
 * `sha256sum` writes them: of the file itself, then of everything else that must not change.
 */
function recordPath(file: string, env: Env): string | undefined {
  const directory = recordDirectory(env)
  return directory && join(directory, sha256(file))
}

function recordDirectory(env: Env): string | undefined {
  const state = env.XDG_STATE_HOME
  const home = homeDirectory(env)
  const base = state && isAbsolute(state) ? state : home && join(home, '.local/state')
  return base && join(base, 'esconn/trust')
}

/**
 * Whether a file is trusted, and what was recorded with it; `text` is the part of it that counts. A record of the file
 * alone does not say where its aliases led: the user is asked again.
 */
export function readTrust(file: string, text: string, env: Env): { trust: Trust; record: TrustRecord } {
  if (!existsSync(recordDirectory(env) ?? '')) return { trust: 'unknown', record: new Map() } // hashing loads much code
  const path = recordPath(file, env)
  const [own, ...others] = (path && read(path))?.split('\n').filter(Boolean) ?? []
  const record = new Map(others.map(line => [line.slice(HASH_END), line.slice(0, HASH_END - 2)]))
  if (own === undefined) return { trust: 'unknown', record }
  if (own !== lineOf(recordName(file), sha256(text))) return { trust: 'changed', record }
  return { trust: record.size > 0 ? 'trusted' : 'unknown', record }
}

/** Where the name begins in a line: after 64 hexadecimal digits and two spaces. */
const HASH_END = 66

/**
 * Records that a file is trusted; `text` is the part of it that counts, and `record` what must not change either.
 *
 * @throws {ConfigError} without a home directory
 * @throws {EsconnError} `output` where it cannot be written
 */
export function recordTrust(
  { file, text }: { file: string; text: string },
  record: TrustRecord,
  env: Env,
): void {
  const path = recordPath(file, env)
  if (path === undefined) throw new ConfigError('trust cannot be recorded: there is no home directory')
  const lines = [
    lineOf(recordName(file), sha256(text)),
    ...[...record].map(([name, hash]) => lineOf(name, hash)),
  ]
  replaceFile(path, `${lines.join('\n')}\n`, 0o600)
}

/**
 * Removes the record of a file.
 *
 * @returns whether there was one
 * @throws {EsconnError} `output` where it cannot be removed
 */
export function removeTrust(file: string, env: Env): boolean {
  const record = recordPath(file, env)
  if (record === undefined || read(record) === undefined) return false
  try {
    rmSync(record)
  } catch (cause) {
    const [reason] = (cause as Error).message.split(',')
    const what = `cannot be removed (${reason})`
    throw new EsconnError('output', what, { location: formatLocation(record), cause })
  }
  return true
}

const lineOf = (name: string, hash: string): string => `${hash}  ${name}`

/** The name of a file in a record: in quotes where a line break would make it two lines. */
export const recordName = (file: string): string => (/[\r\n]/.test(file) ? JSON.stringify(file) : file)

function read(record: string): string | undefined {
  try {
    refuseForeignFile(record)
    return readFileSync(record, 'utf8')
  } catch (error) {
    if (error instanceof ConfigError) throw error
    return undefined
  }
}
