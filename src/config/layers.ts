import { ConfigError } from '../errors.ts'
import { isLiteral } from './expand.ts'
import { isOpenToOthers } from './files.ts'
import type { Found, Origin } from './find.ts'
import { at, type Path } from './mistakes.ts'
import { writtenPassword } from './nodes.ts'
import { type Definition, fileSchema } from './schema.ts'
import { validate } from './validate.ts'

/** A configuration that has been judged: a file's, a program's object, or the one that holds without any. */
export interface Layer extends Omit<Found, 'origin'> {
  origin: Origin | 'object' | 'implicit'
  /** `${…}` is not filled in yet. */
  aliases: ReadonlyMap<string, string | Definition>
}

/**
 * Judges a configuration as a whole.
 *
 * @throws {ConfigError} telling the first of all mistakes
 */
export function layerOf({ origin, source, base }: Omit<Layer, 'aliases'>): Layer {
  const { aliases = {} } = validate(fileSchema, source.data, { source, path: [] })
  return { origin, source, base, aliases: new Map(Object.entries(aliases)) }
}

/**
 * What is to be said of secrets that others can read: at most one sentence a file.
 *
 * @throws {ConfigError} where it is the user's own file, as ssh refuses such keys
 */
export function warningsOf({ origin, source, aliases }: Layer): string[] {
  const path = literalSecret(aliases)
  if (path === undefined || source.file === undefined || !isOpenToOthers(source.file)) return []
  const what = `${at(source, path)}: a secret, in a file that others can read`
  const advice = `chmod 600 ${quoted(source.file)}`
  if (origin === 'user') throw new ConfigError(what, { advice })
  return [`${what} (${advice})`]
}

function literalSecret(aliases: Layer['aliases']): Path | undefined {
  for (const [alias, definition] of aliases) {
    const path = typeof definition === 'string' ? undefined : secretIn(definition)
    if (path !== undefined) return ['aliases', alias, ...path]
  }
  return undefined
}

function secretIn({ node, nodes = [], auth = {} }: Definition): Path | undefined {
  const strings: [Path, string | undefined][] = [
    [['auth', 'password'], auth.password],
    [['auth', 'apiKey'], auth.apiKey],
    [['auth', 'bearer'], auth.bearer],
    [['node'], node && writtenPassword(node)],
    ...nodes.map((url, index): [Path, string | undefined] => [['nodes', index], writtenPassword(url)]),
  ]
  return strings.find(([, secret]) => secret !== undefined && isLiteral(secret))?.[0]
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
