import type { ClientRequest, IncomingMessage } from 'node:http'
import { WireError } from '../errors.ts'
import { after, duration } from './clock.ts'

/** A reply as Node gives it to a client: it knows its request. */
export type Message = IncomingMessage & { req: ClientRequest }

/** Bytes that may wait for a slow reader before the socket is left alone. */
const HIGH_WATER = 256 * 1024

/** What has arrived of a message, then its end or its fault: nothing is ever lost to a fault behind it. */
export async function* arrivals(message: Message, timeout: number): AsyncGenerator<Buffer> {
  const arrived = new Arrivals(message)
  while (true) {
    const chunk = arrived.take()
    if (chunk) yield chunk
    else if (arrived.ended) return
    else if (arrived.fault) throw arrived.fault
    else await arrived.more(timeout)
  }
}

/** A message as it comes in. A server may send it in many small chunks: whatever waits is taken as one. */
class Arrivals {
  ended = false
  fault: Error | undefined
  readonly #message: Message
  #waiting: Buffer[] = []
  #size = 0
  #wake = () => {}

  constructor(message: Message) {
    this.#message = message
    const fail = (error: Error) => this.#fail(error)
    message.req.on('error', fail) // comes first, and with the code that the message's own error lacks
    message.on('error', fail)
    message.on('close', () => fail(new WireError('aborted', 'the reply was closed')))
    message.on('end', () => {
      this.ended = true
      this.#wake()
    })
    message.on('data', chunk => this.#push(chunk))
    if (message.destroyed) fail(new WireError('aborted', 'the reply was closed'))
  }

  take(): Buffer | undefined {
    const [first, ...others] = this.#waiting
    this.#waiting = []
    this.#size = 0
    return others.length > 0 ? Buffer.concat([first as Buffer, ...others]) : first
  }

  /** Waits for the next bytes, the end or a fault; only here the clock runs, while nobody but the network is slow. */
  more(timeout: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = after(timeout, () => reject(silence(timeout)))
      this.#wake = () => {
        stop()
        resolve()
      }
      this.#message.resume()
    })
  }

  #push(chunk: Buffer): void {
    this.#waiting.push(chunk)
    this.#size += chunk.length
    if (this.#size >= HIGH_WATER) this.#message.pause()
    this.#wake()
  }

  #fail(error: Error): void {
    this.fault ??= error
    this.#wake()
  }
}

const silence = (timeout: number): WireError =>
  new WireError('timeout', `no byte for ${duration(timeout)} in the middle of the reply`)
