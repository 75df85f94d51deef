import { randomBytes } from 'node:crypto'
import type { ExecutionContext, TestFn } from 'ava'
import { chosenGenerations, type Generation, nameOf } from './generations.ts'
import { request } from './request.ts'
import { type Server, type StartedServer, startServer } from './start.ts'

/** A server that the tests of this run are to use. */
interface Target {
  name: string
  open(): Promise<Server>
  close(): Promise<void>
}

/** Servers that run already, the user's own one, or else new ones, each started when it is first opened. */
export function targets(env: NodeJS.ProcessEnv = process.env): Target[] {
  const { ESCONN_TEST_SERVERS: running, ESCONN_TEST_URL: url } = env
  if (running) return (JSON.parse(running) as Server[]).map(shared)
  return url ? [borrowed(url)] : chosenGenerations(env).map(startable)
}

const nothing = async () => {}

const shared = (server: Server): Target => ({
  name: nameOf(server),
  open: async () => server,
  close: nothing,
})

const borrowed = (url: string): Target => ({
  name: new URL(url).host,
  open: () => identify(url).catch(explain),
  close: nothing,
})

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

/** Asks a server what it is; an archive like those of generations.ts may only tell through its nodes. */
async function identify(url: string): Promise<Server> {
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
 * Gives a test file its way to declare a test for each server:
 *
 *     const eachServer = onServers(test)
 *     eachServer('finds a document', async (t, { url }) => …)
 */
export function onServers(test: TestFn, env: NodeJS.ProcessEnv = process.env) {
  const all = targets(env)
  test.after.always('stop the servers', async () => {
    await Promise.all(all.map(target => target.close()))
  })
  return (title: string, run: (t: ExecutionContext, server: Server) => Promise<void>) => {
    for (const { name, open } of all) {
      test(`${title} (${name})`, async t => {
        t.timeout(180_000, 'a server may take its time to start')
        await run(t, await open())
      })
    }
  }
}

/**
 * Gives a test file its way to declare tests that start servers of their own, one after the other. With
 * ESCONN_TEST_URL there may be nothing to start one with: they are skipped then, and say why.
 */
export const onOwnServers =
  (test: TestFn, env: NodeJS.ProcessEnv = process.env) =>
  (title: string, run: (t: ExecutionContext) => Promise<void>): void =>
    env.ESCONN_TEST_URL
      ? test.skip(`${title} (it starts servers of its own, and ESCONN_TEST_URL names the one to use)`, run)
      : test.serial(title, run)

/** A name that no other test uses, for an index on a shared server. */
export const uniqueName = (stem: string) => `${stem}-${randomBytes(6).toString('hex')}`.toLowerCase()
