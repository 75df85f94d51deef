import type { Env } from '../../config/expand.ts'
import type { Surroundings } from '../../config/find.ts'
import { layersHere } from '../../config/inspect.ts'
import type { Layer } from '../../config/layers.ts'
import { lookup, type Target } from '../../config/lookup.ts'
import { loadConfig } from '../../config/resolve.ts'
import type { Definition } from '../../config/schema/alias.ts'
import { filled, settle } from '../../config/settle.ts'
import type { Settled } from '../../config/settled.ts'
import type { ExchangeOptions } from '../../wire/exchange.ts'

/** Where the configuration is looked for, and what is found there: once for all aliases, since it may be a pipe. */
export class Ward implements Surroundings {
  readonly cwd: string
  readonly env: Env
  readonly config: string | undefined
  #layers: Result<readonly Layer[]> | undefined

  /** @param config the file that the user named */
  constructor({ cwd, env }: Surroundings, config: string | undefined) {
    this.cwd = cwd
    this.env = env
    this.config = config
  }

  /** @throws {ConfigError} for a mistake in a file as a whole */
  get layers(): readonly Layer[] {
    this.#layers ??= resultOf(() => layersHere(this, this.config))
    return this.#layers()
  }
}

type Result<T> = () => T

/** What `act` gives or throws, to be had again. */
function resultOf<T>(act: () => T): Result<T> {
  try {
    const value = act()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** An alias that is being examined. Its secrets are read once, since a command that prints one may ask for something. */
export class Patient {
  readonly alias: string
  readonly exchange: ExchangeOptions
  readonly #ward: Ward
  #settled: Promise<Settled> | undefined

  constructor(alias: string, ward: Ward, exchange: ExchangeOptions) {
    this.alias = alias
    this.#ward = ward
    this.exchange = exchange
  }

  get env(): Env {
    return this.#ward.env
  }

  /** @throws {ConfigError} for a mistake in a file as a whole */
  get layers(): readonly Layer[] {
    return this.#ward.layers
  }

  /**
   * Undefined where nothing is configured, and `default` stands for what it stands for then.
   *
   * @throws {ConfigError} for an unknown alias, and for what needs trust
   */
  get target(): Target | undefined {
    if (this.layers.length > 0) return lookup(this.layers, this.alias, this.env)
    loadConfig(this.#ward).require(this.alias)
    return undefined
  }

  /** @throws {ConfigError} for a variable that is not set, and what makes no sense with it */
  get definition(): Definition {
    return this.target ? filled(this.target, this.env) : {}
  }

  /** @throws {ConfigError} for a file or a secret that cannot be had */
  settled(): Promise<Settled> {
    this.#settled ??= this.target ? settle(this.target, this.env, this.exchange.signal) : this.#implicit()
    return this.#settled
  }

  async #implicit(): Promise<Settled> {
    return (await loadConfig(this.#ward).resolve(this.alias)).settled
  }
}
