import { hasVariables, isLiteral } from '../expand.ts'
import type { Path } from '../mistakes.ts'
import { writtenPassword } from '../nodes.ts'
import type { Definition } from '../schema/alias.ts'
import { isSecretHeader } from '../schema/headers.ts'
import type { SecretInput } from '../schema/secret.ts'
import { isPem } from '../schema/tls.ts'

type Entry = readonly [path: Path, value: SecretInput | undefined]
type Given = readonly [path: Path, value: SecretInput]

/**
 * The secrets of an alias, each with its path inside the definition.
 *
 * @param written the same before its variables were filled in, which make the value of any header a secret
 */
export function secretsIn(definition: Definition, written = definition): Given[] {
  const { auth = {}, tls = {}, headers = {} } = definition
  const entries: Entry[] = [
    [['auth', 'password'], auth.password],
    ...apiKeyIn(auth.apiKey),
    [['auth', 'bearer'], auth.bearer],
    [['auth', 'serviceToken'], auth.serviceToken],
    ...keyIn(tls.key),
    [['tls', 'passphrase'], tls.passphrase],
    ...Object.entries(headers)
      .filter(([name]) => isSecretValue(name, written.headers?.[name]))
      .map(([name, value]): Entry => [['headers', name], value]),
    ...addressesIn(definition).map(([path, url]): Entry => [path, writtenPassword(url)]),
  ]
  return entries.filter((entry): entry is Given => entry[1] !== undefined)
}

/** The files that an alias names, each with its path inside the definition. */
export function filesIn(definition: Definition): [Path, string][] {
  const { ca, cert, key } = definition.tls ?? {}
  const named = Object.entries({ ca, cert, key })
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && !isPem(entry[1]))
    .map(([field, file]): [Path, string] => [['tls', field], file])
  const secret = secretsIn(definition).flatMap(([path, value]): [Path, string][] =>
    typeof value === 'string' || value.file === undefined ? [] : [[path, value.file]],
  )
  return [...named, ...secret]
}

/** URLs, which may hold a password. */
function addressesIn({ node, nodes = [], proxy }: Definition): [Path, string][] {
  const entries: [Path, string | undefined][] = [
    [['node'], node],
    ...nodes.map((url, index): [Path, string] => [['nodes', index], url]),
    [['proxy'], proxy],
  ]
  return entries.filter((entry): entry is [Path, string] => entry[1] !== undefined)
}

/** Whether a header's value, as it is written, is not to be shown. */
export const isSecretValue = (name: string, written: SecretInput | undefined): boolean =>
  typeof written !== 'string' || isSecretHeader(name) || hasVariables(written)

/** Where a definition holds a secret itself, instead of the way to it; a default for a variable may be one. */
export function literalSecret(definition: Definition): Path | undefined {
  const isPublic = ([group, name]: Path) => group === 'headers' && !isSecretHeader(String(name))
  return secretsIn(definition).find(
    ([path, value]) => typeof value === 'string' && isLiteral(value) && !isPublic(path),
  )?.[0]
}

function apiKeyIn(apiKey: NonNullable<Definition['auth']>['apiKey']): Entry[] {
  const path = ['auth', 'apiKey']
  if (typeof apiKey === 'object' && apiKey.key !== undefined) return [[[...path, 'key'], apiKey.key]]
  return [[path, apiKey]]
}

/** A string is the path of a file, unless it is the key itself. */
function keyIn(key: SecretInput | undefined): Entry[] {
  return typeof key === 'string' && !isPem(key) ? [] : [[['tls', 'key'], key]]
}
