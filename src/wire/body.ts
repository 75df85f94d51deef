import type { ClientRequest, IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { WireError } from '../errors.ts'
import { after, duration } from './clock.ts'
import { failure } from './failure.ts'

/** What a reply may take. */
export interface Limits {
  /** Milliseconds to the first byte, and of every silence after it. */
  timeout: number
  /** Bytes of the decoded body. */
  maxSize: number
}

/** A reply as Node gives it to a client: it knows its request. */
export type Message = IncomingMessage & { req: ClientRequest }

const CHUNK = 64 * 1024

/**
 * The body of a reply, decompressed, chunk by chunk. Leaving the generator early closes the connection.
 *
 * @throws {WireError} `timeout`, `cut`, `reset`, `oversize`, `aborted`, `foreign` for an unknown encoding
 */
export async function* readBody(message: Message, limits: Limits, node: string): AsyncGenerator<Buffer> {
  let size = 0
  try {
    for await (const chunk of decoded(message, arrivals(message, limits.timeout))) {
      size += chunk.length
      if (size > limits.maxSize) throw oversize(limits.maxSize)
      yield chunk
    }
  } catch (error) {
    throw failure(error, node, 'body')
  } finally {
    message.destroy()
  }
}

function oversize(maxSize: number): WireError {
  return new WireError('oversize', `the reply is larger than ${maxSize} bytes`, {
    advice: 'allow more by --max-size, or ask for fewer or smaller hits (--size)',
  })
}

function decoded(message: Message, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const encoding = message.headers['content-encoding']?.toLowerCase() ?? 'identity'
  const bodiless = message.headers['content-length'] === '0' || message.req.method === 'HEAD'
  if (bodiless || encoding === 'identity') return chunks
  if (encoding === 'gzip' || encoding === 'x-gzip') return piped(chunks, createGunzip({ chunkSize: CHUNK }))
  if (encoding === 'deflate') return piped(chunks, createInflate({ chunkSize: CHUNK }))
  throw new WireError('foreign', `the reply is in an encoding that was not asked for (${encoding})`)
}

function piped(
  chunks: AsyncIterable<Buffer>,
  decoder: ReturnType<typeof createGunzip>,
): AsyncIterable<Buffer> {
  return pipeline(chunks, decoder, () => {}) // an error reaches the reader through the decoder
}

/** The chunks of a message, then its end or its fault: what has arrived is never lost to a fault behind it. */
async function* arrivals(message: Message, timeout: number): AsyncGenerator<Buffer> {
  const queue: Buffer[] = []
  let fault: Error | undefined
  let ended = false
  let wake = () => {}
  const fail = (error: Error) => {
    fault ??= error
    wake()
  }
  message.req.on('error', fail) // comes first, and with the code that the message's own error lacks
  message.on('error', fail)
  message.on('close', () => fail(new WireError('aborted', 'the reply was closed')))
  message.on('end', () => {
    ended = true
    wake()
  })
  message.on('data', chunk => {
    queue.push(chunk)
    message.pause()
    wake()
  })
  if (message.destroyed) fail(new WireError('aborted', 'the reply was closed'))
  const something = () =>
    new Promise<void>((resolve, reject) => {
      const silent = new WireError('timeout', `no byte for ${duration(timeout)} in the middle of the reply`)
      const stop = after(timeout, () => reject(silent))
      wake = () => {
        stop()
        resolve()
      }
      message.resume()
    })
  while (true) {
    const chunk = queue.shift()
    if (chunk) yield chunk
    else if (ended) return
    else if (fault) throw fault
    else await something()
  }
}
