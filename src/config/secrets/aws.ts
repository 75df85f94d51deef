import { devNull } from 'node:os'
import { join, sep } from 'node:path'
import type { Env } from '../expand.ts'
import { readText } from '../files.ts'
import { homeOf } from '../home.ts'
import type { AwsCredentials } from '../settled.ts'

type Fail = (what: string, advice?: string) => never

/** Settings from one place, and what stands for that place in messages. */
interface Source {
  where: string
  settings: Readonly<Record<string, unknown>>
}

/** A file, and the sections of it that may be the profile's, the first one wanted most. */
interface Place {
  path: string
  sections: readonly string[]
}

/** What makes a profile's credentials come from elsewhere: a request, a command, a browser. */
const ELSEWHERE = ['role_arn', 'source_profile', 'sso_session', 'sso_start_url', 'credential_process']

const ADVICE =
  'only keys are read, from the environment or a profile; the AWS CLI turns all else into keys: eval "$(aws configure export-credentials --format env)"'

/**
 * The AWS credentials that stand in the environment or in the user's AWS files, looked for in the order of the SDKs:
 * the variables, then the profile `AWS_PROFILE` (or `default`) of the credentials file, then of the config file.
 *
 * The variables win even where `AWS_PROFILE` is set, as they do in the AWS CLI, botocore and the SDKs for Go and Java.
 * (The SDK for JavaScript goes by the profile then, and warns that this may change.) A profile with `role_arn` is not
 * taken for the keys that stand beside it, since the SDKs would use these only to ask for the role.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
 * @param fail called with what is wrong, which holds no value of a setting; never returns
 * @throws {ConfigError} for a file that cannot be read
 */
export async function awsCredentials(env: Env, fail: Fail): Promise<AwsCredentials> {
  const given = keysOf({ where: 'the environment', settings: env }, fail, name => name.toUpperCase())
  if (given) return given
  const profile = env.AWS_PROFILE || 'default'
  const places = placesOf(env, profile)
  const sources = await Promise.all(places.map(place => read(place, profile)))
  const found = sources.filter(source => source !== undefined)
  refuse(found, ['role_arn'], fail)
  for (const source of found) {
    const keys = keysOf(source, fail)
    if (keys) return keys
  }
  refuse(found, ELSEWHERE, fail)
  const files = places.map(({ path }) => path).join(' and ')
  const missing = found.length > 0 ? `the profile ${profile} holds none` : `there is no profile ${profile}`
  return fail(`no AWS credentials: AWS_ACCESS_KEY_ID is not set, and ${missing} in ${files}`, ADVICE)
}

function placesOf(env: Env, profile: string): Place[] {
  const home = homeOf(env) ?? sep // never the working directory, which may be anybody's
  const pathOf = (path: string) =>
    path.startsWith('~/') || path.startsWith(`~${sep}`) ? join(home, path.slice(2)) : path
  const sections = [`profile ${profile}`, ...(profile === 'default' ? ['default'] : [])]
  return [
    { path: pathOf(env.AWS_SHARED_CREDENTIALS_FILE || '~/.aws/credentials'), sections: [profile] },
    { path: pathOf(env.AWS_CONFIG_FILE || '~/.aws/config'), sections },
  ]
}

async function read({ path, sections }: Place, profile: string): Promise<Source | undefined> {
  const text = path === devNull ? undefined : readText(path, path)
  if (text === undefined) return undefined
  const { default: ini } = await import('ini')
  const parsed = ini.parse(plain(text))
  const section = sections.map(name => parsed[name]).find(settings => settings !== undefined)
  if (section === undefined) return undefined
  const settings = Object.entries(section).map(([name, value]) => [name.toLowerCase(), value])
  return { where: `the profile ${profile} of ${path}`, settings: Object.fromEntries(settings) }
}

/** Escapes what `ini` would read into the text: sections within sections, comments that no space sets off. */
function plain(text: string): string {
  const lines = text
    .replace(/\\|(?<=\S)[;#]/g, '\\$&')
    .replace(/^[ \t\uFEFF]*\[([^\]\n]*)\].*$/gm, (_, name) => `[${nameOf(name)}]`)
  return lines.slice(Math.max(0, lines.search(/^\[/m))) // a setting of no section could take a section's name
}

const nameOf = (name: string): string =>
  name.trim().replaceAll(/["']/g, '').replaceAll(/\s+/g, ' ').replaceAll('.', '\\.')

function keysOf(source: Source, fail: Fail, named = (name: string) => name): AwsCredentials | undefined {
  const { where } = source
  const value = (name: string) => word(source, named(name), fail)
  const accessKeyId = value('aws_access_key_id')
  const secretAccessKey = value('aws_secret_access_key')
  const has = (name: string, other: string) => fail(`${where} has ${named(name)}, but not ${named(other)}`)
  if (!accessKeyId && !secretAccessKey) return undefined
  if (!secretAccessKey) return has('aws_access_key_id', 'aws_secret_access_key')
  if (!accessKeyId) return has('aws_secret_access_key', 'aws_access_key_id')
  return { accessKeyId, secretAccessKey, sessionToken: value('aws_session_token') }
}

/** A setting that is not empty; quotes would be part of it for the SDKs, and no key holds any. */
function word({ where, settings }: Source, name: string, fail: Fail): string | undefined {
  const value = settings[name] ?? ''
  if (value === '') return undefined
  if (typeof value === 'string' && /^[!#-&(-[\]-~]+$/.test(value)) return value
  return fail(`${name} in ${where} must be one word of ASCII characters, without quotes`)
}

function refuse(sources: readonly Source[], names: readonly string[], fail: Fail): void {
  for (const { where, settings } of sources) {
    const name = names.find(name => settings[name] !== undefined)
    if (name !== undefined) fail(`${where} has ${name}, which esconn cannot use`, ADVICE)
  }
}
