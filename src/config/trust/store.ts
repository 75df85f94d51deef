import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { ConfigError, EsconnError } from '../../errors.ts'
import { homeDirectory } from '../files/home.ts'
import { replaceFile } from '../files/write.ts'
import { formatLocation } from '../mistakes.ts'
import type { Trust } from '../types.ts'
import type { Env } from '../variables.ts'
import { refuseForeignFile } from './owner.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The path of the record of one file: a line as `sha256sum` writes it, in a file named by the hash of the path.
 */
function recordPath(file: string, env: Env): string | undefined {
  const state = env.XDG_STATE_HOME
  const home = homeDirectory(env)
  const base = state && isAbsolute(state) ? state : home && join(home, '.local/state')
  return base && join(base, 'esconn/trust', sha256(file))
}

/** Whether a file is trusted; `text` is the part of it that counts. */
export function readTrust(file: string, text: string, env: Env): Trust {
  const record = recordPath(file, env)
  const line = record && read(record)
  if (line === undefined) return 'unknown'
  return line === lineOf(file, text) ? 'trusted' : 'changed'
}

/**
 * Records that a file is trusted; `text` is the part of it that counts.
 *
 * @throws {ConfigError} without a home directory
 * @throws {EsconnError} `output` where it cannot be written
 */
export function recordTrust(file: string, text: string, env: Env): void {
  const record = recordPath(file, env)
  if (record === undefined) throw new ConfigError('trust cannot be recorded: there is no home directory')
  replaceFile(record, lineOf(file, text), 0o600)
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

const lineOf = (file: string, text: string): string => `${sha256(text)}  ${file}\n`

function read(record: string): string | undefined {
  try {
    refuseForeignFile(record)
    return readFileSync(record, 'utf8')
  } catch (error) {
    if (error instanceof ConfigError) throw error
    return undefined
  }
}
