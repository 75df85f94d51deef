import { randomBytes } from 'node:crypto'
import type { ExecutionContext, TestFn } from 'ava'
import { chosenGenerations, type Generation, nameOf } from './generations.ts'
import { request } from './request.ts'
import { type Server, type StartedServer, startServer } from './start.ts'

/** A server that the tests of this run use. */
interface Target {
  name: string
  open(): Promise<Server>
  close(): Promise<void>
}

/** The user's own server, those that this run shares, or else new ones, each started when it is first opened. */
export function targets(env: NodeJS.ProcessEnv = process.env): Target[] {
  const { ESCONN_TEST_SERVERS: address, ESCONN_TEST_URL: url } = env
  if (url) return [borrowed(url)]
  return chosenGenerations(env).map(generation =>
    address ? shared(address, generation) : startable(generation),
  )
}

const nothing = async () => {}

const shared = (address: string, generation: Generation): Target => ({
  name: nameOf(generation),
  open: () => sharedServer(address, nameOf(generation)),
  close: nothing,
})

const borrowed = (url: string): Target => ({
  name: new URL(url).host,
  open: () => identify(url),
  close: nothing,
})

/** A server that test files share, once it is ready: shared.ts returns its address then. */
export async function sharedServer<T>(address: string, name: string): Promise<T> {
  const { status, text } = await request(address, `GET /${encodeURIComponent(name)}`)
  if (status !== 200) throw new Error(text)
  return JSON.parse(text)
}

function startable(generation: Generation): Target {
  let started: Promise<StartedServer> | undefined
  return {
    name: nameOf(generation),
    open: () => {
      started ??= startServer(generation)
      return started
    },
    close: async () => (await started?.catch(() => undefined))?.stop(),
  }
}

/** The user's own server, and its product and version. */
export const identify = (url: string): Promise<Server> => asked(url).catch(explain)

/** An archive like those of generations.ts may report its version only through its nodes. */
async function asked(url: string): Promise<Server> {
  const root = await request(url, 'GET /')
  if (root.status === 200) {
    const { number, distribution } = JSON.parse(root.text).version
    return { kind: distribution ?? 'elasticsearch', version: number, url }
  }
  const nodes = await request(url, 'GET /_nodes/_local?filter_path=nodes.*.version')
  const version = /"version":"([^"]+)"/.exec(nodes.text)?.[1]
  if (version === undefined) throw new Error(`status ${root.status}`)
  return { kind: 'elasticsearch', version, url }
}

function explain(cause: Error): never {
  throw new Error(`ESCONN_TEST_URL: the server does not say what it is: ${cause.message}`, { cause })
}

/**
 * Returns a function that declares a test for each server:
 *
 *     const eachServer = onServers(test)
 *     eachServer('finds a document', async (t, { url }) => …)
 *
 * A test of two clusters opens the next one, of the other product, by the function that comes last.
 */
export function onServers(test: TestFn, env: NodeJS.ProcessEnv = process.env) {
  const all = targets(env)
  test.after.always('stop the servers', async () => {
    await Promise.all(all.map(target => target.close()))
  })
  return (
    title: string,
    run: (t: ExecutionContext, server: Server, next: () => Promise<Server>) => Promise<void>,
  ) => {
    for (const [at, { name, open }] of all.entries()) {
      const { open: next } = all[(at + 1) % all.length] as Target
      test(`${title} (${name})`, async t => {
        t.timeout(400_000, 'a server may take its time to start')
        await run(t, await open(), next)
      })
    }
  }
}

/**
 * Returns a function that declares tests that start their own servers, one after the other. With
 * ESCONN_TEST_URL there may be nothing to start one with: they are skipped then, with the reason.
 */
export const onOwnServers =
  (test: TestFn, env: NodeJS.ProcessEnv = process.env) =>
  (title: string, run: (t: ExecutionContext) => Promise<void>): void =>
    env.ESCONN_TEST_URL
      ? test.skip(`${title} (it starts servers of its own, and ESCONN_TEST_URL names the one to use)`, run)
      : test.serial(title, run)

/** A name that no other test uses, for an index on a shared server. */
export const uniqueName = (stem: string) => `${stem}-${randomBytes(6).toString('hex')}`.toLowerCase()
