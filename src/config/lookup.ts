import { ConfigError } from '../errors.ts'
import { type Env, expand, hasVariables } from './expand.ts'
import type { Layer } from './layers.ts'
import { at, list, nearest, type Path, shown } from './mistakes.ts'
import { nameOf } from './schema.ts'
import { validate } from './validate.ts'

/** What a project's file must leave to files that the user has chosen. */
const CHOOSE = 'put the alias into ~/.config/esconn/config.yaml, or name the file with --config'

/** Where an alias leads in the end: the layer that defines it, and its name there. */
export interface Target {
  layer: Layer
  name: string
}

/**
 * Follows an alias through its other names, from the first layer that knows it.
 *
 * @throws {ConfigError} for an unknown alias, a chain that goes round or nowhere, and what a project may not do
 */
export function lookup(layers: readonly Layer[], alias: string, env: Env): Target {
  const layer = layers.find(({ aliases }) => aliases.has(alias))
  if (layer === undefined) throw unknownAlias(layers, alias)
  const trail = [alias]
  for (let name = alias; ; ) {
    refuseRedefinition(layers, layer, name)
    const next = layer.aliases.get(name)
    if (typeof next !== 'string') return { layer, name }
    const path = ['aliases', name]
    name = validate(nameOf(true), expandAt(layer, path, { text: next, env }), { source: layer.source, path })
    if (!layer.aliases.has(name)) throw deadEnd(layers, { layer, name }, path)
    if (trail.includes(name)) throw new ConfigError(`${at(layer.source, path)}: ${round(trail, name)}`)
    trail.push(name)
  }
}

/**
 * Fills in the variables of the text at `path`.
 *
 * @throws {ConfigError} for a variable that is not set, or that stands in a project's file
 */
export function expandAt(
  { origin, source }: Layer,
  path: Path,
  { text, env }: { text: string; env: Env },
): string {
  if (origin === 'project' && hasVariables(text)) {
    const what = "a project's file may not ask for variables, which it could send anywhere"
    throw new ConfigError(`${at(source, path)}: ${what}`, { advice: CHOOSE })
  }
  return expand(text, env, what => {
    throw new ConfigError(`${at(source, path)}: ${what}`)
  })
}

/** A project's file may not read others. */
export function refuseFile({ origin, source }: Layer, path: Path): void {
  if (origin !== 'project') return
  throw new ConfigError(`${at(source, path)}: a project's file may not have other files read`, {
    advice: CHOOSE,
  })
}

function refuseRedefinition(layers: readonly Layer[], layer: Layer, name: string): void {
  const own = layers.find(({ origin, aliases }) => origin === 'user' && aliases.has(name))
  if (layer.origin !== 'project' || own === undefined) return
  const what = `a project's file may not redefine an alias of your own (${at(own.source, ['aliases', name])})`
  const advice = 'rename one of the two, or name the file that you mean with --config'
  throw new ConfigError(`${at(layer.source, ['aliases', name])}: ${what}`, { advice })
}

const round = (trail: readonly string[], name: string): string =>
  `a chain that goes round: ${[...trail.slice(trail.indexOf(name)), name].map(shown).join(' → ')}`

function unknownAlias(layers: readonly Layer[], alias: string): ConfigError {
  const known = [...new Set(layers.flatMap(({ aliases }) => [...aliases.keys()]))]
  const advice = alias === 'default' ? 'name an alias with --alias, or define `default`' : undefined
  return new ConfigError(`unknown alias \`${shown(alias)}\`${nearest(alias, known)}${list(known)}`, {
    advice,
  })
}

/** A chain never leaves its file: the user's own may not depend on a project's, nor the other way. */
function deadEnd(layers: readonly Layer[], { layer, name }: Target, path: Path): ConfigError {
  const here = at(layer.source, path)
  if (layer.origin === 'project' && layers.some(({ aliases }) => aliases.has(name))) {
    const what = "a project's file may not lead to an alias of your own"
    return new ConfigError(`${here}: ${what}`, { advice: 'name that alias with --alias instead' })
  }
  return new ConfigError(
    `${here}: leads to an alias that is not there${nearest(name, [...layer.aliases.keys()])}`,
  )
}
