import * as v from 'valibot'
import { described, either, fields, judged, text } from './rules.ts'
import { secret, sourceFault, sourceFields, tokenMistake } from './secret.ts'

/** The ways to log in, of which an alias has one. */
export function authSchema(filled: boolean) {
  const login = fields({
    username: described(text(filled, usernameMistake), 'Name of the user'),
    password: described(secret(filled), 'Password of the user'),
    apiKey: described(apiKeySchema(filled), 'API key: in its encoded form, or as id and key'),
    bearer: described(secret(filled, tokenMistake), 'Token of a bearer'),
    serviceToken: described(secret(filled, tokenMistake), 'Token of a service account'),
    aws: described(
      awsSchema(filled),
      "Signs requests by the AWS credentials of the environment or of AWS's files",
    ),
  })
  return v.pipe(login, judged(authFault))
}

function apiKeySchema(filled: boolean) {
  const mapping = fields({
    id: described(text(filled, colonMistake), 'Id of the key'),
    key: described(secret(filled), 'The key itself'),
    ...sourceFields(filled),
  })
  const message = 'must be a string, or a mapping with `id` and `key`, or with `file`, `keyring` or `command`'
  return either(text(filled, tokenMistake), v.pipe(mapping, judged(apiKeyFault)), message)
}

function awsSchema(filled: boolean) {
  return fields({
    region: v.pipe(
      text(filled, regionMistake),
      v.description('Region of the cluster, eu-west-1 for example'),
    ),
    service: described(
      v.picklist(['es', 'aoss'], 'must be es or aoss'),
      'es for a domain, aoss for a serverless collection; default es',
    ),
  })
}

const KINDS = '`username` and `password`, `apiKey`, `bearer`, `serviceToken`, `aws`'

function authFault({ username, password, ...others }: Record<string, unknown>): string | undefined {
  const kinds = [username ?? password, ...Object.values(others)].filter(kind => kind !== undefined)
  if (kinds.length !== 1) return `must have exactly one of: ${KINDS}`
  return (username === undefined) === (password === undefined)
    ? undefined
    : 'needs `username` and `password` together'
}

function apiKeyFault({ id, key, ...source }: Record<string, unknown>): string | undefined {
  if (id === undefined && key === undefined) return sourceFault(source)
  if (Object.values(source).some(value => value !== undefined)) return 'must have `id` and `key`, or neither'
  return id === undefined || key === undefined ? 'needs `id` and `key` together' : undefined
}

function usernameMistake(value: string): string | undefined {
  return value.includes(':') ? 'must not hold a colon' : undefined
}

function colonMistake(value: string): string | undefined {
  return usernameMistake(value) ?? tokenMistake(value)
}

function regionMistake(value: string): string | undefined {
  return /^[a-z0-9-]+$/.test(value) ? undefined : 'must be the name of a region, eu-west-1 for example'
}
