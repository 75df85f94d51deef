import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'

/** A proxy that passes on every byte, and keeps those that the server sent. It ends with the test. */
export interface Recorder {
  url: string
  /** The bytes that the server has sent on the last connection. */
  received: () => Buffer
}

export async function recorder(t: ExecutionContext, target: string): Promise<Recorder> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let chunks: Buffer[] = []
  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    const kept: Buffer[] = []
    chunks = kept
    far.on('data', chunk => kept.push(chunk))
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.pipe(far).pipe(near)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, received: () => Buffer.concat(chunks) }
}
