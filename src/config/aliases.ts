import { ConfigError } from '../errors.ts'
import { didYouMean, FieldError, listKnown, type Path, quoteName } from './mistakes.ts'
import { withoutCredentials } from './node-url.ts'
import { aliasName } from './schema/alias.ts'
import { validate } from './schema/validate.ts'
import { nodeAddresses } from './settings.ts'
import { needsOf } from './trust/needs.ts'
import type { AliasTarget, Layer } from './types.ts'
import { type Env, expandAt } from './variables.ts'

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
export function listAliases(layers: readonly Layer[]): AliasEntry[] {
  const first = new Map<string, AliasEntry>()
  for (const entry of layers.flatMap(layer => entriesIn(layer, layers))) {
    if (!first.has(entry.name)) first.set(entry.name, entry)
  }
  return [...first.values()]
}

function entriesIn(layer: Layer, layers: readonly Layer[]): AliasEntry[] {
  const { source, aliases, trust } = layer
  return [...aliases].map(([name, definition]) => ({
    name,
    file: source.file,
    line: source.position(['aliases', name])?.line,
    pointsTo:
      typeof definition === 'string'
        ? { alias: withoutCredentials(definition) }
        : { nodes: nodeAddresses(definition).map(withoutCredentials) },
    untrusted:
      trust !== 'trusted' && chain(layer, name).some(link => needsOf(layers, layer, link).length > 0),
  }))
}

/** An alias and those that it points to in the same file. */
function chain({ aliases }: Layer, first: string): string[] {
  const names = new Set<string>()
  for (let name: unknown = first; typeof name === 'string' && !names.has(name); name = aliases.get(name))
    if (aliases.has(name)) names.add(name)
  return [...names]
}

/**
 * The definition that an alias points to, directly or through other names, from the first layer that defines it.
 *
 * @throws {ConfigError} for an unknown alias, a circular or broken chain, and an alias that needs trust
 */
export function resolveAlias(layers: readonly Layer[], alias: string, env: Env): AliasTarget {
  let layer = layers.find(({ aliases }) => aliases.has(alias))
  if (layer === undefined) throw unknownAlias(layers, alias)
  const trail: string[] = []
  for (let name = alias; ; ) {
    refuseUntrusted(layers, layer, name)
    const next = layer.aliases.get(name)
    if (typeof next !== 'string') return { layer, name }
    trail.push(name)
    const { source } = layer
    const path = ['aliases', name]
    name = validate(aliasName(true), expandAt(source, path, { text: next, env }), { source, path })
    if (trail.includes(name)) throw new FieldError(source, { path, what: describeCycle(trail, name) })
    layer = nextLayer(layers, layer, name) ?? fail(missingAlias(layer, name, path))
  }
}

/** The layer of a chain's next name: the same, or the user's after a project's; never the other way round. */
function nextLayer(layers: readonly Layer[], layer: Layer, name: string): Layer | undefined {
  if (layer.aliases.has(name)) return layer
  const own = layers.find(({ origin, aliases }) => origin === 'user' && aliases.has(name))
  return layer.origin === 'project' ? own : undefined
}

function fail(error: Error): never {
  throw error
}

/** @throws {ConfigError} for an alias of a project's file that needs trust and is not trusted */
function refuseUntrusted(layers: readonly Layer[], layer: Layer, name: string): void {
  const [need] = layer.trust === 'trusted' ? [] : needsOf(layers, layer, name)
  if (need === undefined) return
  const state = layer.trust === 'changed' ? 'has changed since you trusted it' : 'is not trusted'
  const what = `the file ${state}, and uses ${need.what}`
  const advice = 'define the alias in your own file, or pass the path of this file as `config`'
  const hint = { kind: 'trust-file' } as const
  throw new FieldError(layer.source, { path: need.path, what }, { advice, hint })
}

const describeCycle = (trail: readonly string[], name: string): string =>
  `a circular chain of aliases: ${chainOf([...trail.slice(trail.indexOf(name)), name])}`

/** The names of a chain, the first and last ones of a long one. */
function chainOf(names: readonly string[]): string {
  const shortened =
    names.length > 2 * MAX_SHOWN ? [...names.slice(0, MAX_SHOWN), '…', ...names.slice(-MAX_SHOWN)] : names
  return shortened.map(name => (name === '…' ? name : quoteName(name))).join(' → ')
}

const MAX_SHOWN = 5

export function unknownAlias(layers: readonly Layer[], alias: string): ConfigError {
  const known = [...new Set(layers.flatMap(({ aliases }) => [...aliases.keys()]))]
  const what = `unknown alias \`${quoteName(alias)}\`${didYouMean(alias, known)}${listKnown(known)}`
  if (alias !== 'default') return new ConfigError(what)
  return new ConfigError(what, {
    advice: 'use one of the known aliases, or define `default`',
    hint: { kind: 'name-alias' },
  })
}

function missingAlias({ source, aliases }: Layer, name: string, path: Path): ConfigError {
  const known = [...aliases.keys()].filter(alias => alias !== path.at(-1))
  const hint = didYouMean(name, known) || listKnown(known)
  return new FieldError(source, { path, what: `points to an unknown alias${hint}` })
}
