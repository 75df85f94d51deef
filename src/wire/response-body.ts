import type { ClientRequest, IncomingMessage } from 'node:http'
import { constants, createGunzip, createInflate } from 'node:zlib'
import { startTimer } from '../abort.ts'
import { EsconnError, WireError } from '../errors.ts'
import { formatDuration, formatSize } from '../units.ts'
import { SharingSocket } from './connect/socket.ts'
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
  /** Largest size of the body, in bytes, decoded and as it arrives. */
  maxSize: number
  /** Whether the whole body must arrive within `timeout`, as for a short reply. Default: false. */
  whole?: boolean | undefined
}

/** Starts to buffer a reply. Must be called in the handler of the event `response`: bytes and errors may follow in the same tick. */
export function bufferReply(reply: IncomingMessage): IncomingReply {
  const message = reply as ClientMessage
  message.req.on('error', error => {
    // emitted before the message's own error, which lacks the code
    if (!message.complete || error instanceof EsconnError) message.destroy(error)
  })
  const { socket } = message
  const buffered = new StreamBuffer(message, socket instanceof SharingSocket ? socket : undefined)
  return { message, buffered }
}

/**
 * Yields the body of a reply from `node`, decompressed, as it arrives; a chunk is valid until the next one. Leaving the
 * generator early closes the connection.
 *
 * @throws {WireError} `timeout`, `cut`, `reset`, `corrupt`, `oversize`, `aborted`, `foreign` for an unknown encoding
 */
export async function* readBody(
  reply: IncomingReply,
  limits: ReplyLimits,
  node: string,
): AsyncGenerator<Buffer> {
  const stop = limits.whole
    ? startTimer(limits.timeout, () => reply.buffered.fail(lateError(limits, node)))
    : undefined
  try {
    yield* limitSize(decodedChunks(reply, limits, node), limits, node)
  } catch (error) {
    throw connectionError(error, node, 'body')
  } finally {
    stop?.()
    reply.message.destroy()
    reply.buffered.free()
  }
}

/** Chunks that stay valid. */
export async function* copiesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}

async function* limitSize(
  chunks: AsyncIterable<Buffer>,
  { maxSize }: ReplyLimits,
  node: string,
): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maxSize) throw oversizeError(maxSize, node)
    yield chunk
  }
}

const lateError = ({ timeout }: ReplyLimits, node: string): WireError =>
  new WireError('timeout', `the reply did not arrive in full within ${formatDuration(timeout)}`, { node })

function oversizeError(maxSize: number, node: string): WireError {
  return new WireError('oversize', `the reply is larger than ${formatSize(maxSize)}`, {
    node,
    advice: 'increase `maxSize`, or request fewer or smaller hits',
    hint: { kind: 'allow-larger' },
  })
}

function decodedChunks(
  { message, buffered }: IncomingReply,
  limits: ReplyLimits,
  node: string,
): AsyncIterable<Buffer> {
  const chunks = withIdleTimeout({ message, buffered }, limits.timeout, node)
  // a reply without a body may still name an encoding
  const bodiless = message.headers['content-length'] === '0' || message.req.method === 'HEAD'
  return bodiless ? chunks : decode(chunks, message.headers['content-encoding'], { limits, node })
}

/** The timer runs only while more is to come of the network, not while the network waits for our reader. */
async function* withIdleTimeout(
  { message, buffered }: IncomingReply,
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
    const stop = message.complete ? undefined : startTimer(timeout, () => buffered.fail(stalled()))
    await buffered.waitForMore()
    stop?.()
  }
}

type Decoder = ReturnType<typeof createGunzip>

/** Output is flushed at once: what a decoder keeps back would be lost to an error after it. */
const decoderOptions = () => ({ chunkSize: 256 * 1024, flush: constants.Z_SYNC_FLUSH })

const DECODERS: ReadonlyMap<string, () => Decoder> = new Map([
  ['gzip', () => createGunzip(decoderOptions())],
  ['x-gzip', () => createGunzip(decoderOptions())],
  ['deflate', () => createInflate(decoderOptions())],
])

/**
 * Decodes a body by its header `Content-Encoding`.
 *
 * @throws {WireError} `foreign` for an encoding that was not requested
 */
function decode(
  chunks: AsyncIterable<Buffer>,
  header = 'identity',
  { limits, node }: { limits: ReplyLimits; node: string },
): AsyncIterable<Buffer> {
  const encoding = header.toLowerCase()
  if (encoding === 'identity') return chunks
  const decoder = DECODERS.get(encoding)
  if (decoder) return decodeWith(decoder(), limitSize(chunks, limits, node), node)
  const name = /^(?:br|zstd|compress|snappy)$/.test(encoding) ? ` (${encoding})` : ''
  throw new WireError('foreign', `the reply uses an encoding that was not requested${name}`, { node })
}

/** Bytes of input without any output, as of a header of gzip that never ends. */
const MAX_WITHOUT_OUTPUT = 16 * 1024 * 1024

/** Unlike a pipeline, yields what has been decoded so far before it throws the source's error. */
async function* decodeWith(
  decoder: Decoder,
  chunks: AsyncIterable<Buffer>,
  node: string,
): AsyncGenerator<Buffer> {
  const decoded = new StreamBuffer(decoder)
  let taken = 0
  try {
    for await (const chunk of chunks) {
      taken += chunk.length
      let written = false
      decoder.write(chunk, () => {
        written = true
        decoded.wakeReader()
      })
      for await (const bytes of bytesUntil(decoded, () => written)) {
        taken = 0
        yield bytes
      }
      if (taken > MAX_WITHOUT_OUTPUT)
        throw new WireError('corrupt', 'the compressed body contains no data', { node })
    }
    decoder.end()
    yield* bytesUntil(decoded, () => decoded.done)
  } finally {
    decoder.destroy()
    decoded.free()
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
