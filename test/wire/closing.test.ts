import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { Connection } from '../../src/connection.ts'
import type { Target } from '../../src/wire/pool.ts'
import { authority } from '../support/certificates.ts'
import { answer, found, hang, raw, reply, reset, send } from '../support/raw.ts'
import { connect, hitsOf } from './_connect.ts'

test('closing while the alias is looked up: what was asked ends, and the next one is answered', async t => {
  const { url } = await raw(t, answer(['{"_id":"1"}']))
  const target: Target = { nodes: [url], tls: { verify: true } }
  const slow = async () => {
    await sleep(100)
    return target
  }
  const connection = new Connection('logs', { names: () => new Map(), target: slow })
  t.teardown(() => connection.close())
  const first = hitsOf(connection)
  await connection.close()
  const second = hitsOf(connection)
  t.is((await first).error?.fault, 'aborted')
  t.deepEqual(await second, { hits: ['{"_id":"1"}'] })
  t.deepEqual(await hitsOf(connection), { hits: ['{"_id":"1"}'] })
})

test('closing while a request waits for its next attempt: nothing is sent any more', async t => {
  const { url, requests } = await raw(t, reply('{}', 429, { 'retry-after': '1' }))
  const connection = connect(t, url)
  const write = t.throwsAsync(connection.index({ index: 'x', document: {} }))
  for (let tries = 0; requests.length === 0 && tries < 100; tries++) await sleep(10)
  await connection.close()
  t.is(((await write) as { fault?: string }).fault, 'aborted')
  await sleep(1200)
  t.is(requests.length, 1)
})

test('closing while a reply is waited for ends that, and opens nothing', async t => {
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

test('an abort while a broken connection is looked at again counts', async t => {
  const ours = await authority()
  const { url } = await raw(t, reset(send()), { tls: await ours.issue() })
  const connection = connect(t, url, { tls: { verify: true, ca: ours.pem }, retries: 0 })
  const { error } = await hitsOf(connection, { signal: AbortSignal.timeout(150) })
  t.is(error?.fault, 'aborted')
})

test('what is given as undefined is not given', async t => {
  const { url } = await raw(t, answer(['{"_id":"1"}']))
  const options = { timeout: undefined, maxSize: undefined, retries: undefined, signal: undefined }
  t.deepEqual(await hitsOf(connect(t, url), options as never), { hits: ['{"_id":"1"}'] })
})

test('what a secret also is does not change how a reply is understood', async t => {
  const { url } = await raw(t, reply(JSON.parse(found(['{"_id":"1"}']))))
  const connection = connect(t, url, { auth: { username: 'ada', password: 'json' } })
  t.is((await connection.search({ index: 'x' })).hits.hits.length, 1)
})

test('many requests at once leave no warning', async t => {
  const warnings: Error[] = []
  const note = (warning: Error) => void warnings.push(warning)
  process.on('warning', note)
  const { url } = await raw(t, answer(['{"_id":"1"}']))
  const connection = connect(t, url)
  await Promise.all(Array.from({ length: 30 }, () => hitsOf(connection)))
  await sleep(50)
  process.off('warning', note)
  t.deepEqual(warnings, [])
})
