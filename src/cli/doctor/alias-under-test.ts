import { resolveAlias } from '../../config/aliases.ts'
import { loadLayers } from '../../config/check.ts'
import { loadConfig } from '../../config/configuration.ts'
import type { Definition } from '../../config/schema/alias.ts'
import { expandDefinition, resolveSettings } from '../../config/settings.ts'
import type { AliasTarget, ClusterSettings, Layer, Surroundings } from '../../config/types.ts'
import type { Env } from '../../config/variables.ts'
import type { ExchangeOptions } from '../../wire/exchange.ts'

/** An alias that is checked. Its secrets are read only once, since a command for a secret may prompt the user. */
export class AliasUnderTest {
  readonly alias: string
  readonly exchange: ExchangeOptions
  readonly #snapshot: ConfigSnapshot
  #settings: Promise<ClusterSettings> | undefined

  constructor(alias: string, snapshot: ConfigSnapshot, exchange: ExchangeOptions) {
    this.alias = alias
    this.#snapshot = snapshot
    this.exchange = exchange
  }

  get env(): Env {
    return this.#snapshot.env
  }

  /** @throws {ConfigError} for a mistake in any configuration file */
  get layers(): readonly Layer[] {
    return this.#snapshot.layers
  }

  /**
   * Undefined if there is no configuration at all, and the alias is `default`.
   *
   * @throws {ConfigError} for an unknown alias, and for a file that needs trust and has none
   */
  get target(): AliasTarget | undefined {
    if (this.layers.length > 0) return resolveAlias(this.layers, this.alias, this.env)
    loadConfig(this.#snapshot).require(this.alias)
    return undefined
  }

  /**
   * The alias's definition with its variables filled in.
   *
   * @throws {ConfigError} for a variable that is not set or has an invalid value
   */
  get definition(): Definition {
    return this.target ? expandDefinition(this.target, this.env) : {}
  }

  /** @throws {ConfigError} for a file or a secret that cannot be read */
  settings(): Promise<ClusterSettings> {
    this.#settings ??= this.target
      ? resolveSettings(this.target, this.env, this.exchange.signal)
      : this.#implicitSettings()
    return this.#settings
  }

  async #implicitSettings(): Promise<ClusterSettings> {
    return (await loadConfig(this.#snapshot).resolve(this.alias)).settings
  }
}

/** The configuration files, read once for all aliases: one of them may be a pipe. */
export class ConfigSnapshot implements Surroundings {
  readonly cwd: string
  readonly env: Env
  readonly config: string | undefined
  #layers: (() => readonly Layer[]) | undefined

  /** @param config the file that the user named, if any */
  constructor({ cwd, env }: Surroundings, config: string | undefined) {
    this.cwd = cwd
    this.env = env
    this.config = config
  }

  /** @throws {ConfigError} for a mistake in any configuration file */
  get layers(): readonly Layer[] {
    this.#layers ??= remember(() => loadLayers(this, this.config))
    return this.#layers()
  }
}

/** Calls `act` now, and returns or throws its outcome whenever the result is called. */
function remember<T>(act: () => T): () => T {
  try {
    const value = act()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}
