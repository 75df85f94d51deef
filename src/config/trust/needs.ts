import { userLayerOf } from '../chain.ts'
import { stringsIn } from '../definition-strings.ts'
import { locationOf, type Path, quoteName } from '../mistakes.ts'
import type { Definition } from '../schema/alias.ts'
import type { SecretSource } from '../schema/auth.ts'
import { fileFields, secretFields } from '../secrets/secret-fields.ts'
import type { AliasTarget, Layer } from '../types.ts'
import { type Env, expandKnown, variablesIn } from '../variables.ts'

/** Something that a project's file may only use once it is trusted. */
export interface Need {
  /** The field that uses it, from the top of the file. */
  path: Path
  /** `the variable LOGS_KEY`, for example. */
  what: string
}

/** Everything for which an alias of a project's file must be trusted, with variables as they are now. */
export function needsOf(layers: readonly Layer[], { layer, name }: AliasTarget, env: Env): Need[] {
  const outer = ['aliases', name]
  const definition = layer.aliases.get(name)
  const own = userLayerOf(layers, name)
  const redefined = own && [{ path: [], what: `${userAlias(own, name)}, which it redefines` }]
  const needs =
    typeof definition === 'object'
      ? [...variableNeeds(definition), ...sourceNeeds(definition)]
      : chainNeeds(layers, layer, { next: definition ?? '', env })
  return [...(redefined ?? []), ...needs].map(({ path, what }) => ({ path: [...outer, ...path], what }))
}

/** The same for another name of an alias, whose own variables count too. */
function chainNeeds(
  layers: readonly Layer[],
  layer: Layer,
  { next, env }: { next: string; env: Env },
): Need[] {
  const variables = variablesNeeded(next, [])
  const name = expandKnown(next, env)
  const own = layer.aliases.has(name) ? undefined : userLayerOf(layers, name)
  return own === undefined
    ? variables
    : [...variables, { path: [], what: `${userAlias(own, name)}, which it points to` }]
}

/** An alias of the user, and where it is. */
const userAlias = ({ source }: Layer, name: string): string =>
  `your alias ${quoteName(name)} (${locationOf(source, ['aliases', name])})`

/** The variables that a definition refers to; the paths are those inside it. */
export function variableNeeds(definition: Definition): Need[] {
  return stringsIn(definition).flatMap(([path, text]) => variablesNeeded(text, path))
}

/** Its files, keyring entries, commands and AWS credentials. */
export function sourceNeeds(definition: Definition): Need[] {
  return [...fileNeeds(definition), ...secretNeeds(definition), ...awsNeeds(definition)]
}

function variablesNeeded(text: string, path: Path): Need[] {
  return variablesIn(text).map(name => ({ path, what: `the variable ${name}` }))
}

const fileNeeds = (definition: Definition): Need[] =>
  fileFields(definition).map(([path, file]) => ({ path, what: `the file ${JSON.stringify(file)}` }))

function secretNeeds(definition: Definition): Need[] {
  return secretFields(definition).flatMap(([path, value]) =>
    typeof value === 'string' || value.file !== undefined ? [] : [{ path, what: describeSource(value) }],
  )
}

const describeSource = ({ keyring, command }: SecretSource): string =>
  keyring === undefined
    ? `the command ${JSON.stringify(command)}`
    : `the keyring entry ${JSON.stringify(keyring)}`

function awsNeeds({ auth }: Definition): Need[] {
  if (auth?.aws === undefined) return []
  const { profile } = auth.aws
  const whose = profile === undefined ? '' : ` of the profile ${JSON.stringify(profile)}`
  return [{ path: ['auth', 'aws'], what: `your AWS credentials${whose}` }]
}
