import { variablesIn } from '../expand.ts'
import type { Layer } from '../layers.ts'
import { at, type Path, shown } from '../mistakes.ts'
import type { Definition } from '../schema/alias.ts'
import type { SecretSource } from '../schema/secret.ts'
import { filesIn, secretsIn } from '../secrets/fields.ts'

/** Something that a project's file may only do once it is trusted. */
export interface Need {
  /** The keys that lead to it from the top of the file. */
  path: Path
  /** What is used, `the variable LOGS_KEY` for example. */
  what: string
}

/** All that an alias of a project's file needs trust for; other layers are the user's own choice. */
export function needsOf(layers: readonly Layer[], layer: Layer, name: string): Need[] {
  const outer = ['aliases', name]
  const definition = layer.aliases.get(name)
  const own = layers.find(({ origin, aliases }) => origin === 'user' && aliases.has(name))
  const redefined = own && [{ path: [], what: `${yours(own, name)}, which it redefines` }]
  const needs = typeof definition === 'object' ? inside(definition) : chained(layers, layer, definition)
  return [...(redefined ?? []), ...needs].map(({ path, what }) => ({ path: [...outer, ...path], what }))
}

/** What another name for an alias needs: where it leads can only be seen once its variables are known. */
function chained(layers: readonly Layer[], layer: Layer, next = ''): Need[] {
  const variables = variablesNeeded(next, [])
  const own = layers.find(({ origin, aliases }) => origin === 'user' && aliases.has(next))
  const leaves = own !== undefined && !layer.aliases.has(next)
  return leaves ? [...variables, { path: [], what: `${yours(own, next)}, which it leads to` }] : variables
}

const yours = ({ source }: Layer, name: string): string =>
  `your alias ${shown(name)} (${at(source, ['aliases', name])})`

function inside(definition: Definition): Need[] {
  return [...strings(definition, []), ...files(definition), ...sources(definition), ...signed(definition)]
}

/** Every string in which variables are asked for; the query of a view is the cluster's. */
function strings(value: unknown, path: Path): Need[] {
  if (typeof value === 'string') return isQuery(path) ? [] : variablesNeeded(value, path)
  if (typeof value !== 'object' || value === null) return []
  const entries = Array.isArray(value)
    ? value.map((item, key) => [key, item] as const)
    : Object.entries(value)
  return entries.flatMap(([key, item]) => strings(item, [...path, key]))
}

const isQuery = (path: Path): boolean => path.length === 3 && path[0] === 'indices' && path[2] === 'query'

function variablesNeeded(text: string, path: Path): Need[] {
  return variablesIn(text).map(name => ({ path, what: `the variable ${name}` }))
}

const files = (definition: Definition): Need[] =>
  filesIn(definition).map(([path, file]) => ({ path, what: `the file ${JSON.stringify(file)}` }))

function sources(definition: Definition): Need[] {
  return secretsIn(definition).flatMap(([path, value]) =>
    typeof value === 'string' || value.file !== undefined ? [] : [{ path, what: described(value) }],
  )
}

const described = ({ keyring, command }: SecretSource): string =>
  keyring === undefined
    ? `the command ${JSON.stringify(command)}`
    : `the keyring's entry ${JSON.stringify(keyring)}`

const signed = ({ auth }: Definition): Need[] =>
  auth?.aws === undefined ? [] : [{ path: ['auth', 'aws'], what: 'your AWS credentials' }]
