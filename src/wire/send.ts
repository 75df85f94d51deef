import type { ClientRequest } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { duration } from '../duration.ts'
import { WireError } from '../errors.ts'
import { aborted } from './abort.ts'
import { type Received, received } from './body.ts'
import { after } from './clock.ts'
import { failure } from './failure.ts'
import { connectionOf, type Opening } from './opening.ts'

const LATE =
  'is the node overloaded, or a firewall in between? --timeout, or `timeout` of the alias, waits longer'

/** What sending a request takes beside it. */
interface Sending {
  body: string | Buffer | Readable | null | undefined
  /** The node's, for messages. */
  address: string
  /** Milliseconds to the head of the reply. */
  timeout: number
  signal: AbortSignal | undefined
  opening: Opening
}

/** What broke on a connection that was opened for its request: a second look may tell more of it. */
const fresh = new WeakSet<Error>()

export const isFresh = (error: Error): boolean => fresh.has(error)

/**
 * Sends a request and answers with the head of the reply.
 *
 * @throws {EsconnError} whatever ends it before that
 */
export function send(request: ClientRequest, sending: Sending): Promise<Received> {
  const { body, address, timeout, signal, opening } = sending
  return new Promise<Received>((resolve, reject) => {
    const end = (error: Error) => {
      opening.end(error)
      request.destroy(error)
      reject(error) // a request that waits for its connection would not tell
    }
    const abort = () => end(aborted(signal))
    const late = () =>
      new WireError('timeout', `${address}: ${opening.awaited} within ${duration(timeout)}`, { advice: LATE })
    const stop = after(timeout, () => end(late()))
    signal?.addEventListener('abort', abort)
    request.on('response', message => {
      stop()
      resolve(received(message))
    })
    request.on('close', () => {
      stop()
      signal?.removeEventListener('abort', abort)
    })
    broken(request, sending).then(reject, reject)
    if (body instanceof Readable) pipeline(body, request, () => {})
    else request.end(body)
  })
}

/** What ends a request that brings no reply. */
async function broken(request: ClientRequest, { address }: Sending): Promise<Error> {
  const connected = connectionOf(request)
  let head = false
  const error = await new Promise<Error | undefined>(resolve => {
    request.on('error', resolve)
    request.on('close', () => resolve(undefined))
    request.on('response', () => {
      head = true
    })
  })
  if (!error || head) return new WireError('foreign', `${address}: the reply is no HTTP reply`) // a switch to another protocol
  const judged = failure(error, address, connected() ? 'request' : 'connect')
  if (judged !== error && !request.reusedSocket) fresh.add(judged)
  return judged
}
