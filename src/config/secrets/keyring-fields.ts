import { ConfigError } from '../../errors.ts'
import { resolveAlias } from '../aliases.ts'
import { loadLayers } from '../check.ts'
import { FieldError, formatPath, type Path, quoteName } from '../mistakes.ts'
import type { Definition } from '../schema/alias.ts'
import { secret } from '../schema/auth.ts'
import { validate } from '../schema/validate.ts'
import { rawDefinition } from '../settings.ts'
import type { AliasTarget, Surroundings } from '../types.ts'
import { type Env, expandAt } from '../variables.ts'
import type { KeyringName } from './keyring.ts'
import { secretFields } from './secret-fields.ts'

/** A field of an alias whose secret is in the keyring. */
export interface KeyringField {
  /** The field inside the alias. */
  path: Path
  /** The same as text, `auth.password` for example. */
  name: string
  entry: KeyringName
}

/**
 * The fields of an alias whose secrets are in the keyring: at least one. Reads no secret.
 *
 * @param named path of the only file to read, instead of those that are found
 * @throws {ConfigError} for an unknown alias, one that needs trust, and one without a secret in the keyring
 */
export function keyringFields(alias: string, surroundings: Surroundings, named?: string): KeyringField[] {
  const { env } = surroundings
  const layers = loadLayers(surroundings, named)
  if (layers.length === 0)
    throw new ConfigError('there is no configuration yet', {
      advice: 'write a file with the alias',
      hint: { kind: 'write-config' },
    })
  const target = resolveAlias(layers, alias, env)
  const definition = rawDefinition(target)
  const fields = secretFields(definition).flatMap(([path, value]) =>
    typeof value === 'string' || value.keyring === undefined
      ? []
      : [
          {
            path,
            name: formatPath(path),
            entry: checkedEntry(target, [...path, 'keyring'], { text: value.keyring, env }),
          },
        ],
  )
  if (fields.length > 0) return fields
  const advice =
    definition.auth?.aws === undefined
      ? `write ${exampleAuth(target.name, definition)}, then try again`
      : 'it signs with your AWS credentials, which are not in this keyring'
  const mistake = { path: ['aliases', target.name], what: 'has no secret in the keyring' }
  throw new FieldError(target.layer.source, mistake, { advice })
}

function checkedEntry(
  { layer, name }: AliasTarget,
  path: Path,
  written: { text: string; env: Env },
): KeyringName {
  const { source } = layer
  const field = ['aliases', name, ...path]
  const keyring = expandAt(source, field, written)
  validate(secret(true), { keyring }, { source, path: field.slice(0, -1) })
  return keyring
}

/** The login of the alias, or an example of one, with its secret in the keyring. */
function exampleAuth(alias: string, { auth = {} }: Definition): string {
  const source = `{ keyring: esconn/${alias} }`
  if (auth.username !== undefined)
    return `auth: { username: ${quoteName(auth.username)}, password: ${source} }`
  const [kind = 'apiKey'] = Object.keys(auth)
  return `auth: { ${kind}: ${source} }`
}
