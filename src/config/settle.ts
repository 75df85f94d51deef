import { resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { Env } from './expand.ts'
import { readText } from './files.ts'
import { expandAt, refuseFile, type Target } from './lookup.ts'
import { at, type Path } from './mistakes.ts'
import { type Login, parseNode } from './nodes.ts'
import { isMapping } from './rules.ts'
import { type Definition, definitionSchema } from './schema.ts'
import { validate } from './validate.ts'

/** How to log in, in clear. */
export type Auth = Login | { apiKey: string } | { bearer: string }

/** An index expression, and for a view the query that is always in force, as JSON text. */
export interface Index {
  index: string
  query?: string | undefined
}

/** What an alias stands for, with every variable and file read. */
export interface Settled {
  /** URLs without credentials and without a slash at their end. */
  nodes: string[]
  auth: Auth | undefined
  /** `ca` is PEM text. */
  tls: { ca?: string; verify: boolean }
  indices: Map<string, Index>
}

/**
 * Fills in the variables of an alias, reads its files and judges the result.
 *
 * @throws {ConfigError} for a variable that is not set, a file that cannot be read, and what a project may not do
 */
export function settle(target: Target, env: Env): Settled {
  const path = ['aliases', target.name]
  const { source } = target.layer
  const raw = path.reduce<unknown>((data, key) => (data as Record<string, unknown>)[key], source.data)
  const filled = fill(raw, path, (text, where) => expandAt(target.layer, where, { text, env }))
  const definition = validate(definitionSchema(true), filled, { source, path })
  const nodes = (definition.nodes ?? [definition.node ?? '']).map(parseNode)
  return {
    nodes: nodes.map(({ url }) => url),
    auth: authOf(definition.auth) ?? nodes[0]?.login,
    tls: tlsOf(target, definition),
    indices: indicesOf(definition),
  }
}

/** A copy in which every string was asked for; a view's query stays as it is, being the cluster's. */
function fill(value: unknown, path: Path, ask: (text: string, path: Path) => string): unknown {
  if (typeof value === 'string') return ask(value, path)
  if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index], ask))
  if (!isMapping(value)) return value
  const isView = path.length === 4 && path[2] === 'indices'
  const members = Object.entries(value).map(([key, item]) => [
    key,
    isView && key === 'query' ? item : fill(item, [...path, key], ask),
  ])
  return Object.fromEntries(members)
}

function authOf({ username, password, apiKey, bearer }: Definition['auth'] = {}): Auth | undefined {
  if (apiKey !== undefined) return { apiKey }
  if (bearer !== undefined) return { bearer }
  return username === undefined || password === undefined ? undefined : { username, password }
}

function tlsOf({ layer, name }: Target, { tls: { ca, verify = true } = {} }: Definition): Settled['tls'] {
  if (ca === undefined) return { verify }
  const path = ['aliases', name, 'tls', 'ca']
  refuseFile(layer, path)
  const here = at(layer.source, path)
  const text = readText(resolve(layer.base, ca), here)
  if (text === undefined) throw new ConfigError(`${here}: no such file, looked for from ${layer.base}`)
  if (!/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(text)) {
    throw new ConfigError(`${here}: the file holds no certificate in PEM form`)
  }
  return { ca: text, verify }
}

function indicesOf({ indices = {} }: Definition): Map<string, Index> {
  const entries = Object.entries(indices)
  return new Map(entries.map(([name, index]) => [name, typeof index === 'string' ? { index } : index]))
}
