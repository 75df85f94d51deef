import { parseDuration } from '../units.ts'
import { mapStrings, stringsIn } from './definition-strings.ts'
import type { Path } from './mistakes.ts'
import { cloudNode, parseNodeUrl } from './node-url.ts'
import { proxyFor } from './proxy.ts'
import { type Definition, definitionSchema, indicesSchema } from './schema/alias.ts'
import { validate } from './schema/validate.ts'
import { resolveAuth, resolveHeaders, resolveTls, SecretReader, secretVariants } from './secrets/resolve.ts'
import { secretHeaderNames } from './secrets/secret-headers.ts'
import type { AliasTarget, ClusterSettings, Index } from './types.ts'
import { type Env, expandAt } from './variables.ts'

/**
 * The settings of an alias, with its variables filled in, its files and secrets read.
 *
 * @param signal ends a command that is run for a secret
 * @throws {ConfigError} for a variable that is not set, and for what cannot be read or is not valid
 */
export async function resolveSettings(
  target: AliasTarget,
  env: Env,
  signal?: AbortSignal,
): Promise<ClusterSettings> {
  const definition = expandDefinition(target, env)
  const reader = new SecretReader(target, env, signal)
  const nodes = nodeAddresses(definition).map(parseNodeUrl)
  const auth = definition.auth ? await resolveAuth(definition.auth, reader, env) : nodes[0]?.login
  const urls = nodes.map(({ url }) => url)
  const { timeout, retries, compression, readonly } = definition
  const settings = {
    nodes: urls,
    auth,
    tls: await resolveTls(definition.tls ?? {}, reader),
    proxies: resolveProxies(definition, env),
    headers: await resolveHeaders(definition.headers ?? {}, reader, rawDefinition(target).headers ?? {}),
    secretHeaders: secretHeaderNames(rawDefinition(target).headers ?? {}),
    timeout: timeout === undefined ? undefined : parseDuration(timeout),
    retries,
    compression,
    readonly,
    indices: indicesOf(definition),
  }
  return withSecrets(settings, reader)
}

/** The list is rebuilt when the reader knows more secrets: AWS credentials are read later, and replaced. */
function withSecrets(settings: ClusterSettings, reader: SecretReader): ClusterSettings {
  let [known, secrets] = [reader.known, secretVariants(reader.known, settings)]
  return {
    ...settings,
    get secrets() {
      if (known !== reader.known) [known, secrets] = [reader.known, secretVariants(reader.known, settings)]
      return secrets
    },
  }
}

/**
 * The names that an alias gives to indices; no other field of it is read.
 *
 * @throws {ConfigError} for a variable that is not set, and for an index expression that is not valid
 */
export function resolveNames(target: AliasTarget, env: Env): Map<string, Index> {
  if (!mayHaveVariables(target)) return indicesOf(rawDefinition(target))
  const path = ['aliases', target.name, 'indices']
  const indices = mapStrings(rawAt(target, path) ?? {}, expander(target, env), ['indices'])
  const { source } = target.layer
  return indicesOf({ indices: validate(indicesSchema(true), indices, { source, path }) })
}

/** By URL of a node: the proxy for it, with credentials. */
export function resolveProxies(definition: Definition, env: Env): Map<string, string> {
  const urls = nodeAddresses(definition).map(node => parseNodeUrl(node).url)
  const proxies = urls.map(url => [url, proxyFor(url, env, definition.proxy)])
  return new Map(proxies.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/**
 * The definition of an alias with its variables filled in.
 *
 * @throws {ConfigError} for a variable that is not set, and for a value that is not valid
 */
export function expandDefinition(target: AliasTarget, env: Env): Definition {
  if (!mayHaveVariables(target)) return rawDefinition(target)
  const { source } = target.layer
  const path = ['aliases', target.name]
  return validate(definitionSchema(true), expandedData(target, env), { source, path })
}

/** The definition before its variables are filled in. */
export const rawDefinition = ({ layer, name }: AliasTarget): Definition =>
  layer.aliases.get(name) as Definition

/** Whether something may have to be filled in; if not, all was checked when the file was read. */
const mayHaveVariables = (target: AliasTarget): boolean =>
  stringsIn(rawDefinition(target)).some(([, text]) => text.includes('$'))

/** The data of an alias as its file has it, with the variables filled in. */
export function expandedData(target: AliasTarget, env: Env): unknown {
  return mapStrings(rawAt(target, ['aliases', target.name]), expander(target, env))
}

/** The addresses of an alias as they are written, credentials included. */
export function nodeAddresses({
  node,
  nodes,
  cloudId,
}: Pick<Definition, 'node' | 'nodes' | 'cloudId'>): string[] {
  return nodes ?? [node ?? cloudNode(cloudId ?? '') ?? '']
}

function rawAt({ layer }: AliasTarget, path: Path): unknown {
  return path.reduce<unknown>((data, key) => Object(data)[key], layer.source.data)
}

/** Fills in the variables of a string of the alias. */
const expander =
  ({ layer: { source }, name }: AliasTarget, env: Env) =>
  (text: string, path: Path): string =>
    expandAt(source, ['aliases', name, ...path], { text, env })

function indicesOf({ indices = {} }: Pick<Definition, 'indices'>): Map<string, Index> {
  const entries = Object.entries(indices)
  return new Map(entries.map(([name, index]) => [name, typeof index === 'string' ? { index } : index]))
}
