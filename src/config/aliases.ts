import { ConfigError } from '../errors.ts'
import { chainLinks, readableLinks } from './chain.ts'
import { withoutCredentials } from './node-url.ts'
import { nodeAddresses } from './settings.ts'
import { refuseUntrusted } from './trust/refuse.ts'
import type { AliasTarget, Layer } from './types.ts'
import type { Env } from './variables.ts'

/** A configured alias as it is written, without credentials. */
export interface AliasEntry {
  name: string
  /** Undefined for an alias that no file defines. */
  file: string | undefined
  /** Counts from 1. */
  line: number | undefined
  /** URLs of nodes, or the name of another alias. */
  pointsTo: { nodes: string[] } | { alias: string }
  /** Whether it can only be used once its file is trusted. */
  untrusted: boolean
}

/** Each alias once, from the layer in which it is looked up first. */
export function listAliases(layers: readonly Layer[], env: Env): AliasEntry[] {
  const first = new Map<string, AliasEntry>()
  for (const layer of layers)
    for (const name of layer.aliases.keys())
      if (!first.has(name)) first.set(name, entryOf({ layer, name }, layers, env))
  return [...first.values()]
}

function entryOf({ layer, name }: AliasTarget, layers: readonly Layer[], env: Env): AliasEntry {
  const { source, aliases } = layer
  const definition = aliases.get(name)
  return {
    name,
    file: source.file,
    line: source.position(['aliases', name])?.line,
    pointsTo:
      typeof definition === 'object'
        ? { nodes: nodeAddresses(definition).map(withoutCredentials) }
        : { alias: withoutCredentials(definition ?? '') },
    untrusted: readableLinks(layers, name, env).links.some(link => isRefused(layers, link, env)),
  }
}

function isRefused(layers: readonly Layer[], link: AliasTarget, env: Env): boolean {
  try {
    refuseUntrusted(layers, link, env)
    return false
  } catch (error) {
    if (error instanceof ConfigError) return true
    throw error
  }
}

/**
 * The definition that an alias points to, directly or through other names, from the first layer that defines it.
 *
 * @throws {ConfigError} for an unknown alias, a circular or broken chain, and an alias that needs trust
 */
export function resolveAlias(layers: readonly Layer[], alias: string, env: Env): AliasTarget {
  let target: AliasTarget | undefined
  for (const link of chainLinks(layers, alias, env)) {
    refuseUntrusted(layers, link, env)
    target = link
  }
  return target as AliasTarget
}
