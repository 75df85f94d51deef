import type { Env } from '../expand.ts'
import type { Definition } from '../schema/alias.ts'
import { isSecretHeader, valueMistake } from '../schema/headers.ts'
import { tokenMistake } from '../schema/secret.ts'
import type { Auth, Settled } from '../settled.ts'
import type { SecretReader } from './reader.ts'

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
  const token = await reader.secret(bearer ?? serviceToken, path, tokenMistake)
  return token === undefined ? undefined : { bearer: token }
}

/** Headers in clear, by names in lower case. */
export async function headersOf(
  headers: NonNullable<Definition['headers']>,
  reader: SecretReader,
): Promise<Settled['headers']> {
  const settled: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const isSecret = typeof value !== 'string' || isSecretHeader(name)
    const read = isSecret ? await reader.secret(value, ['headers', name], valueMistake) : value
    if (read !== undefined) settled[name.toLowerCase()] = read
  }
  return settled
}

type ApiKey = NonNullable<NonNullable<Definition['auth']>['apiKey']>

async function apiKeyOf(apiKey: ApiKey, reader: SecretReader): Promise<string> {
  const path = ['auth', 'apiKey']
  if (typeof apiKey === 'string' || apiKey.key === undefined) {
    return (await reader.secret(apiKey, path, tokenMistake)) ?? ''
  }
  const key = await reader.secret(apiKey.key, [...path, 'key'])
  const encoded = Buffer.from(`${apiKey.id}:${key}`).toString('base64')
  reader.seen.push(encoded)
  return encoded
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
