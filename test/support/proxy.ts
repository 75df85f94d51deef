import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import { createProxy } from 'proxy'
import type { Identity } from './certificates.ts'

/** A request that a proxy received. */
export interface Asked {
  /** `host:port` of a CONNECT, else a URL. */
  target: string
  method: string
  headers: IncomingMessage['headers']
}

/** A forward proxy; it ends with the test. */
export interface Proxy {
  url: string
  asked: Asked[]
  /** Ends every connection through it. */
  drop: () => void
}

interface ProxyOptions {
  /** `user:password`; without it no credentials are required. */
  login?: string
  tls?: Identity
  host?: string
}

/** A real forward proxy on this machine, of the npm package `proxy`. */
export async function proxy(
  t: ExecutionContext,
  { login, tls, host = '127.0.0.1' }: ProxyOptions = {},
): Promise<Proxy> {
  const server: Server = tls ? createHttpsServer(tls) : createHttpServer()
  const asked: Asked[] = []
  const note = ({ method = '', url = '', headers }: IncomingMessage) => {
    asked.push({ method, target: url, headers })
  }
  server.on('request', note).on('connect', note)
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket))
  const expected = login && `Basic ${Buffer.from(login).toString('base64')}`
  const real = createProxy(server)
  if (expected) real.authenticate = request => request.headers['proxy-authorization'] === expected
  await once(server.listen(0, host), 'listening')
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    drop()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const at = host.includes(':') ? `[${host}]` : host
  return { url: `${tls ? 'https' : 'http'}://${at}:${port}`, asked, drop }
}

/** The URL of a proxy with user and password. */
export const withLogin = ({ url }: Proxy, login: string): string => url.replace('//', `//${login}@`)
