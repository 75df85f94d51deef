import type { Env } from '../expand.ts'
import type { Definition } from '../schema/alias.ts'
import { isSecretHeader } from '../schema/headers.ts'
import type { Auth, Settled } from '../settled.ts'
import { isSecretValue } from './fields.ts'
import type { SecretReader } from './reader.ts'

/** Longer than the name of a scheme, in characters. */
const SHORTEST = 8

/** How an alias logs in; a user in the URL of its nodes is not seen here. */
export async function authOf(
  { username, password, apiKey, bearer, serviceToken, aws }: NonNullable<Definition['auth']>,
  reader: SecretReader,
  env: Env,
): Promise<Auth | undefined> {
  if (apiKey !== undefined) return { apiKey: await apiKeyOf(apiKey, reader) }
  if (aws !== undefined) return await awsOf(aws, reader, env)
  if (username !== undefined) {
    return { username, password: (await reader.secret(password, ['auth', 'password'])) ?? '' }
  }
  const path = ['auth', bearer === undefined ? 'serviceToken' : 'bearer']
  const token = await reader.secret(bearer ?? serviceToken, path)
  return token === undefined ? undefined : { bearer: token }
}

/**
 * Headers in clear, by names in lower case.
 *
 * @param written the same before their variables were filled in
 */
export async function headersOf(
  headers: Headers,
  reader: SecretReader,
  written: Headers,
): Promise<Settled['headers']> {
  const settled: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const isOwn = isSecretHeader(name) || typeof value !== 'string' // else a word as common as `search` may be in it
    const read = isOwn ? await reader.secret(value, ['headers', name]) : value
    if (typeof read !== 'string') continue
    if (isSecretValue(name, written[name])) reader.seen.push(...partsOf(read))
    settled[name.toLowerCase()] = read
  }
  return settled
}

/** Names in lower case of the headers whose values are not to be shown. */
export const secretHeadersOf = (written: Headers): string[] =>
  Object.keys(written).flatMap(name => (isSecretValue(name, written[name]) ? name.toLowerCase() : []))

type Headers = NonNullable<Definition['headers']>

/** Of `Bearer token` or `a=b; c=d` what a server may repeat alone, unless it is too short to be secret. */
const partsOf = (value: string): string[] =>
  value
    .split(/[\s;,]+/)
    .flatMap(part => [part, part.slice(part.indexOf('=') + 1)])
    .concat(value)
    .filter(part => part.length >= SHORTEST)

type ApiKey = NonNullable<NonNullable<Definition['auth']>['apiKey']>

async function apiKeyOf(apiKey: ApiKey, reader: SecretReader): Promise<string> {
  const path = ['auth', 'apiKey']
  if (typeof apiKey === 'string' || apiKey.key === undefined) {
    const encoded = (await reader.secret(apiKey, path)) ?? ''
    reader.seen.push(...decodedKey(encoded))
    return encoded
  }
  const key = await reader.secret(apiKey.key, [...path, 'key'])
  const encoded = Buffer.from(`${apiKey.id}:${key}`).toString('base64')
  reader.seen.push(encoded)
  return encoded
}

/** Id and key as a server may repeat them, and the key alone; nothing where it is another text. */
function decodedKey(encoded: string): string[] {
  const decoded = Buffer.from(encoded, 'base64').toString()
  const [, key] = /^[!-9;-~]+:([!-~]+)$/.exec(decoded) ?? []
  return key === undefined ? [] : [decoded, key]
}

async function awsOf(
  { region, service = 'es' }: NonNullable<NonNullable<Definition['auth']>['aws']>,
  reader: SecretReader,
  env: Env,
): Promise<Auth> {
  const { awsCredentials } = await import('./aws.ts')
  const fail = (what: string, advice?: string) => reader.fail(['auth', 'aws'], what, { advice })
  const credentials = await awsCredentials(env, fail)
  reader.seen.push(credentials.secretAccessKey, ...[credentials.sessionToken ?? []].flat())
  return { aws: { region, service, credentials } }
}
