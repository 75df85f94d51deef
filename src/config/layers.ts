import { ConfigError } from '../errors.ts'
import type { Env } from './expand.ts'
import { isOpenToOthers } from './files.ts'
import type { Found, Origin } from './find.ts'
import { at, type Path } from './mistakes.ts'
import type { Definition } from './schema/alias.ts'
import { fileSchema } from './schema/file.ts'
import { validate } from './schema/validate.ts'
import { literalSecret } from './secrets/fields.ts'
import { quoted } from './shell.ts'
import { type Trust, trustIn } from './trust/store.ts'

/** A configuration that has been judged: a file's, a program's object, or the one that holds without any. */
export interface Layer extends Omit<Found, 'origin'> {
  origin: Origin | 'object' | 'implicit'
  /** `${…}` is not filled in yet. */
  aliases: ReadonlyMap<string, string | Definition>
  /** Whether it may do what is only for files that the user has chosen. */
  trust: Trust
}

/**
 * Judges a configuration as a whole.
 *
 * @throws {ConfigError} telling the first of all mistakes
 */
export function layerOf({ origin, source, base }: Omit<Layer, 'aliases' | 'trust'>, env: Env): Layer {
  const { aliases = {} } = validate(fileSchema, source.data, { source, path: [] })
  const { file = '', text = '' } = source
  const trust = origin === 'project' ? trustIn(file, text, env) : 'trusted'
  return { origin, source, base, aliases: new Map(Object.entries(aliases)), trust }
}

/**
 * What is to be said of secrets that others can read: at most one sentence a file.
 *
 * @throws {ConfigError} where it is the user's own file, as ssh refuses such keys
 */
export function warningsOf({ origin, source, aliases }: Layer): string[] {
  const path = literalSecretOf(aliases)
  if (path === undefined || source.file === undefined || !isOpenToOthers(source.file)) return []
  const what = `${at(source, path)}: a secret, in a file that others can read`
  const advice = `chmod 600 ${quoted(source.file)}`
  if (origin === 'user') throw new ConfigError(what, { advice })
  return [`${what} (${advice})`]
}

function literalSecretOf(aliases: Layer['aliases']): Path | undefined {
  for (const [alias, definition] of aliases) {
    const path = typeof definition === 'string' ? undefined : literalSecret(definition)
    if (path !== undefined) return ['aliases', alias, ...path]
  }
  return undefined
}
