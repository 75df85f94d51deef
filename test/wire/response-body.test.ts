import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { deflateSync, gzipSync } from 'node:zlib'
import test from 'ava'
import type { Fault } from '../../src/errors.ts'
import { formatSize } from '../../src/units.ts'
import {
  chunk,
  fin,
  hang,
  head,
  LAST_CHUNK,
  raw,
  reply,
  reset,
  type Script,
  send,
  trickle,
} from '../support/raw.ts'
import { connect, read } from './_connect.ts'

const TEXT = Buffer.from('{"a":1}\n'.repeat(20_000))
const digest = (n: number): Buffer => createHash('sha256').update(String(n)).digest()
/** Cannot be compressed, so that a part of it is a part of the text; the same each time, as what zlib says depends on it. */
const NOISE = Buffer.from(Buffer.concat(Array.from({ length: 1875 }, (_, n) => digest(n))).toString('base64'))

const CHUNKED = { 'transfer-encoding': 'chunked' }
const lengthOf = (length: number, encoding = 'identity') =>
  head(200, { 'content-length': length, 'content-encoding': encoding })

const isWhole = test.macro(async (t, script: Script, expected: Buffer = TEXT) => {
  const { url } = await raw(t, script)
  const { bytes, error } = await read(connect(t, url))
  t.is(error, undefined)
  t.true(bytes.equals(expected))
})

test('identity', isWhole, reply(TEXT))
test('identity, by name', isWhole, reply(TEXT, 200, { 'content-encoding': 'identity' }))
test('gzip', isWhole, reply(gzipSync(TEXT), 200, { 'content-encoding': 'gzip' }))
test('gzip by its old name', isWhole, reply(gzipSync(TEXT), 200, { 'content-encoding': 'X-GZIP' }))
test(
  'gzip of several members',
  isWhole,
  reply(Buffer.concat([gzipSync(TEXT.subarray(0, 9)), gzipSync(TEXT.subarray(9))]), 200, {
    'content-encoding': 'gzip',
  }),
)
test('deflate', isWhole, reply(deflateSync(TEXT), 200, { 'content-encoding': 'deflate' }))
test(
  'chunked',
  isWhole,
  send(head(200, CHUNKED), chunk(TEXT.subarray(0, 10)), chunk(TEXT.subarray(10)), LAST_CHUNK),
)
test(
  'chunked gzip',
  isWhole,
  send(head(200, { ...CHUNKED, 'content-encoding': 'gzip' }), chunk(gzipSync(TEXT)), LAST_CHUNK),
)
test('without a length, to the end of the connection', isWhole, fin(send(head(200), TEXT)))
test('empty', isWhole, reply(''), Buffer.alloc(0))
test(
  'empty although gzip is announced',
  isWhole,
  reply('', 200, { 'content-encoding': 'gzip' }),
  Buffer.alloc(0),
)

const isBroken = test.macro(async (t, script: Script, fault: Fault, words: string | RegExp) => {
  const { url } = await raw(t, script)
  const { error } = await read(connect(t, url))
  t.is(error?.fault, fault)
  const said = error?.message.replace(url, 'NODE') ?? ''
  if (words instanceof RegExp) t.regex(said, words)
  else t.is(said, words)
})

const CUT = 'NODE: the reply ended early'
const BROKE = 'NODE: the connection broke'
const zipped = gzipSync(NOISE)
const corrupt = Buffer.from(zipped).fill(0xff, 20_000, 20_100)

test('a body cut short', isBroken, fin(send(lengthOf(100), 'x')), 'cut', CUT)
test('a chunked body cut between chunks', isBroken, fin(send(head(200, CHUNKED), chunk('x'))), 'cut', CUT)
test('a chunked body cut in a chunk', isBroken, fin(send(head(200, CHUNKED), '5\r\nx')), 'cut', CUT)
test(
  'a gzip stream cut short',
  isBroken,
  reply(zipped.subarray(0, -20), 200, { 'content-encoding': 'gzip' }),
  'cut',
  CUT,
)
test(
  'a deflate stream cut short',
  isBroken,
  reply(deflateSync(NOISE).subarray(0, 9_000), 200, { 'content-encoding': 'deflate' }),
  'cut',
  CUT,
)
test(
  'a gzip body cut short',
  isBroken,
  fin(send(lengthOf(100_000, 'gzip'), zipped.subarray(0, 9_000))),
  'cut',
  CUT,
)
test(
  'corrupt gzip',
  isBroken,
  reply(corrupt, 200, { 'content-encoding': 'gzip' }),
  'corrupt',
  /^NODE: the body is not in the encoding that it claims \([a-z ]+\)$/,
)
test(
  'a body that is not gzip although it is announced',
  isBroken,
  reply('hello', 200, { 'content-encoding': 'gzip' }),
  'corrupt',
  'NODE: the body is not in the encoding that it claims (incorrect header check)',
)
test('a reset', isBroken, reset(send(lengthOf(100), 'x')), 'reset', `${BROKE} (ECONNRESET)`)
test(
  'a reset of a chunked body',
  isBroken,
  reset(send(head(200, CHUNKED), chunk('x'))),
  'reset',
  `${BROKE} (ECONNRESET)`,
)
test(
  'a reset of a body without a length',
  isBroken,
  reset(send(head(200), 'x')),
  'reset',
  `${BROKE} (ECONNRESET)`,
)
test(
  'invalid framing',
  isBroken,
  send(head(200, CHUNKED), chunk('x'), 'no number\r\n'),
  'reset',
  'NODE: the reply is not valid HTTP (Invalid character in chunk size)',
)
test(
  'an unknown encoding',
  isBroken,
  reply('x', 200, { 'content-encoding': 'br' }),
  'foreign',
  'NODE: the reply uses an encoding that was not requested (br)',
)

const isDelivered = test.macro(async (t, script: Script, [fault, expected]: [Fault, Buffer]) => {
  const { url } = await raw(t, script)
  const { bytes, error } = await read(connect(t, url), { take: () => sleep(100) })
  t.is(error?.fault, fault)
  t.true(bytes.equals(expected), `${bytes.length} of ${expected.length} bytes`)
})

const CHUNKS = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(200)}`)
const together = Buffer.concat([Buffer.from(head(200, CHUNKED)), ...CHUNKS.map(chunk)])
const joined = Buffer.from(CHUNKS.join(''))
/** All of the text, without the checksum after it. */
const unsealed = gzipSync(TEXT).subarray(0, -8)

test('bytes before the end are delivered', isDelivered, fin(send(lengthOf(NOISE.length + 1), NOISE)), [
  'cut',
  NOISE,
])
test('bytes before a reset are delivered', isDelivered, reset(send(lengthOf(NOISE.length + 1), NOISE)), [
  'reset',
  NOISE,
])
test('chunks before the end are delivered', isDelivered, fin(send(together)), ['cut', joined])
test('chunks before a reset are delivered', isDelivered, reset(send(together)), ['reset', joined])
test('chunks before invalid framing are delivered', isDelivered, send(together, 'x\r\n'), ['reset', joined])
test('gzip before the end is delivered', isDelivered, fin(send(lengthOf(9_000, 'gzip'), unsealed)), [
  'cut',
  TEXT,
])
test('gzip before a reset is delivered', isDelivered, reset(send(lengthOf(9_000, 'gzip'), unsealed)), [
  'reset',
  TEXT,
])
test(
  'gzip before its own end is delivered',
  isDelivered,
  reply(unsealed, 200, { 'content-encoding': 'gzip' }),
  ['cut', TEXT],
)

const QUANTITY = Buffer.alloc(2_000_000, NOISE)
const quantity = Buffer.concat(
  Array.from({ length: 200 }, (_, index) => chunk(QUANTITY.subarray(index * 10_000, (index + 1) * 10_000))),
)
test(
  'a large body before invalid framing is delivered',
  isDelivered,
  send(Buffer.concat([Buffer.from(head(200, CHUNKED)), quantity, Buffer.from('x\r\n')])),
  ['reset', QUANTITY],
)
test(
  'head, body and invalid framing in one packet',
  isDelivered,
  send(Buffer.concat([together, Buffer.from('x\r\n')])),
  ['reset', joined],
)

const isOversize = test.macro(async (t, script: Script, allowed: number) => {
  const { url } = await raw(t, script)
  const { bytes, error } = await read(connect(t, url), { maxSize: allowed })
  t.is(error?.fault, 'oversize')
  t.is(error?.message, `${url}: the reply is larger than ${formatSize(allowed)}`)
  t.truthy(error?.advice)
  t.true(bytes.length <= allowed)
})

test('larger than allowed', isOversize, reply(TEXT), 1000)
test('one byte larger than allowed', isOversize, reply(TEXT), TEXT.length - 1)
test(
  'a body that never ends',
  isOversize,
  (socket, request) => {
    socket.write(head(200))
    return trickle('x'.repeat(1000), 1)(socket, request)
  },
  10_000,
)

test('a body that is too large is not read to its end', async t => {
  const { url, requests } = await raw(t, send(lengthOf(2 ** 30), NOISE))
  t.is((await read(connect(t, url), { maxSize: 1000 })).error?.fault, 'oversize')
  await requests[0]?.closed
})

test('exactly as large as allowed', async t => {
  const { url } = await raw(t, reply(TEXT))
  t.is((await read(connect(t, url), { maxSize: TEXT.length })).bytes.length, TEXT.length)
})

test('a gzip bomb does not fill the memory', async t => {
  const bomb = gzipSync(Buffer.alloc(2 ** 29))
  const { url } = await raw(t, reply(bomb, 200, { 'content-encoding': 'gzip' }))
  const before = process.memoryUsage.rss()
  let size = 0
  let most = 0
  const connection = connect(t, url)
  const reply_ = await connection.transport.exchange({ method: 'GET', path: '/' }, async got => got, {
    maxSize: 2 ** 28,
  })
  const error = await t.throwsAsync(async () => {
    for await (const piece of reply_.chunks) {
      size += piece.length
      most = Math.max(most, process.memoryUsage.rss())
    }
  })
  t.is((error as unknown as { fault: Fault }).fault, 'oversize')
  t.true(size <= 2 ** 28)
  t.true(most - before < 192 * 2 ** 20, `${(most - before) >> 20} MiB`)
})

test('a reply that stalls', async t => {
  const { url, requests } = await raw(t, send(lengthOf(100), 'x'))
  const { bytes, error } = await read(connect(t, url), { timeout: 300 })
  t.is(error?.fault, 'timeout')
  t.is(error?.message, `${url}: the reply stalled: no data for 300ms`)
  t.is(bytes.toString(), 'x')
  await requests[0]?.closed
})

test('a gzip reply that stalls', async t => {
  const { url } = await raw(t, send(lengthOf(100_000, 'gzip'), zipped.subarray(0, 9_000)))
  const { bytes, error } = await read(connect(t, url), { timeout: 300 })
  t.is(error?.fault, 'timeout')
  t.true(bytes.length > 0)
})

test('a slow sender without a long pause', async t => {
  const { url } = await raw(t, async socket => {
    socket.write(lengthOf(25))
    for (let sent = 0; sent < 25; sent++) {
      await sleep(60)
      socket.write('x')
    }
  })
  t.is((await read(connect(t, url), { timeout: 1000 })).bytes.toString(), 'x'.repeat(25))
})

const isPatient = test.macro(async (t, script: Script) => {
  const { url } = await raw(t, script)
  let waits = 3
  const { bytes, error } = await read(connect(t, url), {
    timeout: 200,
    take: () => (waits-- > 0 ? sleep(500) : undefined),
  })
  t.is(error, undefined)
  t.is(bytes.length, 8_000_000)
})

const LARGE = Buffer.alloc(8_000_000, 'x')
test('a slow reader causes no timeout', isPatient, reply(LARGE))
test(
  'a slow reader of gzip is no timeout',
  isPatient,
  reply(gzipSync(LARGE, { level: 0 }), 200, { 'content-encoding': 'gzip' }),
)

test('a blocked process causes no timeout', async t => {
  const { url } = await raw(t, async socket => {
    socket.write(`${lengthOf(2)}x`)
    await sleep(50)
    socket.write('y')
  })
  const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600)
  setTimeout(block, 30)
  t.is((await read(connect(t, url), { timeout: 300 })).bytes.toString(), 'xy')
})

test('a reader that stops early closes the connection', async t => {
  const { url, requests } = await raw(t, send(lengthOf(100_000), NOISE))
  const reply_ = await connect(t, url).transport.exchange({ method: 'GET', path: '/' }, async got => got)
  for await (const piece of reply_.chunks) if (piece.length > 0) break
  await requests[0]?.closed
  t.pass()
})

test('after a complete reply the connection is used again', async t => {
  const ports = new Set<number | undefined>()
  const { url, requests } = await raw(t, (socket, request) => {
    ports.add(socket.remotePort)
    return reply('x')(socket, request)
  })
  const connection = connect(t, url)
  await read(connection)
  await read(connection)
  t.is(requests.length, 2)
  t.is(ports.size, 1)
})

test('a connection that says something and ends while nobody uses it is not used again', async t => {
  const late = `HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`
  const closed: Promise<unknown>[] = []
  const { url, requests } = await raw(t, async (socket, request) => {
    closed.push(once(socket, 'close'))
    await reply('x')(socket, request)
    await sleep(50)
    socket.end(late)
  })
  const connection = connect(t, url)
  for (let number = 1; number <= 2; number++) {
    await connection.transport.exchange({ method: 'POST', path: '/i/_doc', body: '{}' }, async () => {})
    await closed.at(-1) // by the client too, however long that takes
    t.is(requests.length, number)
  }
})

test('a reader that waits lets the server wait', async t => {
  let sent = 0
  const { url } = await raw(t, async socket => {
    socket.write(head(200))
    while (!socket.destroyed) {
      if (socket.writableLength < 1_000_000) socket.write(TEXT)
      else await sleep(5)
      sent = socket.bytesWritten
    }
  })
  let pieces = 0
  const controller = new AbortController()
  await read(connect(t, url), {
    signal: controller.signal,
    take: async () => {
      if (pieces++ < 3) return
      await sleep(700)
      controller.abort()
    },
  })
  t.true(sent > 0 && sent < 30_000_000, `${sent} bytes`)
})

test('aborted in the middle', async t => {
  const { url, requests } = await raw(t, send(lengthOf(100), 'x'))
  const controller = new AbortController()
  const { error } = await read(connect(t, url), { signal: controller.signal, take: () => controller.abort() })
  t.is(error?.fault, 'aborted')
  await requests[0]?.closed
})

test('nothing after the head', async t => {
  const { url } = await raw(t, [send(lengthOf(5)), hang])
  t.is((await read(connect(t, url), { timeout: 200 })).error?.fault, 'timeout')
})

test('replies that arrive side by side, fast and slowly, keep their bytes, and their connections are used again', async t => {
  const bodyOf = (path: string) => Buffer.alloc(3_000_000, `${path} `.repeat(1000))
  const server = createServer((request, response) => response.end(bodyOf(request.url ?? '')))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const connections = new Set<unknown>()
  server.on('connection', socket => connections.add(socket))
  const connection = connect(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const readSlowly = async (path: string) => {
    const pieces: Buffer[] = []
    const reply_ = await connection.transport.exchange({ method: 'GET', path }, async got => got)
    for await (const piece of reply_.chunks) {
      pieces.push(Buffer.from(piece))
      await sleep(20)
      t.true(piece.equals(pieces.at(-1) as Buffer), 'a chunk is valid until the next one')
    }
    return Buffer.concat(pieces)
  }
  const readWhole = async (path: string) => {
    const { body } = await connection.transport.request(
      { method: 'GET', path },
      { asStream: true, meta: true },
    )
    return Buffer.concat(await (body as unknown as Readable).toArray())
  }
  for (let round = 0; round < 3; round++)
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async number => {
        const path = `/${round}/${number}`
        const bytes = await (number % 2 === 0 ? readSlowly(path) : readWhole(path))
        t.true(bytes.equals(bodyOf(path)), path)
      }),
    )
  t.is(connections.size, 6)
})
