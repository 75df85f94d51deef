import { formatPath, type Path } from '../mistakes.ts'
import { writtenPassword } from '../node-url.ts'
import type { Definition } from '../schema/alias.ts'
import type { SecretInput } from '../schema/auth.ts'
import { isPem } from '../schema/tls.ts'
import { isLiteral } from '../variables.ts'
import { isHiddenHeader, isSecretHeader } from './secret-headers.ts'

type FieldEntry = readonly [path: Path, value: SecretInput | undefined]
type SecretField = readonly [path: Path, value: SecretInput]

/**
 * The secrets of an alias, each with its path inside the definition.
 *
 * @param written the same before its variables were filled in: a header with a variable counts as secret
 */
export function secretFields(definition: Definition, written = definition): SecretField[] {
  const { auth = {}, tls = {}, headers = {} } = definition
  const entries: FieldEntry[] = [
    [['auth', 'password'], auth.password],
    ...apiKeyIn(auth.apiKey),
    [['auth', 'bearer'], auth.bearer],
    [['auth', 'serviceToken'], auth.serviceToken],
    ...keyIn(tls.key),
    [['tls', 'passphrase'], tls.passphrase],
    ...Object.entries(headers)
      .filter(([name]) => isHiddenHeader(name, written.headers?.[name]))
      .map(([name, value]): FieldEntry => [['headers', name], value]),
    ...addressesIn(definition).map(([path, url]): FieldEntry => [path, writtenPassword(url)]),
  ]
  return entries.filter((entry): entry is SecretField => entry[1] !== undefined)
}

/** What a secret is called in a sentence; of a URL only the password is secret. */
export const secretName = (path: Path): string =>
  /^(?:nodes?|proxy)$/.test(String(path[0])) ? `the password in ${formatPath(path)}` : formatPath(path)

/** The files that an alias names, each with its path inside the definition. */
export function fileFields(definition: Definition): [Path, string][] {
  const { ca, cert, key } = definition.tls ?? {}
  const named = Object.entries({ ca, cert, key })
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && !isPem(entry[1]))
    .map(([field, file]): [Path, string] => [['tls', field], file])
  const secret = secretFields(definition).flatMap(([path, value]): [Path, string][] =>
    typeof value === 'string' || value.file === undefined ? [] : [[path, value.file]],
  )
  return [...named, ...secret]
}

/** The URLs of a definition, which may contain a password. */
function addressesIn({ node, nodes = [], proxy }: Definition): [Path, string][] {
  const entries: [Path, string | undefined][] = [
    [['node'], node],
    ...nodes.map((url, index): [Path, string] => [['nodes', index], url]),
    [['proxy'], proxy],
  ]
  return entries.filter((entry): entry is [Path, string] => entry[1] !== undefined)
}

/** The field in which a definition contains a secret itself, if any; the default of a variable may be one. */
export function literalSecret(definition: Definition): Path | undefined {
  const isPublic = ([group, name]: Path, value: SecretInput) =>
    group === 'headers' && !isSecretHeader(String(name), value)
  return secretFields(definition).find(
    ([path, value]) => typeof value === 'string' && isLiteral(value) && !isPublic(path, value),
  )?.[0]
}

function apiKeyIn(apiKey: NonNullable<Definition['auth']>['apiKey']): FieldEntry[] {
  const path = ['auth', 'apiKey']
  if (typeof apiKey === 'object' && apiKey.key !== undefined) return [[[...path, 'key'], apiKey.key]]
  return [[path, apiKey]]
}

/** A string is the path of a file, unless it is the key itself. */
function keyIn(key: SecretInput | undefined): FieldEntry[] {
  return typeof key === 'string' && !isPem(key) ? [] : [[['tls', 'key'], key]]
}
