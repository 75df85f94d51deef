import { inspect } from 'node:util'
import { shellQuote } from '../text.ts'
import { type AliasEntry, listAliases, resolveAlias } from './aliases.ts'
import { unknownAlias } from './chain.ts'
import { findFiles } from './files/find.ts'
import { isReadableByOthers } from './files/read.ts'
import { FieldError, locationOf, type Path, type Source } from './mistakes.ts'
import { fileSchema } from './schema/alias.ts'
import { validate } from './schema/validate.ts'
import { literalSecret } from './secrets/secret-fields.ts'
import { resolveNames, resolveSettings } from './settings.ts'
import { type EffectiveAlias, effectiveAlias } from './show.ts'
import { readTrust } from './trust/store.ts'
import type { ClusterSettings, Index, Layer, Surroundings } from './types.ts'
import type { Env } from './variables.ts'

export type { AliasEntry } from './aliases.ts'

/** The configuration where there is no file at all. */
const IMPLICIT = { aliases: { default: { node: 'http://localhost:9200' } } }

export interface ConfigOptions extends Surroundings {
  /** The path of the only file to read, or the configuration itself; default: `ESCONN_CONFIG`, else the files found. */
  config?: string | object | undefined
}

/** The known aliases. Nothing in a definition that could be secret is visible from outside. */
export class Configuration {
  /** Whether nothing is configured, so that `default` is `http://localhost:9200`. */
  readonly implicit: boolean
  /** About files with secrets that others can read. */
  readonly warnings: readonly PermissionWarning[]
  readonly #layers: readonly Layer[]
  readonly #env: Surroundings['env']
  #aliases: readonly AliasEntry[] | undefined

  constructor(layers: readonly Layer[], env: Surroundings['env']) {
    this.implicit = layers.some(({ origin }) => origin === 'implicit')
    this.warnings = layers.flatMap(layer => permissionWarning(layer) ?? [])
    this.#layers = layers
    this.#env = env
  }

  /** Each alias once, from the file in which it is looked up first: the project's, then the user's. */
  get aliases(): readonly AliasEntry[] {
    this.#aliases ??= listAliases(this.#layers, this.#env)
    return this.#aliases
  }

  /** @throws {ConfigError} for an unknown alias */
  require(alias: string): void {
    if (!this.#layers.some(({ aliases }) => aliases.has(alias))) throw unknownAlias(this.#layers, alias)
  }

  /**
   * The names that an alias gives to indices; reads no secret.
   *
   * @throws {ConfigError} for an unknown alias, and for index expressions that are not valid
   */
  names(alias: string): ReadonlyMap<string, Index> {
    return resolveNames(resolveAlias(this.#layers, alias, this.#env), this.#env)
  }

  /**
   * An alias as resolved here, without its secrets.
   *
   * @throws {ConfigError} for an unknown alias, and for a variable that is not set
   */
  effective(alias: string): EffectiveAlias {
    return effectiveAlias(alias, resolveAlias(this.#layers, alias, this.#env), this.#env)
  }

  /**
   * The settings of an alias. Only now are variables, files and secrets read, and only those of this alias.
   *
   * @param signal ends a command that is run for a secret
   * @throws {ConfigError} for an unknown alias, and for anything that is missing or not valid in this one
   */
  async resolve(alias: string, signal?: AbortSignal): Promise<ResolvedAlias> {
    const target = resolveAlias(this.#layers, alias, this.#env)
    return new ResolvedAlias(alias, await resolveSettings(target, this.#env, signal))
  }
}

/**
 * Finds, reads and validates the configuration. Runs nothing that it finds.
 *
 * @throws {ConfigError} for any mistake in a file; `location` is `file:line:column`, and no value is repeated
 */
export function loadConfig({ cwd, env, config }: ConfigOptions): Configuration {
  const object = typeof config === 'object' ? config : undefined
  const named = typeof config === 'string' ? config : env.ESCONN_CONFIG || undefined
  const found =
    object === undefined
      ? findFiles({ cwd, env }, named)
      : [{ origin: 'object', source: objectSource(object), base: cwd } as const]
  const implicit = { origin: 'implicit', source: objectSource(IMPLICIT), base: cwd } as const
  return new Configuration(
    (found.length === 0 ? [implicit] : found).map(one => toLayer(one, env)),
    env,
  )
}

const objectSource = (data: object): Source => ({ file: undefined, data, position: () => undefined })

/** An alias with its settings. Nothing secret is visible to `util.inspect`, JSON or a spread. */
export class ResolvedAlias {
  /** The name that was looked up. */
  readonly alias: string
  /** URLs without credentials and without a slash at their end. */
  readonly nodes: readonly string[]
  readonly indices: ReadonlyMap<string, Index>
  readonly #settings: ClusterSettings

  constructor(alias: string, settings: ClusterSettings) {
    this.alias = alias
    this.nodes = settings.nodes
    this.indices = settings.indices
    this.#settings = settings
  }

  /** Everything, with secrets in clear text. */
  get settings(): ClusterSettings {
    return this.#settings
  }

  [inspect.custom](): object {
    return { ...this }
  }
}

/**
 * Validates a configuration as a whole.
 *
 * @throws {ConfigMistakes} with all mistakes of the file
 */
export function toLayer(
  { origin, source, base }: Pick<Layer, 'origin' | 'source' | 'base'>,
  env: Env,
): Layer {
  const { aliases = {} } = validate(fileSchema, source.data, { source, path: [] })
  const { file = '', text = '' } = source
  const trusted =
    origin === 'project'
      ? readTrust(file, text, env)
      : { trust: 'trusted' as const, record: new Map<string, string>() }
  return { origin, source, base, aliases: new Map(Object.entries(aliases)), ...trusted }
}

/** About a file with a secret that others can read. */
export interface PermissionWarning {
  /** The first such secret: `file:line:column: aliases.logs.auth.apiKey`. */
  location: string
  what: string
  /** The command that fixes it. */
  advice: string
}

/**
 * The warning about a file with a secret that others can read; undefined for any other.
 *
 * @throws {ConfigError} instead, where it is the user's own file, as ssh does for keys
 */
export function permissionWarning({ origin, source, aliases }: Layer): PermissionWarning | undefined {
  const path = literalSecretOf(aliases)
  if (path === undefined || source.file === undefined || !isReadableByOthers(source.file)) return undefined
  const what = 'a secret, in a file that others can read'
  const advice = `chmod 600 ${shellQuote(source.file)}`
  if (origin === 'user') throw new FieldError(source, { path, what }, { advice })
  return { location: locationOf(source, path), what, advice }
}

function literalSecretOf(aliases: Layer['aliases']): Path | undefined {
  for (const [alias, definition] of aliases) {
    const path = typeof definition === 'string' ? undefined : literalSecret(definition)
    if (path !== undefined) return ['aliases', alias, ...path]
  }
  return undefined
}
