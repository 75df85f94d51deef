import { ConfigError } from '../errors.ts'
import { didYouMean, FieldError, listKnown, type Path, quoteName } from './mistakes.ts'
import { aliasName } from './schema/alias.ts'
import { validate } from './schema/validate.ts'
import type { AliasTarget, Layer } from './types.ts'
import { type Env, expandAt } from './variables.ts'

/**
 * An alias and those that it points to, one after the other, up to a definition. The variables of a name are read only
 * when the next one is asked for.
 *
 * @throws {ConfigError} for an unknown alias, and for a circular or broken chain
 */
export function* chainLinks(layers: readonly Layer[], alias: string, env: Env): Generator<AliasTarget> {
  let layer = layers.find(({ aliases }) => aliases.has(alias))
  if (layer === undefined) throw unknownAlias(layers, alias)
  const trail: string[] = []
  for (let name = alias; ; ) {
    yield { layer, name }
    const next = layer.aliases.get(name)
    if (typeof next !== 'string') return
    trail.push(name)
    const { source } = layer
    const path = ['aliases', name]
    name = validate(aliasName(true), expandAt(source, path, { text: next, env }), { source, path })
    if (trail.includes(name)) throw new FieldError(source, { path, what: describeCycle(trail, name) })
    layer = nextLayer(layers, layer, name) ?? fail(missingAlias(layer, name, path))
  }
}

/** The links of a chain up to the end or to the first mistake, and that mistake. */
export function readableLinks(
  layers: readonly Layer[],
  alias: string,
  env: Env,
): { links: AliasTarget[]; mistake?: ConfigError } {
  const links: AliasTarget[] = []
  try {
    for (const link of chainLinks(layers, alias, env)) links.push(link)
    return { links }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { links, mistake: error }
  }
}

/** The layer of a chain's next name: the same, or the user's after a project's; never the other way round. */
function nextLayer(layers: readonly Layer[], layer: Layer, name: string): Layer | undefined {
  if (layer.aliases.has(name)) return layer
  return layer.origin === 'project' ? userLayerOf(layers, name) : undefined
}

/** The user's own file, if it defines this alias. */
export const userLayerOf = (layers: readonly Layer[], name: string): Layer | undefined =>
  layers.find(({ origin, aliases }) => origin === 'user' && aliases.has(name))

function fail(error: Error): never {
  throw error
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
