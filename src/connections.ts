import { inspect } from 'node:util'
import { type ConfigOptions, type Configuration, loadConfig } from './config/configuration.ts'
import { Connection } from './connection.ts'

/** Where a registry reads its configuration; by default from the process's directory and environment. */
export type ConnectionsOptions = Partial<ConfigOptions>

/** What a registry can do besides giving connections by alias. */
interface Methods {
  /** The connection of an alias, also of one called `get`, `close`, `then` or `toJSON`. */
  get(alias: string): Connection
  /** Ends all sockets; a connection that is used afterwards opens new ones. */
  close(): Promise<void>
  toJSON(): object
  /** The configured aliases. */
  [Symbol.iterator](): Iterator<string>
}

/**
 * Connections by alias, `connections['logs']`: the same object each time in one thread. Nothing is read before an
 * alias other than `default` is accessed, or a connection is used.
 *
 * @throws {ConfigError} for an unknown alias (the message names the known ones), or a malformed configuration
 */
export type Connections = Methods & { readonly [alias: string]: Connection }

/** A separate registry, for tests and embedders; `config` is a path or the configuration itself. */
export function createConnections(options: ConnectionsOptions = {}): Connections {
  let configuration: Configuration | undefined
  return connectionsOf(() => {
    configuration ??= loadConfig({ cwd: process.cwd(), env: process.env, ...options })
    return configuration
  })
}

/** A registry whose configuration is loaded when it is first needed. */
export function connectionsOf(load: () => Configuration): Connections {
  return new Proxy(new Registry(load), handler) as unknown as Connections
}

class Registry implements Methods {
  readonly #load: () => Configuration
  readonly #connections = new Map<string, Connection>()
  /** An arrow: `util.inspect` calls it on the proxy, which has no private members. */
  readonly [inspect.custom] = (): object => ({ open: [...this.#connections.keys()] })

  constructor(load: () => Configuration) {
    this.#load = load
  }

  get(alias: string): Connection {
    const existing = this.#connections.get(alias)
    if (existing) return existing
    if (alias !== 'default') this.#load().require(alias)
    const connection = new Connection(alias, {
      names: () => this.#load().names(alias),
      settings: async signal => (await this.#load().resolve(alias, signal)).settings,
    })
    this.#connections.set(alias, connection)
    return connection
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map(connection => connection.close()))
  }

  toJSON(): object {
    return { aliases: [...this] }
  }

  *[Symbol.iterator](): Iterator<string> {
    for (const { name } of this.#load().aliases) yield name
  }
}

const METHODS: ReadonlySet<string | symbol> = new Set(['get', 'close', 'toJSON'])

/** Aliases are properties, except for the registry's few methods; `then` would make it a promise. */
const handler: ProxyHandler<Registry> = {
  get(registry, key) {
    if (typeof key === 'string' && !METHODS.has(key)) return key === 'then' ? undefined : registry.get(key)
    const own = Reflect.get(registry, key, registry)
    return typeof own === 'function' ? own.bind(registry) : own
  },
  has: (registry, key) =>
    typeof key === 'string' ? [...registry].includes(key) : Reflect.has(registry, key),
  set: () => false,
  defineProperty: () => false,
  deleteProperty: () => false,
}
