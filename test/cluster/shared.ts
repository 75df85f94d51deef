import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isFetched } from './distribution.ts'
import { chosenGenerations, nameOf } from './generations.ts'
import { findJdk } from './jdk.ts'
import { SECURED, startSecured } from './secured.ts'
import { identify } from './servers.ts'
import { type StartedServer, startServer } from './start.ts'

type Starter = () => Promise<StartedServer>

/**
 * The servers that the test files of one run share. Each is started once: by `boot`, or when the first test needs
 * it. Test processes request it over HTTP, and the reply comes when the server is ready.
 */
export class SharedServers {
  readonly #say: (line: string) => void
  readonly #starters = new Map<string, Starter>()
  readonly #started = new Map<string, Promise<StartedServer>>()
  readonly #listener = createServer(async ({ url = '' }, response) => {
    await this.#start(decodeURIComponent(url.slice(1))).then(
      server => response.end(JSON.stringify(server)),
      error => response.writeHead(503).end((error as Error).message),
    )
  })

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /** What test processes need to find the servers; none are started yet. */
  async open(env: NodeJS.ProcessEnv = process.env): Promise<NodeJS.ProcessEnv> {
    if (env.ESCONN_TEST_URL) {
      this.#say(`${nameOf(await identify(env.ESCONN_TEST_URL))} at ${env.ESCONN_TEST_URL} is used`)
      return {}
    }
    for (const generation of chosenGenerations(env)) {
      findJdk(generation)
      if (!isFetched(generation, env)) this.#say(`${nameOf(generation)} is fetched with Maven, once`)
      this.#starters.set(nameOf(generation), () => startServer(generation))
    }
    this.#starters.set(SECURED, startSecured)
    await once(this.#listener.listen(0, '127.0.0.1'), 'listening')
    const { port } = this.#listener.address() as AddressInfo
    return { ESCONN_TEST_SERVERS: `http://127.0.0.1:${port}` }
  }

  /** Starts all of them, side by side. */
  async boot(): Promise<void> {
    await Promise.all([...this.#starters.keys()].map(name => this.#start(name)))
  }

  async close(): Promise<void> {
    this.#listener.close()
    this.#listener.closeAllConnections()
    const started = [...this.#started.values()].map(start => start.then(server => server.stop()))
    await Promise.allSettled(started)
  }

  #start(name: string): Promise<StartedServer> {
    const start = this.#started.get(name) ?? this.#begin(name)
    this.#started.set(name, start)
    return start
  }

  async #begin(name: string): Promise<StartedServer> {
    const starter = this.#starters.get(name)
    if (starter === undefined) throw new Error(`no server is called ${name}`)
    const began = performance.now()
    this.#say(`${name} boots`)
    const server = await starter()
    this.#say(`${name} is ready after ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return server
  }
}
