import * as v from 'valibot'
import {
  checkMapping,
  durationText,
  either,
  exactlyOne,
  fields,
  optionalField,
  text,
  variableReference,
} from './fields.ts'

const REGION = /^[a-z0-9-]+$/

/** The rules of `checkAuth`, for the JSON Schema. */
const AUTH_RULES = {
  ...exactlyOne('username', 'apiKey', 'bearer', 'serviceToken', 'aws'),
  dependencies: { username: ['password'], password: ['username'] },
}

/** The rules of `checkApiKey`, for the JSON Schema. */
const API_KEY_RULES = {
  ...exactlyOne('id', 'file', 'keyring', 'command'),
  dependencies: { id: ['key'], key: ['id'], timeout: ['command'] },
}

/** The field `auth`: one login method. */
export function authSchema(filled: boolean) {
  const login = fields({
    username: optionalField(text(filled, usernameMistake), 'Name of the user', {
      examples: ['elastic'],
      pattern: /^[^:]*$/,
    }),
    password: optionalField(secret(filled), 'Password of the user', {
      examples: [{ keyring: 'esconn/elastic' }],
    }),
    apiKey: optionalField(apiKeySchema(filled), 'API key: in its encoded form, or as id and key', {
      examples: [variableReference('LOGS_API_KEY')],
      pattern: TOKEN,
    }),
    bearer: optionalField(secret(filled, tokenMistake), 'Bearer token', {
      examples: [{ command: ['vault', 'read', '-field=token', 'secret/logs'] }],
      pattern: TOKEN,
    }),
    serviceToken: optionalField(secret(filled, tokenMistake), 'Service account token', {
      examples: [{ file: './service-token' }],
      pattern: TOKEN,
    }),
    aws: optionalField(
      awsSchema(filled),
      'Signs requests with AWS credentials, wherever the AWS SDK finds them',
      { examples: [{ region: 'eu-west-1', profile: 'logs' }] },
    ),
  })
  return v.pipe(login, checkMapping(checkAuth), v.metadata(AUTH_RULES))
}

function apiKeySchema(filled: boolean) {
  const mapping = fields({
    id: optionalField(text(filled, colonMistake), 'Id of the key', {
      examples: ['VuaCfGcBCdbkQm-e5aOx'],
      pattern: /^[!-9;-~]+$/,
    }),
    key: optionalField(secret(filled), 'The key itself', { examples: [{ keyring: 'esconn/logs' }] }),
    ...sourceFields(filled),
  })
  const message = 'must be a string, or a mapping with `id` and `key`, or with `file`, `keyring` or `command`'
  const checkedMapping = v.pipe(mapping, checkMapping(checkApiKey), v.metadata(API_KEY_RULES))
  return either(text(filled, tokenMistake), checkedMapping, message)
}

function awsSchema(filled: boolean) {
  return fields({
    region: v.pipe(
      text(filled, regionMistake),
      v.metadata({ description: 'Region of the cluster', examples: ['eu-west-1'], pattern: REGION }),
    ),
    service: optionalField(
      v.picklist(['es', 'aoss'], 'must be es or aoss'),
      'es for a domain, aoss for a serverless collection',
      { default: 'es', examples: ['aoss'] },
    ),
    profile: optionalField(
      text(filled),
      'Profile of the AWS files (`~/.aws/config`) that gives the credentials',
      {
        examples: ['logs'],
      },
    ),
  })
}

const KINDS = '`username` and `password`, `apiKey`, `bearer`, `serviceToken`, `aws`'

function checkAuth({ username, password, ...others }: Record<string, unknown>): string | undefined {
  const kinds = [username ?? password, ...Object.values(others)].filter(kind => kind !== undefined)
  if (kinds.length !== 1) return `must have exactly one of: ${KINDS}`
  return (username === undefined) === (password === undefined)
    ? undefined
    : 'needs `username` and `password` together'
}

function checkApiKey({ id, key, ...source }: Record<string, unknown>): string | undefined {
  if (id === undefined && key === undefined) return checkSource(source)
  if (Object.values(source).some(value => value !== undefined)) return 'must have `id` and `key`, or neither'
  return id === undefined || key === undefined ? 'needs `id` and `key` together' : undefined
}

function usernameMistake(value: string): string | undefined {
  return value.includes(':') ? 'must not contain a colon' : undefined
}

function colonMistake(value: string): string | undefined {
  return usernameMistake(value) ?? tokenMistake(value)
}

function regionMistake(value: string): string | undefined {
  return REGION.test(value) ? undefined : 'must be the name of a region, for example eu-west-1'
}

/** Where a secret is read from; exactly one of the first three. */
export interface SecretSource {
  file?: string | undefined
  keyring?: string | undefined
  command?: string[] | undefined
  timeout?: string | undefined
}

/** A secret itself, or where it is read from. */
export type SecretInput = string | SecretSource

const KEYRING = /^[^/]+\/[\s\S]/

/** One word of ASCII. */
const TOKEN = /^[!-~]+$/

const SECRET_FORMS = 'must be a string, or a mapping with `file`, `keyring` or `command`'

/** The rules of `checkSource`, for the JSON Schema. */
const SECRET_RULES = {
  title: 'Secret source',
  description: 'Where a secret is read from',
  ...exactlyOne('file', 'keyring', 'command'),
  dependencies: { timeout: ['command'] },
}

/** The fields of a mapping that says where a secret is read from. */
const sourceFields = (filled: boolean) => ({
  file: optionalField(
    text(filled),
    'File that contains it, relative to this file; a line end after it is ignored',
    { examples: ['./password.txt'] },
  ),
  keyring: optionalField(text(filled, keyringMistake), "Entry in the system's keyring: service/account", {
    examples: ['esconn/logs'],
    pattern: KEYRING,
  }),
  command: optionalField(
    v.pipe(
      v.array(text(filled), 'must be a list: the program and its arguments'),
      v.nonEmpty('must not be empty'),
    ),
    'Program that prints it, and its arguments; run without a shell. Its standard error is shown',
    { examples: [['pass', 'show', 'clusters/logs']] },
  ),
  timeout: optionalField(durationText(filled), 'How long the command may take', {
    default: '60s',
    examples: ['5m'],
  }),
})

/** A secret, or where it is read from. */
export function secret(filled: boolean, mistake?: (value: string) => string | undefined) {
  const source = v.pipe(fields(sourceFields(filled)), checkMapping(checkSource), v.metadata(SECRET_RULES))
  return either(text(filled, mistake), source, SECRET_FORMS)
}

/** What is wrong with a mapping that should say where a secret is read from. */
function checkSource({ file, keyring, command, timeout }: Record<string, unknown>): string | undefined {
  const given = [file, keyring, command].filter(source => source !== undefined).length
  if (given !== 1) return 'must have exactly one of: `file`, `keyring`, `command`'
  return timeout === undefined || command !== undefined ? undefined : 'can have `timeout` only with `command`'
}

function keyringMistake(value: string): string | undefined {
  return KEYRING.test(value) ? undefined : 'must be written service/account'
}

/** For a password: a file or a program may have more lines after it. */
export function lineMistake(value: string): string | undefined {
  return /[\r\n\0]/.test(value) ? 'must be one line' : undefined
}

/** For a token, which is sent in a header. */
export function tokenMistake(value: string): string | undefined {
  return TOKEN.test(value) ? undefined : 'must be one word of ASCII characters, without a line end'
}
