import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ExecutionContext } from 'ava'
import { request } from '../cluster/request.ts'

/** A request that arrives at a gateway. */
interface Arrived {
  /** `POST /entries/_bulk`, for example, without the query. */
  line: string
  body: string
  /** Sends a request to the server, by default this one; returns the JSON of the reply. */
  pass: (body?: string) => Promise<{ status: number; text: string }>
}

/** What a gateway answers; `lost` for a connection that breaks, `away` for a server that can be reached again only later. */
type GatewayReply = { status: number; text: string } | 'lost' | 'away'

/** In milliseconds. */
const AWAY = 1000

/** A gateway before a real server, which decides on each request what is answered. It ends with the test. */
export async function gateway(
  t: ExecutionContext,
  target: string,
  decide: (arrived: Arrived) => Promise<GatewayReply>,
): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const { method, url = '' } = incoming
    const sent = await text(incoming)
    const pass = (body = sent) => request(target, `${method} ${url}`, body === '' ? undefined : body)
    const answer = await decide({ line: `${method} ${url.split('?')[0]}`, body: sent, pass })
    if (answer === 'away') leave()
    if (answer === 'lost' || answer === 'away') return outgoing.destroy()
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const leave = () => {
    server.close()
    server.closeAllConnections()
    setTimeout(() => server.listen(port, '127.0.0.1'), AWAY)
  }
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${port}`
}
