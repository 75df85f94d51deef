import type { Env } from './expand.ts'
import { Numeral } from './json.ts'
import type { Target } from './lookup.ts'
import type { Path } from './mistakes.ts'
import { writtenPassword } from './nodes.ts'
import { isMapping } from './schema/rules.ts'
import { secretsIn } from './secrets/fields.ts'
import { filled, proxiesOf, unfilled, written } from './settle.ts'

/** What stands for a secret wherever something is shown. */
const REDACTED = '[redacted]'

/** An alias as it holds here, without its secrets. */
export interface Effective {
  /** As a file would have it: variables filled in, whole numbers as `bigint`. */
  definition: unknown
  /** Proxies that the environment says, without credentials, by node. */
  proxies: ReadonlyMap<string, string>
}

/** @throws {ConfigError} for a variable that is not set, and what makes no sense with it */
export function effective(target: Target, env: Env): Effective {
  const definition = filled(target, env)
  const secrets = secretsIn(definition, unfilled(target)).filter(([, value]) => typeof value === 'string')
  const hidden = secrets.reduce((data, [path]) => replaced(data, path, hide), written(target, env))
  const proxies = definition.proxy === undefined ? [...proxiesOf(definition, env)] : []
  return { definition: plain(hidden), proxies: new Map(proxies.map(([node, proxy]) => [node, hide(proxy)])) }
}

/** Of a URL only the password is hidden. */
function hide(secret: string): string {
  return writtenPassword(secret) === undefined
    ? REDACTED
    : secret.replace(/^(\w+:\/\/[^:@/]*:).+@/s, `$1${REDACTED}@`)
}

/** A copy in which the string at `path` is another. */
function replaced(data: unknown, [key, ...rest]: Path, change: (text: string) => string): unknown {
  if (key === undefined) return typeof data === 'string' ? change(data) : data
  if (Array.isArray(data))
    return data.map((item, index) => (index === key ? replaced(item, rest, change) : item))
  return { ...Object(data), [key]: replaced(Object(data)[key], rest, change) }
}

/** Data that a YAML library writes with every digit. */
function plain(data: unknown): unknown {
  if (data instanceof Numeral) return /^-?\d+$/.test(data.text) ? BigInt(data.text) : Number(data.text)
  if (Array.isArray(data)) return data.map(plain)
  if (!isMapping(data)) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, plain(value)]))
}
