import { ConfigError } from '../errors.ts'
import { type Env, expandAt } from './expand.ts'
import type { Layer } from './layers.ts'
import { at, list, nearest, type Path, shown } from './mistakes.ts'
import { nameOf } from './schema/file.ts'
import { validate } from './schema/validate.ts'
import { needsOf } from './trust/needs.ts'

/** Where an alias leads in the end: the layer that defines it, and its name there. */
export interface Target {
  layer: Layer
  name: string
}

/**
 * Follows an alias through its other names, from the first layer that knows it.
 *
 * @throws {ConfigError} for an unknown alias, a chain that goes round or nowhere, and what needs trust
 */
export function lookup(layers: readonly Layer[], alias: string, env: Env): Target {
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
    name = validate(nameOf(true), expandAt(source, path, { text: next, env }), { source, path })
    if (trail.includes(name)) throw new ConfigError(`${at(source, path)}: ${round(trail, name)}`)
    layer = layerAfter(layers, layer, name) ?? fail(deadEnd(layer, name, path))
  }
}

/** A chain stays in its file, but that a project's may lead on into the user's; never the other way. */
function layerAfter(layers: readonly Layer[], layer: Layer, name: string): Layer | undefined {
  if (layer.aliases.has(name)) return layer
  const own = layers.find(({ origin, aliases }) => origin === 'user' && aliases.has(name))
  return layer.origin === 'project' ? own : undefined
}

function fail(error: Error): never {
  throw error
}

/** @throws {ConfigError} where the alias of a project's file needs a trust that it has not */
function refuseUntrusted(layers: readonly Layer[], layer: Layer, name: string): void {
  const [need] = layer.trust === 'trusted' ? [] : needsOf(layers, layer, name)
  if (need === undefined) return
  const state = layer.trust === 'changed' ? 'has changed since you trusted it' : 'is not trusted'
  const what = `the file ${state}, and asks for ${need.what}`
  const advice = 'if you know who wrote it: esconn config trust; or put the alias into a file of your own'
  throw new ConfigError(`${at(layer.source, need.path)}: ${what}`, { advice })
}

const round = (trail: readonly string[], name: string): string =>
  `a chain that goes round: ${chainOf([...trail.slice(trail.indexOf(name)), name])}`

/** The names of a chain, the first and last ones of a long one. */
function chainOf(names: readonly string[]): string {
  const shortened = names.length > 2 * SHOWN ? [...names.slice(0, SHOWN), '…', ...names.slice(-SHOWN)] : names
  return shortened.map(name => (name === '…' ? name : shown(name))).join(' → ')
}

const SHOWN = 5

export function unknownAlias(layers: readonly Layer[], alias: string): ConfigError {
  const known = [...new Set(layers.flatMap(({ aliases }) => [...aliases.keys()]))]
  const advice = alias === 'default' ? 'name an alias with --alias, or define `default`' : undefined
  return new ConfigError(`unknown alias \`${shown(alias)}\`${nearest(alias, known)}${list(known)}`, {
    advice,
  })
}

function deadEnd({ source, aliases }: Layer, name: string, path: Path): ConfigError {
  const known = [...aliases.keys()].filter(alias => alias !== path.at(-1))
  const hint = nearest(name, known) || list(known)
  return new ConfigError(`${at(source, path)}: leads to an alias that is not there${hint}`)
}
