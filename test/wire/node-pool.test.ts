import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { ConnectionSettings } from '../../src/config/types.ts'
import { Connection } from '../../src/connection.ts'
import { authority } from '../support/certificates.ts'
import { answer, hang, raw, reply, reset, type Script, send } from '../support/raw.ts'
import { connect, hitsOf } from './_connect.ts'

const HIT = '{"_id":"1"}'

test('a node that failed is tried last for a while', async t => {
  const script: Script[] = [reset(send()), answer([HIT])]
  const [failing, other] = [await raw(t, script), await raw(t, answer([HIT]))]
  const connection = connect(t, [failing.url, other.url])
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.deepEqual([failing.requests.length, other.requests.length], [1, 2])
})

test('requests that are spread begin with the next node each, and fail over to the others', async t => {
  const nodes = [await raw(t, answer([HIT])), await raw(t, answer([HIT])), await raw(t, reset(send()))]
  const connection = connect(
    t,
    nodes.map(({ url }) => url),
  )
  for (let request = 0; request < 6; request++)
    t.deepEqual((await hitsOf(connection, { spread: true })).hits, [HIT])
  t.deepEqual(
    nodes.map(({ requests }) => requests.length),
    [4, 2, 1],
  )
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.is(nodes[0]?.requests.length, 5)
})

test('closing the connection closes its idle sockets, and it can be used again', async t => {
  const { url, requests } = await raw(t, answer([]))
  const connection = connect(t, url)
  await hitsOf(connection)
  await connection.close()
  await requests[0]?.closed
  t.is((await hitsOf(connection)).error, undefined)
})

test('closing while the settings are loaded: the request is aborted, and the next one succeeds', async t => {
  const { url } = await raw(t, answer([HIT]))
  const target: ConnectionSettings = { nodes: [url], tls: { verify: true } }
  const slow = async () => {
    await sleep(100)
    return target
  }
  const connection = new Connection('logs', { names: () => new Map(), settings: slow })
  t.teardown(() => connection.close())
  const first = hitsOf(connection)
  await connection.close()
  const second = hitsOf(connection)
  t.is((await first).error?.fault, 'aborted')
  t.deepEqual(await second, { hits: [HIT] })
  t.deepEqual(await hitsOf(connection), { hits: [HIT] })
})

test('closing while a request waits for its next attempt: nothing more is sent', async t => {
  const { url, requests } = await raw(t, reply('{}', 429, { 'retry-after': '1' }))
  const connection = connect(t, url)
  const write = t.throwsAsync(connection.index({ index: 'x', document: {} }))
  for (let tries = 0; requests.length === 0 && tries < 100; tries++) await sleep(10)
  await connection.close()
  t.is(((await write) as { fault?: string }).fault, 'aborted')
  await sleep(1200)
  t.is(requests.length, 1)
})

test('closing while a request waits for its reply aborts it, and opens no connection', async t => {
  const ours = await authority()
  let opened = 0
  const greet = () => {
    opened += 1
  }
  const { url, requests } = await raw(t, hang, { tls: await ours.issue(), greet })
  const connection = connect(t, url, { tls: { verify: true, ca: ours.pem } })
  const search = hitsOf(connection)
  for (let tries = 0; requests.length === 0 && tries < 200; tries++) await sleep(10)
  const before = opened
  await connection.close()
  t.is((await search).error?.fault, 'aborted')
  await sleep(300)
  t.is(opened, before)
})

test('closing aborts a request that is under way, and it is not sent again', async t => {
  const { url, requests } = await raw(t, hang)
  const connection = connect(t, url)
  const pending = t.throwsAsync(connection.count({ index: 'entry' }))
  while (requests.length === 0) await sleep(20)
  await connection.close()
  await pending
  await requests[0]?.closed
  t.is(requests.length, 1)
})
