import { type ScalarTag, stringify } from 'yaml'
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

/** Writes numbers as they stood in their file. */
const NUMERAL: ScalarTag = {
  tag: 'numeral',
  default: true,
  identify: value => value instanceof Numeral,
  resolve: text => new Numeral(text),
  stringify: ({ value }) => (value as Numeral).text,
}

/** An alias as it holds here, without its secrets. */
export interface Effective {
  /** YAML under the name of the alias, as a file would have it: variables filled in, every digit kept. */
  yaml: string
  /** Proxies that the environment says, without credentials, by node. */
  proxies: ReadonlyMap<string, string>
}

/** @throws {ConfigError} for a variable that is not set, and what makes no sense with it */
export function effective(name: string, target: Target, env: Env): Effective {
  const definition = filled(target, env)
  const secrets = secretsIn(definition, unfilled(target)).filter(([, value]) => typeof value === 'string')
  const hidden = secrets.reduce((data, [path]) => replaced(data, path, hide), written(target, env))
  const proxies = definition.proxy === undefined ? [...proxiesOf(definition, env)] : []
  const yaml = stringify({ [name]: dollars(hidden, []) }, { lineWidth: 0, customTags: [NUMERAL] })
  return { yaml, proxies: new Map(proxies.map(([node, proxy]) => [node, hide(proxy)])) }
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

/** A dollar that would ask for a variable is written twice, but in a view's query, where none does. */
function dollars(data: unknown, path: Path): unknown {
  if (typeof data === 'string') return data.replace(/\$(?=[${])/g, '$$$$')
  if (Array.isArray(data)) return data.map(item => dollars(item, path))
  if (!isMapping(data)) return data
  const isView = path.length === 2 && path[0] === 'indices'
  const entries = Object.entries(data).map(([key, value]) => [
    key,
    isView && key === 'query' ? value : dollars(value, [...path, key]),
  ])
  return Object.fromEntries(entries)
}
