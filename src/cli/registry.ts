import type { Configuration } from '../config/resolve.ts'
import type { Connections } from '../connections.ts'
import type { Globals } from './globals.ts'
import type { Io, Talk } from './io.ts'

/** The library's registry, opened for one command: each part of it is loaded when it is needed. */
export class CommandRegistry {
  readonly #globals: Globals
  readonly #io: Io
  readonly #talk: Talk
  #loaded: Promise<Configuration> | undefined
  #connections: Connections | undefined

  constructor(globals: Globals, io: Io, talk: Talk) {
    this.#globals = globals
    this.#io = io
    this.#talk = talk
  }

  /** The alias that the user named. */
  get alias(): string {
    return this.#globals.alias ?? (this.#io.env.ESCONN_ALIAS || 'default')
  }

  /** @throws {ConfigError} for a mistake in any file that counts */
  configuration(): Promise<Configuration> {
    this.#loaded ??= this.#load()
    return this.#loaded
  }

  async connect(alias = this.alias) {
    const configuration = await this.configuration()
    const { connectionsOf } = await import('../connections.ts')
    this.#connections ??= connectionsOf(() => configuration)
    return this.#connections.get(alias)
  }

  async close(): Promise<void> {
    await this.#connections?.close()
  }

  async #load(): Promise<Configuration> {
    const { loadConfig } = await import('../config/resolve.ts')
    const { cwd, env } = this.#io
    const configuration = loadConfig({ cwd, env, config: this.#globals.config })
    for (const warning of configuration.warnings) this.#talk.say(warning)
    if (configuration.implicit)
      this.#talk.say('no configuration found: the alias default is http://localhost:9200')
    return configuration
  }
}
