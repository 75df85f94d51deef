import type { Configuration } from '../config/resolve.ts'
import type { Connections } from '../connections.ts'
import type { Globals } from './globals.ts'
import type { Io, Talk } from './io.ts'

/** The library's registry, opened for one command: each part of it is loaded when it is needed. */
export class CommandRegistry {
  readonly configuration: Configuration
  readonly #alias: string
  #connections: Connections | undefined

  constructor(configuration: Configuration, alias: string) {
    this.configuration = configuration
    this.#alias = alias
  }

  async connect() {
    const { connectionsOf } = await import('../connections.ts')
    this.#connections ??= connectionsOf(() => this.configuration)
    return this.#connections.get(this.#alias)
  }

  async close(): Promise<void> {
    await this.#connections?.close()
  }
}

/** @throws {ConfigError} for a mistake in any file that counts */
export async function openRegistry(
  { alias, config }: Globals,
  { cwd, env }: Io,
  talk: Talk,
): Promise<CommandRegistry> {
  const { loadConfig } = await import('../config/resolve.ts')
  const configuration = loadConfig({ cwd, env, config })
  for (const warning of configuration.warnings) talk.say(warning)
  if (configuration.implicit) talk.say('no configuration found: the alias default is http://localhost:9200')
  return new CommandRegistry(configuration, alias ?? (env.ESCONN_ALIAS || 'default'))
}
