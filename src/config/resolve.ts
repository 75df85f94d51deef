import { type AliasEntry, aliasesOf } from './aliases.ts'
import { find, type Surroundings } from './find.ts'
import { type Layer, layerOf, warningsOf } from './layers.ts'
import { lookup, unknownAlias } from './lookup.ts'
import type { Source } from './mistakes.ts'
import { ResolvedAlias } from './resolved.ts'
import { namesOf, settle } from './settle.ts'
import type { Index } from './settled.ts'
import { type Effective, effective } from './show.ts'

export type { AliasEntry } from './aliases.ts'

/** What holds where nothing is configured at all. */
const IMPLICIT = { aliases: { default: { node: 'http://localhost:9200' } } }

/** What `loadConfig` is asked with. */
export interface ConfigOptions extends Surroundings {
  /** A file in place of those that would be found, or the configuration itself; default: `ESCONN_CONFIG`. */
  config?: string | object | undefined
}

/** The aliases that are known here. Nothing of a definition that could be secret can be seen from outside. */
export class Configuration {
  /** Each alias once, where it is looked up first: the project's, then the user's. */
  readonly aliases: readonly AliasEntry[]
  /** Whether nothing is configured, so that `default` is `http://localhost:9200`. */
  readonly implicit: boolean
  /** Sentences for the user about files that others can read. */
  readonly warnings: readonly string[]
  readonly #layers: readonly Layer[]
  readonly #env: Surroundings['env']

  constructor(layers: readonly Layer[], env: Surroundings['env']) {
    this.aliases = aliasesOf(layers)
    this.implicit = layers.some(({ origin }) => origin === 'implicit')
    this.warnings = layers.flatMap(warningsOf)
    this.#layers = layers
    this.#env = env
  }

  /** @throws {ConfigError} for an unknown alias */
  require(alias: string): void {
    if (!this.#layers.some(({ aliases }) => aliases.has(alias))) throw unknownAlias(this.#layers, alias)
  }

  /**
   * What an alias calls its indices; asks for no secret.
   *
   * @throws {ConfigError} for an unknown alias, and for whatever keeps its names from being used
   */
  names(alias: string): ReadonlyMap<string, Index> {
    return namesOf(lookup(this.#layers, alias, this.#env), this.#env)
  }

  /**
   * An alias as it holds here, without its secrets.
   *
   * @throws {ConfigError} for an unknown alias, and for a variable that is not set
   */
  effective(alias: string): Effective {
    return effective(alias, lookup(this.#layers, alias, this.#env), this.#env)
  }

  /**
   * What an alias stands for. Only now are variables, files and secrets asked for, and only those of this alias.
   *
   * @param signal ends a command that is run for a secret
   * @throws {ConfigError} for an unknown alias, and for whatever keeps this one from being used
   */
  async resolve(alias: string, signal?: AbortSignal): Promise<ResolvedAlias> {
    const target = lookup(this.#layers, alias, this.#env)
    const { source } = target.layer
    const line = source.position(['aliases', target.name])?.line
    return new ResolvedAlias(
      { name: alias, file: source.file, line },
      await settle(target, this.#env, signal),
    )
  }
}

/**
 * Finds, reads and judges the configuration. Takes everything from its arguments and runs nothing that it finds.
 *
 * @throws {ConfigError} for any mistake in a file as a whole, telling `file:line:column` and never a value
 */
export function loadConfig({ cwd, env, config }: ConfigOptions): Configuration {
  const object = typeof config === 'object' ? config : undefined
  const named = typeof config === 'string' ? config : env.ESCONN_CONFIG || undefined
  const found =
    object === undefined
      ? find({ cwd, env }, named)
      : [{ origin: 'object', source: sourceOf(object), base: cwd } as const]
  const implicit = { origin: 'implicit', source: sourceOf(IMPLICIT), base: cwd } as const
  return new Configuration(
    (found.length === 0 ? [implicit] : found).map(one => layerOf(one, env)),
    env,
  )
}

const sourceOf = (data: object): Source => ({ file: undefined, data, position: () => undefined })
