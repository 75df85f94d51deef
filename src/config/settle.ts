import { parseDuration } from '../duration.ts'
import { cloudNode } from './cloud.ts'
import { type Env, expandAt } from './expand.ts'
import type { Target } from './lookup.ts'
import type { Path } from './mistakes.ts'
import { parseNode } from './nodes.ts'
import { proxyOf } from './proxies.ts'
import { type Definition, definitionSchema } from './schema/alias.ts'
import { indicesSchema } from './schema/indices.ts'
import { isMapping } from './schema/rules.ts'
import { validate } from './schema/validate.ts'
import { authOf, headersOf, secretHeadersOf } from './secrets/auth.ts'
import { spokenForms } from './secrets/forms.ts'
import { SecretReader } from './secrets/reader.ts'
import { tlsOf } from './secrets/tls.ts'
import type { Index, Settled } from './settled.ts'

/**
 * Reads the files and secrets of an alias.
 *
 * @param signal ends a command that is run for a secret
 * @throws {ConfigError} for a variable that is not set, and what cannot be read or makes no sense
 */
export async function settle(target: Target, env: Env, signal?: AbortSignal): Promise<Settled> {
  const definition = filled(target, env)
  const reader = new SecretReader(target, env, signal)
  const nodes = nodesOf(definition).map(parseNode)
  const auth = definition.auth ? await authOf(definition.auth, reader, env) : nodes[0]?.login
  const urls = nodes.map(({ url }) => url)
  const { timeout, retries, compression, readonly } = definition
  const settled = {
    nodes: urls,
    auth,
    tls: await tlsOf(definition.tls ?? {}, reader),
    proxies: proxiesOf(definition, env),
    headers: await headersOf(definition.headers ?? {}, reader, unfilled(target).headers ?? {}),
    secretHeaders: secretHeadersOf(unfilled(target).headers ?? {}),
    timeout: timeout === undefined ? undefined : parseDuration(timeout),
    retries,
    compression,
    readonly,
    indices: indicesOf(definition),
  }
  return { ...settled, secrets: spokenForms(reader.seen, settled) }
}

/**
 * What an alias calls its indices; nothing else of it is asked for.
 *
 * @throws {ConfigError} for a variable that is not set, and an expression that makes no sense
 */
export function namesOf(target: Target, env: Env): Map<string, Index> {
  const path = ['aliases', target.name, 'indices']
  const indices = fill(rawAt(target, path) ?? {}, path, asker(target, env))
  const { source } = target.layer
  return indicesOf({ indices: validate(indicesSchema(true), indices, { source, path }) })
}

/** By URL of a node: the proxy through which it is reached. */
export function proxiesOf(definition: Definition, env: Env): Map<string, string> {
  const urls = nodesOf(definition).map(node => parseNode(node).url)
  const proxies = urls.map(url => [url, proxyOf(url, env, definition.proxy)])
  return new Map(proxies.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The definition of an alias with its variables filled in. */
export function filled(target: Target, env: Env): Definition {
  const { source } = target.layer
  const path = ['aliases', target.name]
  return validate(definitionSchema(true), written(target, env), { source, path })
}

/** The definition before its variables are filled in. */
export const unfilled = ({ layer, name }: Target): Definition => layer.aliases.get(name) as Definition

/** The same, as its file has it. */
export function written(target: Target, env: Env): unknown {
  const path = ['aliases', target.name]
  return fill(rawAt(target, path), path, asker(target, env))
}

/** The addresses of an alias as they are written, credentials and all. */
export function nodesOf({ node, nodes, cloudId }: Pick<Definition, 'node' | 'nodes' | 'cloudId'>): string[] {
  return nodes ?? [node ?? cloudNode(cloudId ?? '') ?? '']
}

function rawAt({ layer }: Target, path: Path): unknown {
  return path.reduce<unknown>((data, key) => Object(data)[key], layer.source.data)
}

const asker =
  ({ layer: { source } }: Target, env: Env) =>
  (text: string, path: Path): string =>
    expandAt(source, path, { text, env })

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

function indicesOf({ indices = {} }: Pick<Definition, 'indices'>): Map<string, Index> {
  const entries = Object.entries(indices)
  return new Map(entries.map(([name, index]) => [name, typeof index === 'string' ? { index } : index]))
}
