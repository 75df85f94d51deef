import { ConfigError } from '../errors.ts'
import { type Env, expandAt } from './expand.ts'
import type { Surroundings } from './find.ts'
import { layersHere } from './inspect.ts'
import { lookup, type Target } from './lookup.ts'
import { at, dotted, type Path, shown } from './mistakes.ts'
import type { Definition } from './schema/alias.ts'
import { secret } from './schema/secret.ts'
import { validate } from './schema/validate.ts'
import { secretsIn } from './secrets/fields.ts'
import type { KeyringName } from './secrets/keyring.ts'
import { unfilled } from './settle.ts'

/** A secret of an alias that is kept in the keyring. */
export interface KeyringField {
  /** Where it stands inside the alias. */
  path: Path
  /** The same in one word, `auth.password` for example. */
  name: string
  entry: KeyringName
}

/**
 * The secrets of an alias that its configuration looks for in the keyring: at least one. No other secret of it is
 * asked for.
 *
 * @param named a file in place of those that would be found
 * @throws {ConfigError} for an unknown alias, one that needs trust, and one that has nothing in the keyring
 */
export function keyringFields(alias: string, surroundings: Surroundings, named?: string): KeyringField[] {
  const { env } = surroundings
  const layers = layersHere(surroundings, named)
  if (layers.length === 0)
    throw new ConfigError('there is no configuration yet', { advice: 'esconn config init writes one' })
  const target = lookup(layers, alias, env)
  const definition = unfilled(target)
  const fields = secretsIn(definition).flatMap(([path, value]) =>
    typeof value === 'string' || value.keyring === undefined
      ? []
      : [
          {
            path,
            name: dotted(path),
            entry: filled(target, [...path, 'keyring'], { text: value.keyring, env }),
          },
        ],
  )
  if (fields.length > 0) return fields
  const advice =
    definition.auth?.aws === undefined
      ? `write ${form(target.name, definition)}, and run this again`
      : 'it signs by your AWS credentials: their secrets are where AWS looks for them'
  const what = 'has no secret in the keyring'
  throw new ConfigError(`${at(target.layer.source, ['aliases', target.name])}: ${what}`, { advice })
}

function filled({ layer, name }: Target, path: Path, written: { text: string; env: Env }): KeyringName {
  const { source } = layer
  const place = ['aliases', name, ...path]
  const keyring = expandAt(source, place, written)
  validate(secret(true), { keyring }, { source, path: place.slice(0, -1) })
  return keyring
}

/** The login that the alias has, or an example of one, with the keyring in the place of its secret. */
function form(alias: string, { auth = {} }: Definition): string {
  const source = `{ keyring: esconn/${alias} }`
  if (auth.username !== undefined) return `auth: { username: ${shown(auth.username)}, password: ${source} }`
  const [kind = 'apiKey'] = Object.keys(auth)
  return `auth: { ${kind}: ${source} }`
}
