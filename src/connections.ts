import { inspect } from 'node:util'
import { type ConfigOptions, type Configuration, loadConfig } from './config/resolve.ts'
import { Connection } from './connection.ts'

/** Where a registry reads its configuration; each has a default of this process. */
export type ConnectionsOptions = Partial<ConfigOptions>

/** What a registry can do beside answering with connections by alias. */
interface Methods {
  /** The connection of an alias, also of one that is called `get`, `close`, `then` or `toJSON`. */
  get(alias: string): Connection
  /** Ends all sockets; a connection that is used afterwards opens new ones. */
  close(): Promise<void>
  toJSON(): object
  /** The configured aliases. */
  [Symbol.iterator](): Iterator<string>
}

/**
 * Connections by alias, `connections['logs']`: the same object each time in one thread. Nothing is read before an
 * alias other than `default` is asked for, or a connection is used.
 *
 * @throws {ConfigError} when an unknown alias is asked for (it names the known ones), or the configuration is malformed
 */
export type Connections = Methods & { readonly [alias: string]: Connection }

/** A registry of its own, for tests and embedders; `config` is a path or the configuration itself. */
export function createConnections(options: ConnectionsOptions = {}): Connections {
  let configuration: Configuration | undefined
  return connectionsOf(() => {
    configuration ??= loadConfig({ cwd: process.cwd(), env: process.env, ...options })
    return configuration
  })
}

/** The registry over a configuration that is loaded when it is first needed. */
export function connectionsOf(load: () => Configuration): Connections {
  return new Proxy(new Registry(load), handler) as unknown as Connections
}

class Registry implements Methods {
  readonly #load: () => Configuration
  readonly #open = new Map<string, Connection>()
  /** An arrow: `util.inspect` calls it on the proxy, which has no private members. */
  readonly [inspect.custom] = (): object => ({ open: [...this.#open.keys()] })

  constructor(load: () => Configuration) {
    this.#load = load
  }

  get(alias: string): Connection {
    const open = this.#open.get(alias)
    if (open) return open
    if (alias !== 'default') this.#load().require(alias)
    const connection = new Connection(alias, {
      names: () => this.#load().names(alias),
      target: async signal => (await this.#load().resolve(alias, signal)).settled,
    })
    this.#open.set(alias, connection)
    return connection
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(connection => connection.close()))
  }

  toJSON(): object {
    return { aliases: [...this] }
  }

  *[Symbol.iterator](): Iterator<string> {
    for (const { name } of this.#load().aliases) yield name
  }
}

const METHODS: ReadonlySet<string | symbol> = new Set(['get', 'close', 'toJSON'])

/** A registry answers to aliases as to properties, but for its own few methods; `then` would make it a promise. */
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
