import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { EsconnError } from '../../src/errors.ts'
import { errorText, type Reply } from '../../src/wire/exchange.ts'
import { connect } from './_connect.ts'

/** Sends a body that is read meanwhile to a server, with this time limit; returns the reply's text or the error. */
async function post(t: ExecutionContext, listener: RequestListener, body: Readable, timeout: number) {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const { transport } = connect(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const call = { method: 'POST', path: '/_bulk', body }
  const read = (reply: Reply) => errorText(reply)
  return await transport.exchange(call, read, { timeout }).catch((error: EsconnError) => error)
}

const echo: RequestListener = async (request, response) => response.end(await text(request))

async function* endless() {
  for (;;) {
    yield Buffer.alloc(65_536, ' ')
    await sleep(0)
  }
}

/** Waits until nothing more is read of a body: otherwise the test times out. */
const isClosed = (body: Readable) => finished(body).catch(() => {})

test('a body that comes slowly does not use up the time limit', async t => {
  const slowly = Readable.from(
    (async function* () {
      for (const part of ['{"a":1}\n', '{"b":2}\n']) {
        await sleep(2500)
        yield Buffer.from(part)
      }
    })(),
  )
  t.is(await post(t, echo, slowly, 1000), '{"a":1}\n{"b":2}\n')
})

test('a body in one piece', async t => {
  t.is(await post(t, echo, Readable.from([Buffer.from('{"a":1}')]), 20_000), '{"a":1}')
})

test('a node that takes no more of the body, or does not answer after it: 28', async t => {
  for (const body of [Readable.from(endless()), Readable.from([Buffer.from('{}')])]) {
    const error = (await post(t, () => {}, body, 500)) as EsconnError
    t.deepEqual([error.fault, error.what], ['timeout', 'no answer within 500ms'])
    await isClosed(body)
  }
})

test('a node that refuses a body is not sent the rest', async t => {
  const body = Readable.from(endless())
  const error = (await post(t, (_, response) => response.writeHead(413).end(), body, 20_000)) as EsconnError
  t.deepEqual([error.fault, error.what], ['refused', 'the request is too large (413)'])
  await isClosed(body)
})

test('a body that cannot be read: 66', async t => {
  const body = Readable.from(
    (async function* () {
      yield Buffer.from('{}')
      throw new Error('EIO: i/o error, read')
    })(),
  )
  const error = (await post(t, echo, body, 20_000)) as EsconnError
  t.deepEqual([error.fault, error.what], ['input', 'the body cannot be read: EIO: i/o error, read'])
})
