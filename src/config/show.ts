import { type ScalarTag, stringify } from 'yaml'
import { RawNumber } from '../json/numbers.ts'
import { mapStrings } from './definition-strings.ts'
import type { Path } from './mistakes.ts'
import { writtenPassword } from './node-url.ts'
import { secretFields } from './secrets/secret-fields.ts'
import { REDACTED } from './secrets/secret-headers.ts'
import { expandDefinition, expandedData, rawDefinition, resolveProxies } from './settings.ts'
import type { AliasTarget } from './types.ts'
import type { Env } from './variables.ts'

/** Writes numbers with the digits of their file. */
const RAW_NUMBER_TAG: ScalarTag = {
  tag: 'raw-number',
  default: true,
  identify: value => value instanceof RawNumber,
  resolve: text => new RawNumber(text),
  stringify: ({ value }) => (value as RawNumber).text,
}

/** An alias as resolved here, without its secrets. */
export interface EffectiveAlias {
  /** YAML that can be pasted under `aliases` of a file: variables filled in, every digit kept. */
  yaml: string
  /** By URL of a node: its proxy without credentials, where that is set by the environment. */
  proxies: ReadonlyMap<string, string>
}

/** @throws {ConfigError} for a variable that is not set, and for a value that is not valid */
export function effectiveAlias(name: string, target: AliasTarget, env: Env): EffectiveAlias {
  const definition = expandDefinition(target, env)
  const secrets = secretFields(definition, rawDefinition(target)).filter(
    ([, value]) => typeof value === 'string',
  )
  const redacted = secrets.reduce(
    (data, [path]) => replaceAt(data, path, redactSecret),
    expandedData(target, env),
  )
  const proxies = definition.proxy === undefined ? [...resolveProxies(definition, env)] : []
  const yaml = stringify(
    { [name]: mapStrings(redacted, escapeDollars) },
    { lineWidth: 0, customTags: [RAW_NUMBER_TAG] },
  )
  return { yaml, proxies: new Map(proxies.map(([node, proxy]) => [node, redactSecret(proxy)])) }
}

/** In a URL only the password is redacted. */
function redactSecret(secret: string): string {
  return writtenPassword(secret) === undefined
    ? REDACTED
    : secret.replace(/^(\w+:\/\/[^:@/]*:).+@/s, `$1${REDACTED}@`)
}

/** A copy in which the string at `path` is changed. */
function replaceAt(data: unknown, [key, ...rest]: Path, change: (text: string) => string): unknown {
  if (key === undefined) return typeof data === 'string' ? change(data) : data
  if (Array.isArray(data))
    return data.map((item, index) => (index === key ? replaceAt(item, rest, change) : item))
  return { ...Object(data), [key]: replaceAt(Object(data)[key], rest, change) }
}

/** Doubles each dollar that would begin a variable. */
const escapeDollars = (text: string): string => text.replace(/\$(?=[${])/g, '$$$$')
