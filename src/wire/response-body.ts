import type { ClientRequest, IncomingMessage } from 'node:http'
import { constants, createGunzip, createInflate } from 'node:zlib'
import { startTimer } from '../abort.ts'
import { EsconnError, WireError } from '../errors.ts'
import { formatDuration } from '../units.ts'
import { connectionError } from './errors/connection.ts'
import { StreamBuffer } from './stream-buffer.ts'

/** A reply as Node passes it to a client: with its request. */
type ClientMessage = IncomingMessage & { req: ClientRequest }

/** A reply whose body is being buffered. */
export interface IncomingReply {
  message: ClientMessage
  buffered: StreamBuffer
}

/** Limits for one reply. */
export interface ReplyLimits {
  /** Longest wait for the first byte, and longest pause after it, in milliseconds. */
  timeout: number
  /** Largest size of the decoded body, in bytes. */
  maxSize: number
}

/** Starts to buffer a reply. Must be called in the handler of the event `response`: bytes and errors may follow in the same tick. */
export function bufferReply(reply: IncomingMessage): IncomingReply {
  const message = reply as ClientMessage
  message.req.on('error', error => {
    // emitted before the message's own error, which lacks the code
    if (!message.complete || error instanceof EsconnError) message.destroy(error)
  })
  return { message, buffered: new StreamBuffer(message) }
}

/**
 * Yields the body of a reply from `node`, decompressed, as it arrives. Leaving the generator early closes the
 * connection.
 *
 * @throws {WireError} `timeout`, `cut`, `reset`, `oversize`, `aborted`, `foreign` for an unknown encoding
 */
export async function* readBody(
  reply: IncomingReply,
  limits: ReplyLimits,
  node: string,
): AsyncGenerator<Buffer> {
  let size = 0
  try {
    for await (const chunk of decodedChunks(reply, limits.timeout, node)) {
      size += chunk.length
      if (size > limits.maxSize) throw oversizeError(limits.maxSize, node)
      yield chunk
    }
  } catch (error) {
    throw connectionError(error, node, 'body')
  } finally {
    reply.message.destroy()
  }
}

export function oversizeError(maxSize: number, node: string): WireError {
  return new WireError('oversize', `the reply is larger than ${maxSize} bytes`, {
    node,
    advice: 'increase `maxSize`, or request fewer or smaller hits',
    hint: { kind: 'allow-larger' },
  })
}

function decodedChunks(
  { message, buffered }: IncomingReply,
  timeout: number,
  node: string,
): AsyncIterable<Buffer> {
  const chunks = withIdleTimeout(buffered, timeout, node)
  // a reply without a body may still name an encoding
  const bodiless = message.headers['content-length'] === '0' || message.req.method === 'HEAD'
  return bodiless ? chunks : decode(chunks, message.headers['content-encoding'], node)
}

/** The timer runs only while we wait for the network, not while the network waits for our reader. */
async function* withIdleTimeout(
  buffered: StreamBuffer,
  timeout: number,
  node: string,
): AsyncGenerator<Buffer> {
  const stalled = () =>
    new WireError('timeout', `the reply stalled: no data for ${formatDuration(timeout)}`, { node })
  while (!buffered.done) {
    const bytes = buffered.take()
    if (bytes) {
      yield bytes
      continue
    }
    const stop = startTimer(timeout, () => buffered.fail(stalled()))
    await buffered.waitForMore()
    stop()
  }
}

type Decoder = ReturnType<typeof createGunzip>

/** Output is flushed at once: what a decoder keeps back would be lost to an error after it. */
const DECODER_OPTIONS = { chunkSize: 64 * 1024, flush: constants.Z_SYNC_FLUSH }

const DECODERS: ReadonlyMap<string, () => Decoder> = new Map([
  ['gzip', () => createGunzip(DECODER_OPTIONS)],
  ['x-gzip', () => createGunzip(DECODER_OPTIONS)],
  ['deflate', () => createInflate(DECODER_OPTIONS)],
])

/**
 * Decodes a body by its header `Content-Encoding`.
 *
 * @throws {WireError} `foreign` for an encoding that was not requested
 */
function decode(chunks: AsyncIterable<Buffer>, header = 'identity', node = ''): AsyncIterable<Buffer> {
  const encoding = header.toLowerCase()
  if (encoding === 'identity') return chunks
  const decoder = DECODERS.get(encoding)
  if (decoder) return decodeWith(decoder(), chunks)
  throw new WireError('foreign', `the reply uses an encoding that was not requested (${encoding})`, { node })
}

/** Unlike a pipeline, yields what has been decoded so far before it throws the source's error. */
async function* decodeWith(decoder: Decoder, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoded = new StreamBuffer(decoder)
  try {
    for await (const chunk of chunks) {
      let written = false
      decoder.write(chunk, () => {
        written = true
        decoded.wakeReader()
      })
      yield* bytesUntil(decoded, () => written)
    }
    decoder.end()
    yield* bytesUntil(decoded, () => decoded.done)
  } finally {
    decoder.destroy()
  }
}

async function* bytesUntil(decoded: StreamBuffer, enough: () => boolean): AsyncGenerator<Buffer> {
  while (true) {
    const bytes = decoded.take()
    if (bytes) yield bytes
    else if (enough() || decoded.done) return
    else await decoded.waitForMore()
  }
}
