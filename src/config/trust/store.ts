import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { ConfigError, EsconnError } from '../../errors.ts'
import type { Env } from '../expand.ts'
import { homeOf } from '../home.ts'
import { replaceFile } from '../replace.ts'
import { refuseForeign } from './owner.ts'

/** Whether a file may do what it asks for: never looked at, as it was when it was looked at, or changed since. */
export type Trust = 'unknown' | 'trusted' | 'changed'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The record of one file: a line as `sha256sum` writes it, under the hash of its path. Which text of the file
 * counts is the caller's to say.
 */
function recordOf(file: string, env: Env): string | undefined {
  const state = env.XDG_STATE_HOME
  const home = homeOf(env)
  const base = state && isAbsolute(state) ? state : home && join(home, '.local/state')
  return base && join(base, 'esconn/trust', sha256(file))
}

export function trustIn(file: string, text: string, env: Env): Trust {
  const record = recordOf(file, env)
  const line = record && read(record)
  if (line === undefined) return 'unknown'
  return line === lineOf(file, text) ? 'trusted' : 'changed'
}

/**
 * @throws {ConfigError} where there is no home to record it in
 * @throws {EsconnError} `output` where it cannot be written
 */
export function recordTrust(file: string, text: string, env: Env): void {
  const record = recordOf(file, env)
  if (record === undefined) throw new ConfigError('trust cannot be recorded: there is no home directory')
  replaceFile(record, lineOf(file, text), 0o600)
}

/**
 * Answers whether there was a record.
 *
 * @throws {EsconnError} `output` where it cannot be taken away
 */
export function removeTrust(file: string, env: Env): boolean {
  const record = recordOf(file, env)
  if (record === undefined || read(record) === undefined) return false
  try {
    rmSync(record)
  } catch (cause) {
    const [reason] = (cause as Error).message.split(',')
    throw new EsconnError('output', `${record}: cannot be taken away (${reason})`, { cause })
  }
  return true
}

const lineOf = (file: string, text: string): string => `${sha256(text)}  ${file}\n`

function read(record: string): string | undefined {
  try {
    refuseForeign(record)
    return readFileSync(record, 'utf8')
  } catch (error) {
    if (error instanceof ConfigError) throw error
    return undefined
  }
}
