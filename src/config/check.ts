import { ConfigError, type Hint } from '../errors.ts'
import { resolveAlias } from './aliases.ts'
import { chainLinks } from './chain.ts'
import { permissionWarning, toLayer } from './configuration.ts'
import { stringsIn } from './definition-strings.ts'
import { fileSearches, findFiles } from './files/find.ts'
import { ConfigMistakes, FieldError, type Path } from './mistakes.ts'
import type { Definition } from './schema/alias.ts'
import { SecretReader, withoutLineEnd } from './secrets/resolve.ts'
import { fileFields } from './secrets/secret-fields.ts'
import { expandDefinition, rawDefinition, resolveProxies } from './settings.ts'
import type { AliasTarget, Layer, Surroundings } from './types.ts'
import { type Env, expand, expandAt, hasVariables, variablesIn } from './variables.ts'

/** A mistake in a file, or in what a file refers to. */
export interface ReportedMistake {
  /** `file:line:column: aliases.logs.tls`; undefined where no place in a file can be named. */
  location?: string | undefined
  what: string
  advice?: string | undefined
  hint?: Hint | undefined
}

/** What is wrong with a configuration as a whole. */
export interface CheckResult {
  mistakes: ReportedMistake[]
  /** Paths of the files that were checked. */
  files: string[]
  /** How many aliases were checked. */
  aliases: number
}

/**
 * Checks every file and every alias in effect: whether its chain ends, its variables are set, its files exist and it
 * is trusted. Reads no secret from the keyring, from a command or from AWS.
 */
export function check(surroundings: Surroundings, named?: string): CheckResult {
  const mistakes: ReportedMistake[] = []
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      mistakes.push(...mistakesOf(error))
      return undefined
    }
  }
  const { env } = surroundings
  const found = fileSearches(surroundings, named).flatMap(search => attempt(search) ?? [])
  const layers = found.flatMap(one => attempt(() => toLayer(one, env)) ?? [])
  for (const layer of layers) mistakes.push(...[attempt(() => permissionWarning(layer)) ?? []].flat())
  const aliases = [...new Set(layers.flatMap(layer => [...layer.aliases.keys()]))]
  for (const alias of aliases) {
    const errors = attempt(() => aliasErrors(resolveAlias(layers, alias, env), env)) ?? []
    mistakes.push(...errors.flatMap(mistakesOf))
  }
  const files = found.flatMap(({ source: { file } }) => file ?? [])
  const unique = new Map(mistakes.map(mistake => [`${mistake.location}: ${mistake.what}`, mistake]))
  return { mistakes: [...unique.values()], files, aliases: aliases.length }
}

const mistakesOf = (error: ConfigError): readonly ReportedMistake[] =>
  error instanceof ConfigMistakes ? error.mistakes : [error]

/** Every error that prevents an alias from being used; only secrets in files are read for it. */
function aliasErrors(target: AliasTarget, env: Env): ConfigError[] {
  const unset = unsetVariables(target, env)
  const rest = unset.length > 0 ? [] : caught(() => void resolveProxies(expandDefinition(target, env), env))
  return [...unset, ...rest, ...fileErrors(target, env)]
}

/** An error for each variable of an alias that is not set, and for each malformed reference to one. */
export function unsetVariables(target: AliasTarget, env: Env): ConfigError[] {
  return variableUses(target).flatMap(({ path, text }) => variableErrors(target, { path, text, env }))
}

/** Each file of an alias that does not exist or has the wrong content, unless its path has an unset variable. */
export function fileErrors(target: AliasTarget, env: Env): ConfigError[] {
  const { layer, name } = target
  const reader = new SecretReader(target, env)
  const areSet = unsetVariables(target, env).length === 0
  const checkFile = ([path, written]: [Path, string]) => {
    const file = expandAt(layer.source, ['aliases', name, ...path], { text: written, env })
    reader.check(withoutLineEnd(reader.file(file, path)), path)
  }
  const files = fileFields(rawDefinition(target)).filter(([, written]) => areSet || !hasVariables(written))
  return files.flatMap(file => caught(() => checkFile(file)))
}

function caught(act: () => void): ConfigError[] {
  try {
    act()
    return []
  } catch (error) {
    if (error instanceof ConfigError) return [error]
    throw error
  }
}

/** Where an alias is defined, at the end of any chain. */
export interface AliasLocation extends Pick<Layer, 'origin' | 'trust'> {
  file: string | undefined
  line: number | undefined
  /** The name of the definition in that file. */
  name: string
}

/**
 * The configurations in effect, each validated; none without any file.
 *
 * @throws {ConfigError} for a mistake in a file as a whole
 */
export function loadLayers(surroundings: Surroundings, named?: string): Layer[] {
  return findFiles(surroundings, named).map(found => toLayer(found, surroundings.env))
}

/**
 * Where an alias is defined, whether or not its file is trusted.
 *
 * @throws {ConfigError} for an unknown alias, and for a circular or broken chain
 */
export function locateAlias(layers: readonly Layer[], alias: string, env: Env): AliasLocation {
  const { layer, name } = [...chainLinks(layers, alias, env)].at(-1) as AliasTarget
  const { origin, source, trust } = layer
  return { origin, trust, name, file: source.file, line: source.position(['aliases', name])?.line }
}

/** A string of an alias that refers to variables. */
export interface VariableUse {
  /** The field inside the alias. */
  path: Path
  text: string
  variables: readonly string[]
}

/** The strings of an alias that refer to variables. */
export function variableUses(target: AliasTarget): VariableUse[] {
  return stringsIn(rawDefinition(target))
    .map(([path, text]) => ({ path, text, variables: variablesIn(text) }))
    .filter(({ variables }) => variables.length > 0)
}

/** The paths of the files of an alias that contain secrets. */
export function secretFilesOf(target: AliasTarget, definition: Definition, env: Env): string[] {
  const secret = fileFields(definition).filter(([path]) => !['tls.ca', 'tls.cert'].includes(path.join('.')))
  const reader = new SecretReader(target, env)
  return secret.map(([, file]) => reader.path(file))
}

/** An error for each variable of a text that cannot be filled in, once. */
function variableErrors(
  { layer, name }: AliasTarget,
  { path, text, env }: { path: Path; text: string; env: Env },
): ConfigError[] {
  const errors = new Map<string, ConfigError>()
  expand(text, env, ({ what, advice }) => {
    const field = ['aliases', name, ...path]
    errors.set(what, new FieldError(layer.source, { path: field, what }, { advice }))
    return ''
  })
  return [...errors.values()]
}
