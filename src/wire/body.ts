import type { ClientRequest, IncomingMessage } from 'node:http'
import { duration } from '../duration.ts'
import { EsconnError, WireError } from '../errors.ts'
import { Arrivals } from './arrivals.ts'
import { after } from './clock.ts'
import { decode } from './decode.ts'
import { failure } from './failure.ts'

/** A reply as Node gives it to a client: it knows its request. */
type Message = IncomingMessage & { req: ClientRequest }

/** A reply that is listened to. */
export interface Received {
  message: Message
  arrivals: Arrivals
}

/** What a reply may take. */
export interface Limits {
  /** Milliseconds to the first byte, and of every silence after it. */
  timeout: number
  /** Bytes of the decoded body. */
  maxSize: number
}

/** To be called when the head arrives, and no tick later: bytes and faults may come with it. */
export function received(reply: IncomingMessage): Received {
  const message = reply as Message
  message.req.on('error', error => {
    // comes before the message's own error, and with the code that one lacks
    if (!message.complete || error instanceof EsconnError) message.destroy(error)
  })
  return { message, arrivals: new Arrivals(message) }
}

/**
 * The body of a reply from `node`, decompressed, as it arrives. Leaving the generator early closes the connection.
 *
 * @throws {WireError} `timeout`, `cut`, `reset`, `oversize`, `aborted`, `foreign` for an unknown encoding
 */
export async function* readBody(reply: Received, limits: Limits, node: string): AsyncGenerator<Buffer> {
  let size = 0
  try {
    for await (const chunk of decoded(reply, limits.timeout, node)) {
      size += chunk.length
      if (size > limits.maxSize) throw oversize(limits.maxSize, node)
      yield chunk
    }
  } catch (error) {
    throw failure(error, node, 'body')
  } finally {
    reply.message.destroy()
  }
}

function oversize(maxSize: number, node: string): WireError {
  return new WireError('oversize', `${node}: the reply is larger than ${maxSize} bytes`, {
    advice: 'allow more by --max-size, or ask for fewer or smaller hits (--size)',
  })
}

/** A reply without a body may still say in which encoding it would be. */
function decoded({ message, arrivals }: Received, timeout: number, node: string): AsyncIterable<Buffer> {
  const bodiless = message.headers['content-length'] === '0' || message.req.method === 'HEAD'
  const silent = () =>
    new WireError('timeout', `${node}: no byte for ${duration(timeout)} in the middle of the reply`)
  const encoding = bodiless ? 'identity' : message.headers['content-encoding']
  return decode(arriving(arrivals, timeout, silent), encoding, node)
}

/** Only here the clock runs, while the reader waits for the network and not the network for the reader. */
async function* arriving(arrivals: Arrivals, timeout: number, silent: () => Error): AsyncGenerator<Buffer> {
  while (!arrivals.done) {
    const bytes = arrivals.take()
    if (bytes) {
      yield bytes
      continue
    }
    const stop = after(timeout, () => arrivals.fail(silent()))
    await arrivals.more()
    stop()
  }
}
