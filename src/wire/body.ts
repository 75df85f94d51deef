import { pipeline } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { WireError } from '../errors.ts'
import { arrivals, type Message } from './arrivals.ts'
import { failure } from './failure.ts'

/** What a reply may take. */
export interface Limits {
  /** Milliseconds to the first byte, and of every silence after it. */
  timeout: number
  /** Bytes of the decoded body. */
  maxSize: number
}

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
