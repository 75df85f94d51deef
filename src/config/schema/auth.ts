import * as v from 'valibot'
import { described, either, exactlyOne, fields, judged, text, variable } from './rules.ts'
import { secret, sourceFault, sourceFields, TOKEN, tokenMistake } from './secret.ts'

const REGION = /^[a-z0-9-]+$/

/** What `authFault` says, for the JSON Schema. */
const SHAPE = {
  ...exactlyOne('username', 'apiKey', 'bearer', 'serviceToken', 'aws'),
  dependencies: { username: ['password'], password: ['username'] },
}

/** What `apiKeyFault` says, for the JSON Schema. */
const API_KEY_SHAPE = {
  ...exactlyOne('id', 'file', 'keyring', 'command'),
  dependencies: { id: ['key'], key: ['id'], timeout: ['command'] },
}

/** The ways to log in, of which an alias has one. */
export function authSchema(filled: boolean) {
  const login = fields({
    username: described(text(filled, usernameMistake), 'Name of the user', {
      examples: ['elastic'],
      pattern: /^[^:]*$/,
    }),
    password: described(secret(filled), 'Password of the user', {
      examples: [{ keyring: 'esconn/elastic' }],
    }),
    apiKey: described(apiKeySchema(filled), 'API key: in its encoded form, or as id and key', {
      examples: [variable('LOGS_API_KEY')],
      pattern: TOKEN,
    }),
    bearer: described(secret(filled, tokenMistake), 'Token of a bearer', {
      examples: [{ command: ['vault', 'read', '-field=token', 'secret/logs'] }],
      pattern: TOKEN,
    }),
    serviceToken: described(secret(filled, tokenMistake), 'Token of a service account', {
      examples: [{ file: './service-token' }],
      pattern: TOKEN,
    }),
    aws: described(
      awsSchema(filled),
      "Signs requests by the AWS credentials of the environment or of AWS's files",
      { examples: [{ region: 'eu-west-1' }] },
    ),
  })
  return v.pipe(login, judged(authFault), v.metadata(SHAPE))
}

function apiKeySchema(filled: boolean) {
  const mapping = fields({
    id: described(text(filled, colonMistake), 'Id of the key', {
      examples: ['VuaCfGcBCdbkQm-e5aOx'],
      pattern: /^[!-9;-~]+$/,
    }),
    key: described(secret(filled), 'The key itself', { examples: [{ keyring: 'esconn/logs' }] }),
    ...sourceFields(filled),
  })
  const message = 'must be a string, or a mapping with `id` and `key`, or with `file`, `keyring` or `command`'
  const judgedMapping = v.pipe(mapping, judged(apiKeyFault), v.metadata(API_KEY_SHAPE))
  return either(text(filled, tokenMistake), judgedMapping, message)
}

function awsSchema(filled: boolean) {
  return fields({
    region: v.pipe(
      text(filled, regionMistake),
      v.metadata({ description: 'Region of the cluster', examples: ['eu-west-1'], pattern: REGION }),
    ),
    service: described(
      v.picklist(['es', 'aoss'], 'must be es or aoss'),
      'es for a domain, aoss for a serverless collection',
      { default: 'es', examples: ['aoss'] },
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
  return REGION.test(value) ? undefined : 'must be the name of a region, eu-west-1 for example'
}
