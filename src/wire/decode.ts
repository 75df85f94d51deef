import { constants, createGunzip, createInflate } from 'node:zlib'
import { WireError } from '../errors.ts'
import { Arrivals } from './arrivals.ts'

type Decoder = ReturnType<typeof createGunzip>

/** Everything that can be decoded comes out at once: what is held back would be lost to a fault behind it. */
const OPTIONS = { chunkSize: 64 * 1024, flush: constants.Z_SYNC_FLUSH }

const DECODERS: ReadonlyMap<string, () => Decoder> = new Map([
  ['gzip', () => createGunzip(OPTIONS)],
  ['x-gzip', () => createGunzip(OPTIONS)],
  ['deflate', () => createInflate(OPTIONS)],
])

/**
 * The bytes that `node` sent in an encoding, a `Content-Encoding` header.
 *
 * @throws {WireError} `foreign` for an encoding that was not asked for
 */
export function decode(chunks: AsyncIterable<Buffer>, header = 'identity', node = ''): AsyncIterable<Buffer> {
  const encoding = header.toLowerCase()
  if (encoding === 'identity') return chunks
  const decoder = DECODERS.get(encoding)
  if (decoder) return decodeBy(decoder(), chunks)
  throw new WireError('foreign', `${node}: the reply is in an encoding that was not asked for (${encoding})`)
}

/** A pipeline would throw away what is decoded already when the source breaks; this hands it on first. */
async function* decodeBy(decoder: Decoder, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoded = new Arrivals(decoder)
  try {
    for await (const chunk of chunks) {
      let written = false
      decoder.write(chunk, () => {
        written = true
        decoded.nudge()
      })
      yield* takenUntil(decoded, () => written)
    }
    decoder.end()
    yield* takenUntil(decoded, () => decoded.done)
  } finally {
    decoder.destroy()
  }
}

async function* takenUntil(decoded: Arrivals, enough: () => boolean): AsyncGenerator<Buffer> {
  while (true) {
    const bytes = decoded.take()
    if (bytes) yield bytes
    else if (enough() || decoded.done) return
    else await decoded.more()
  }
}
