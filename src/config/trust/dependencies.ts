import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { describingErrors } from '../files/read.ts'
import { formatLocation } from '../mistakes.ts'
import { secretFields } from '../secrets/secret-fields.ts'
import type { AliasTarget } from '../types.ts'
import { type Env, expandKnown } from '../variables.ts'

/**
 * The files next to a project's file on which the safety of an alias depends: its certificate authority, and the
 * programs and scripts of its commands: every word that names an existing file, so that the script in
 * `[sh, get-key.sh]` counts as well.
 */
export function dependenciesOf({ layer, name }: AliasTarget, env: Env): string[] {
  const definition = layer.aliases.get(name)
  if (typeof definition !== 'object') return []
  const commands = secretFields(definition).flatMap(([, value]) =>
    typeof value === 'string' ? [] : (value.command ?? []),
  )
  const words = [...commands, definition.tls?.ca ?? []].flat()
  const found = words.flatMap(word => fileNamed(expandKnown(word, env), layer.base) ?? [])
  return [...new Set(found)]
}

/** The file that a word of a command names; none for an absolute path elsewhere, which is not the project's. */
function fileNamed(word: string, base: string): string | undefined {
  try {
    const path = resolve(base, word)
    const belongs = !isAbsolute(word) || !/^\.\.(?:[/\\]|$)/.test(relative(base, realpathSync(path)))
    return belongs && statSync(path).isFile() ? path : undefined
  } catch {
    return undefined // most words name nothing
  }
}

/** In bytes. */
const CHUNK = 64 * 1024

/**
 * SHA-256 of the content of a file, which may be large.
 *
 * @throws {ConfigError} where it cannot be read
 */
export function hashFile(path: string): string {
  return describingErrors(formatLocation(path), () => {
    const hash = createHash('sha256')
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const bytes = Buffer.alloc(CHUNK)
      for (let read = -1; read !== 0; hash.update(bytes.subarray(0, read))) read = readSync(file, bytes)
    } finally {
      closeSync(file)
    }
    return hash.digest('hex')
  })
}
