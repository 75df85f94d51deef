import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import type { ExecutionContext } from 'ava'
import type { Identity } from './certificates.ts'

/** A request as it arrived. */
export interface RawRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string
  /** Resolves when the client, or the script, has closed the connection. */
  closed: Promise<unknown>
}

/** What a server does once a request has arrived in full. */
export type Script = (socket: Socket, request: RawRequest) => unknown

interface Options {
  tls?: Identity
  /** Called with a connection before anything has arrived. */
  greet?: (socket: Socket) => void
}

/** A server for faults that no real one produces; it ends with the test. */
export interface RawServer {
  url: string
  requests: RawRequest[]
}

/** Answers the first request by the first script, the second by the second, and all further ones by the last. */
export async function raw(
  t: ExecutionContext,
  scripts: Script | Script[],
  { tls, greet }: Options = {},
): Promise<RawServer> {
  const all = [scripts].flat()
  const requests: RawRequest[] = []
  const sockets = new Set<Socket>()
  const serve = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // in many tests the client closes the connection
    greet?.(socket)
    listen(socket, request => {
      requests.push(request)
      return all[Math.min(requests.length, all.length) - 1]?.(socket, request)
    })
  }
  const server = tls ? createTlsServer(tls, serve) : createServer(serve)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, requests }
}

/** An address at which no server listens. */
export async function nobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return `http://127.0.0.1:${port}`
}

/** Splits the bytes of a connection into requests. */
function listen(socket: Socket, answer: (request: RawRequest) => unknown): void {
  const closed = once(socket, 'close').catch(() => {})
  let arrived = Buffer.alloc(0)
  socket.on('data', async (data: Buffer) => {
    arrived = Buffer.concat([arrived, data])
    const end = arrived.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = parseHead(arrived.toString('latin1', 0, end))
    const length = Number(head.headers['content-length'] ?? 0)
    if (arrived.length < end + 4 + length) return
    const body = arrived.toString('utf8', end + 4, end + 4 + length)
    arrived = arrived.subarray(end + 4 + length)
    await answer({ ...head, body, closed })
  })
}

function parseHead(head: string): Pick<RawRequest, 'method' | 'path' | 'headers'> {
  const [first = '', ...lines] = head.split('\r\n')
  const [method = '', path = ''] = first.split(' ')
  const headers = lines.map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { method, path, headers: Object.fromEntries(headers) }
}

type ReplyHeaders = Record<string, string | number>

/** The head of a reply. */
export function head(status: number, headers: ReplyHeaders = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n`
}

/** A whole reply; an object is sent as JSON. */
export function reply(body: unknown, status = 200, headers: ReplyHeaders = {}): Script {
  const json = typeof body === 'object' && !Buffer.isBuffer(body)
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(json ? JSON.stringify(body) : String(body))
  const all = { ...(json ? JSON_TYPE : {}), 'content-length': bytes.length, ...headers }
  return socket => socket.write(Buffer.concat([Buffer.from(head(status, all)), bytes]))
}

export const JSON_TYPE = { 'content-type': 'application/json' }

/** Bytes, each piece in a separate packet, and then nothing more. */
export const send =
  (...pieces: (string | Buffer)[]): Script =>
  async socket => {
    for (const piece of pieces) {
      socket.write(piece)
      await sleep(20)
    }
  }

/** What `script` does, then the end of the connection. */
export const fin =
  (script: Script): Script =>
  async (socket, request) => {
    await script(socket, request)
    socket.end()
  }

/** What `script` does, then a reset of the connection. */
export const reset =
  (script: Script): Script =>
  async (socket, request) => {
    await script(socket, request)
    await immediate() // by now the client has read what was sent: libuv treats bytes and RST at once as an end
    // what `resetAndDestroy` does, except for the FIN before the RST: a client may see only that one
    const { _parent } = socket as { _parent?: Socket | null } // the socket below a TLS socket
    Object.assign(_parent ?? socket, { resetAndClosing: true }).destroy()
  }

export const hang: Script = () => {}

/** The same bytes again and again, until the client closes the connection. */
export const trickle =
  (piece: string | Buffer, milliseconds: number): Script =>
  async socket => {
    while (!socket.destroyed) {
      socket.write(piece)
      await sleep(milliseconds)
    }
  }

/** One chunk of a chunked body. */
export function chunk(bytes: string | Buffer): Buffer {
  const size = Buffer.byteLength(bytes).toString(16)
  return Buffer.concat([Buffer.from(`${size}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')])
}

/** The end of a chunked body. */
export const LAST_CHUNK = '0\r\n\r\n'

/** A complete search response: `hits` as JSON texts, and further members of its envelope. */
export function found(hits: readonly string[], envelope: object = {}): string {
  const { _shards, ...rest } = {
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    ...envelope,
  } as {
    _shards: object
  }
  const before = JSON.stringify({ took: 1, timed_out: false, ...rest, _shards }).slice(0, -1)
  return `${before},"hits":{"total":{"value":${hits.length},"relation":"eq"},"hits":[${hits.join(',')}]}}`
}

export const answer = (hits: readonly string[] = [], envelope: object = {}): Script =>
  reply(found(hits, envelope), 200, JSON_TYPE)
