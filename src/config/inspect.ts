import { type Env, expand, variablesIn } from './expand.ts'
import { find, type Surroundings } from './find.ts'
import { type Layer, layerOf } from './layers.ts'
import { lookup, type Target } from './lookup.ts'
import { at, type Path } from './mistakes.ts'
import type { Definition } from './schema/alias.ts'
import { filesIn } from './secrets/fields.ts'
import { SecretReader } from './secrets/reader.ts'

/** Where an alias is defined, at the end of any chain. */
export interface Place extends Pick<Layer, 'origin' | 'trust'> {
  file: string | undefined
  line: number | undefined
  /** The name of the definition there. */
  name: string
}

/** A text of an alias in which variables are asked for. */
export interface Asking {
  /** `file:line:column: aliases.logs.node`. */
  place: string
  variables: readonly string[]
  /** What keeps them from being filled in, a line each. */
  faults: readonly string[]
}

/**
 * The configurations that hold here, each judged by itself; without any there are none.
 *
 * @throws {ConfigError} for a mistake in a file as a whole
 */
export function layersHere(surroundings: Surroundings, named?: string): Layer[] {
  return find(surroundings, named).map(found => layerOf(found, surroundings.env))
}

/**
 * Where an alias stands, whether or not its file is trusted: nothing but that is told of it.
 *
 * @throws {ConfigError} for an unknown alias, and a chain that goes round or nowhere
 */
export function placeOf(layers: readonly Layer[], alias: string, env: Env): Place {
  const trusting = layers.map(layer => ({ ...layer, trust: 'trusted' as const }))
  const { layer, name } = lookup(trusting, alias, env)
  const { origin, source } = layer
  const trust = layers.find(one => one.source === source)?.trust ?? 'unknown'
  return { origin, trust, name, file: source.file, line: source.position(['aliases', name])?.line }
}

/** The texts of an alias in which variables are asked for; the query of a view is the cluster's. */
export function askingsOf({ layer, name }: Target, env: Env): Asking[] {
  const texts = textsIn(layer.aliases.get(name), ['aliases', name])
  return texts
    .map(([path, text]) => ({
      place: at(layer.source, path),
      variables: variablesIn(text),
      faults: faultsOf(text, env),
    }))
    .filter(({ variables }) => variables.length > 0)
}

/** The files of an alias that hold something secret. */
export function secretFilesOf({ layer, name }: Target, definition: Definition, env: Env): string[] {
  const secret = filesIn(definition).filter(([path]) => !['tls.ca', 'tls.cert'].includes(path.join('.')))
  const reader = new SecretReader({ layer, name }, env)
  return secret.map(([, file]) => reader.path(file))
}

function textsIn(value: unknown, path: Path): [Path, string][] {
  const isQuery = path.length === 5 && path[2] === 'indices' && path[4] === 'query'
  if (typeof value === 'string') return isQuery ? [] : [[path, value]]
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]))
  return Object.entries(Object(value)).flatMap(([key, item]) => textsIn(item, [...path, key]))
}

/** All faults at once, for which the expansion is made to go on behind each. */
function faultsOf(text: string, env: Env): string[] {
  const faults: string[] = []
  const note = (what: string): string => {
    faults.push(what)
    return ''
  }
  expand(text, env, note as (what: string) => never)
  return [...new Set(faults)]
}
