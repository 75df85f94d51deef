import { inspect } from 'node:util'
import { errors } from '@elastic/elasticsearch'
import test from 'ava'
import type { ConnectionSettings } from '../../src/config/types.ts'
import type { EsconnError } from '../../src/errors.ts'
import { authority, days } from '../support/certificates.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { answer, found, nobody, type RawRequest, raw, reply, type Script, send } from '../support/raw.ts'
import { connect, hitsOf } from './_connect.ts'

const AUTHS: Record<string, NonNullable<ConnectionSettings['auth']>> = {
  basic: { username: 'ada', password: 's3cret-basic' },
  apiKey: { apiKey: 's3cret-apikey' },
  bearer: { bearer: 's3cret-bearer' },
}
const HEADERS: Record<string, string> = {
  basic: `Basic ${Buffer.from('ada:s3cret-basic').toString('base64')}`,
  apiKey: 'ApiKey s3cret-apikey',
  bearer: 'Bearer s3cret-bearer',
}

/** Repeats the credentials, as a careless proxy may. */
const echo: Script = (socket, request: RawRequest) =>
  reply({ error: { type: 'denied', reason: `who is ${request.headers.authorization}?` } }, 401)(
    socket,
    request,
  )

for (const [kind, auth] of Object.entries(AUTHS)) {
  const header = HEADERS[kind] as string
  const secrets = ['s3cret', header.split(' ')[1] as string]
  const isClean = (text: string) => !secrets.some(secret => text.includes(secret))

  test(`${kind}: the server gets it`, async t => {
    const { url, requests } = await raw(t, answer([]))
    await hitsOf(connect(t, url, { auth }))
    t.is(requests[0]?.headers.authorization, header)
  })

  test(`${kind}: inspecting does not show it`, async t => {
    const { url } = await raw(t, answer([]))
    const connection = connect(t, [url, await nobody()], { auth })
    await hitsOf(connection)
    const { transport, connectionPool } = connection
    for (const shown of [connection, { connection }, transport, connectionPool, connectionPool.connections]) {
      const text =
        inspect(shown, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(shown)
      t.true(isClean(text), text)
    }
  })

  test(`${kind}: no error contains it, even if the server repeats it`, async t => {
    const { url } = await raw(t, echo)
    const connection = connect(t, url, { auth })
    const ours = (await hitsOf(connection)).error
    const theirs = await t.throwsAsync(connection.cat.indices(), { instanceOf: errors.ResponseError })
    const refused = (await hitsOf(connect(t, await nobody(), { auth }))).error
    t.is(ours?.message, `logs: denied: who is ${header.split(' ')[0]} [redacted]? (401)`)
    for (const error of [ours, theirs, refused]) {
      const text =
        inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(error)
      t.true(isClean(text), text)
    }
  })

  test(`${kind}: -v does not show it`, async t => {
    const { url } = await raw(t, [echo, answer([])])
    const cwd = configured(t, { aliases: { default: { node: url, auth } } })
    for (const expected of [4, 0]) {
      const { status, stdout, stderr } = await esconn(['search', 'entry', '-v'], { cwd })
      t.is(status, expected)
      t.true(isClean(stdout + stderr.join('\n')), stderr.join('\n'))
      t.true(
        stderr.some(line => line.startsWith(`POST ${url}/entry/_search -> `)),
        stderr.join('\n'),
      )
    }
  })
}

test('user and password of a URL are decoded, sent and never shown', async t => {
  const { url, requests } = await raw(t, echo)
  const node = url.replace('//', '//ada:s3cret%2Fpw@')
  const cwd = configured(t, { aliases: { default: { node } } })
  const { stderr } = await esconn(['search', 'entry', '-v'], { cwd })
  t.is(requests[0]?.headers.authorization, `Basic ${Buffer.from('ada:s3cret/pw').toString('base64')}`)
  t.false(stderr.join('\n').includes('s3cret'), stderr.join('\n'))
})

test('a password that is also a key of an error does not change what the error means', async t => {
  const body = { error: { type: 'parsing_exception', reason: 'an error in line 1' } }
  const { url } = await raw(t, reply(body, 400))
  const connection = connect(t, url, { auth: { username: 'ada', password: 'error' } })
  const ours = (await hitsOf(connection)).error
  t.deepEqual(
    [ours?.fault, ours?.message],
    ['refused', 'logs: parsing_exception: an [redacted] in line 1 (400)'],
  )
  const theirs = await t.throwsAsync(connection.cat.indices(), { instanceOf: errors.ResponseError })
  t.is((theirs?.body as typeof body | undefined)?.error.reason, 'an [redacted] in line 1')
})

test('a password that JSON escapes is redacted', async t => {
  const password = 'pa"ss\\w'
  const { url } = await raw(t, reply({ error: { type: 'a', reason: `login ${password} failed` } }, 400))
  const connection = connect(t, url, { auth: { username: 'ada', password } })
  t.is((await hitsOf(connection)).error?.message, 'logs: a: login [redacted] failed (400)')
  const theirs = await t.throwsAsync(connection.cat.indices(), { instanceOf: errors.ResponseError })
  t.false(JSON.stringify(theirs?.body).includes('pa\\"ss'))
})

test('the reason of a failed shard is redacted', async t => {
  const failures = [{ shard: -1, index: null, reason: { type: 'x', reason: 's3cret-key' } }]
  const { url } = await raw(t, answer([], { _shards: { total: 2, successful: 1, failed: 1, failures } }))
  const { error } = await hitsOf(connect(t, url, { auth: { apiKey: 's3cret-key' } }))
  t.is(error?.message, 'logs: incomplete: 1 of 2 shards did not answer (one of them: x: [redacted])')
})

test('a secret at the end of a long message, where it is shortened, is redacted', async t => {
  for (const before of [470, 480, 490, 499]) {
    const { url } = await raw(
      t,
      reply({ error: { type: 't', reason: `${'y'.repeat(before)}s3cret-key` } }, 400),
    )
    const { error } = await hitsOf(connect(t, url, { auth: { apiKey: 's3cret-key' } }))
    t.notRegex(error?.message ?? '', /s3/)
  }
})

test('a secret that is also part of a content type does not change how a reply is parsed', async t => {
  const { url } = await raw(t, reply(JSON.parse(found(['{"_id":"1"}']))))
  const connection = connect(t, url, { auth: { username: 'ada', password: 'json' } })
  t.is((await connection.search({ index: 'x' })).hits.hits.length, 1)
})

/** Each place of a reply in which a server may repeat a secret. */
const SECRET = 's3cret-bearer'
const partial = (failure: object) =>
  reply({
    timed_out: false,
    _shards: { total: 2, successful: 1, failed: 1, failures: [failure] },
    hits: { hits: [] },
  })
const PLACES: Record<string, Script> = {
  'the name of an index that failed': partial({ index: SECRET, reason: { type: 'x', reason: 'y' } }),
  'a reason of a shard': partial({ index: 'a', reason: { type: SECRET, reason: `\u001b]0;${SECRET}` } }),
  'a key of _shards': reply(`{"_shards":{"${SECRET}":1,"${SECRET}":2,"total":1},"hits":{"hits":[]}}`),
  'the encoding': reply('{}', 200, { 'content-encoding': SECRET }),
  'the wait': reply('{}', 429, { 'retry-after': SECRET }),
  'the wait, behind a date': reply('{}', 429, { 'retry-after': `Mon (${SECRET}) 2040` }),
  'the type of the content': reply('{}', 400, { 'content-type': `application/${SECRET}` }),
  'the product': reply('{"error":"x"}', 400, { 'x-elastic-product': SECRET }),
  'another header': reply('{"error":"x"}', 400, { 'x-other': SECRET }),
  'a key of an error': reply(
    { error: { [SECRET]: 1, type: 'a', reason: 'b', caused_by: { [SECRET]: {} } } },
    400,
  ),
  'a redirect': reply('', 302, { location: `http://${SECRET}/${SECRET}?${SECRET}` }),
  'a warning': reply('{"error":"x"}', 400, { warning: `299 x "${SECRET}"` }),
  'a name of a header that is not valid': send(`HTTP/1.1 200 OK\r\n${SECRET} x: 1\r\n\r\n`),
  'what is not HTTP': send(`${SECRET}\r\n\r\n`),
  'a page': reply(`<html><title>${SECRET}</title>`, 403),
  'a line': reply(`no ${SECRET} here`, 503),
}
for (const [place, script] of Object.entries(PLACES))
  test(`no error shows a secret that is in ${place}`, async t => {
    const { url } = await raw(t, script)
    const connection = connect(t, url, { auth: { bearer: SECRET }, retries: 0 })
    const results: unknown[] = []
    const observe = (result: object) => results.push(result)
    results.push((await hitsOf(connection, { observe })).error)
    await connection.cat.indices().catch(error => results.push(error))
    await connection.search({ index: 'x' }, { meta: true }).catch(error => results.push(error))
    const text =
      inspect(results, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(results)
    t.false(text.includes(SECRET), text)
    t.false(Buffer.from(text).includes('s3cret'), text)
  })

test('what a server says is shortened', async t => {
  const long = 'x'.repeat(1_000_000)
  const scripts = [
    partial({ index: long, reason: { type: long, reason: long } }),
    reply({ error: { type: long, reason: long, root_cause: [{ type: long, reason: long }] } }, 400),
    reply('', 302, { location: `http://h/${long}`.slice(0, 900_000) }),
    reply(`<title>${long}</title>`, 502),
  ]
  for (const script of scripts) {
    const { url } = await raw(t, script)
    const { error } = await hitsOf(connect(t, url, { retries: 0 }))
    t.true(
      (error?.message.length ?? 0) > 0 && (error?.message.length ?? 0) < 2500,
      `${error?.message.length}`,
    )
  }
})

test('an error of more than 4 MiB keeps its status and reason, and a limit given to a method holds', async t => {
  const { url } = await raw(t, reply({ error: { type: 'a', reason: 'x'.repeat(5 * 2 ** 20) } }, 400))
  const error = await t.throwsAsync<EsconnError>(connect(t, url, { retries: 0 }).cat.indices())
  t.deepEqual([error.fault, error.status], ['refused', 400])
  t.regex(error.message, /^logs: a: x{400,}… \(400\)$/)
  const other = await raw(t, reply({ took: 'x'.repeat(2000) }))
  const limited = connect(t, other.url).search({ index: 'x' }, { maxResponseSize: 1000 })
  t.is((await t.throwsAsync<EsconnError>(limited)).fault, 'oversize')
})

test('a secret that only shows once the words of a server are put together', async t => {
  const secret = 'my s3cret: pass "x"'
  const escaped = JSON.stringify(secret).slice(1, -1)
  const scripts: Record<string, Script> = {
    'an escape in a body that is cut': reply(
      `{"error":{"type":"x","reason":"got \\u006dy${escaped.slice(2)}","y":"${'x'.repeat(5 * 2 ** 20)}"}}`,
      400,
    ),
    'blanks in a title': reply('<title>my\ts3cret:\npass "x"</title>', 500),
    'blanks in a message': reply({ message: 'my\ts3cret:\npass "x"' }, 500),
    'a type and a reason': reply({ error: { type: 'my s3cret', reason: 'pass "x"' } }, 400),
    'a warning': reply('{"error":"x"}', 400, { warning: '299 ES-9 "m\\y s3c\\ret: pass \\"x\\""' }),
    'a redirect': reply('', 302, { location: secret }),
  }
  for (const [place, script] of Object.entries(scripts)) {
    const { url } = await raw(t, script)
    const results: unknown[] = []
    const connection = connect(t, url, { auth: { bearer: secret }, retries: 0 })
    const { error } = await hitsOf(connection, { observe: result => results.push(result) })
    results.push(error, error?.message)
    t.false(inspect(results, { depth: 9 }).includes('s3cret'), `${place}: ${error?.message}`)
  }
})

for (const [title, body] of Object.entries({
  blanks: `a${' '.repeat(4_000_000)}\n<`,
  'titles that are not closed': '<title '.repeat(600_000),
  'the beginning of an error': `{"error":{${'"type" '.repeat(600_000)}`,
}))
  test(`a page of ${title} is read soon`, async t => {
    const { url } = await raw(t, reply(body, 500))
    const started = process.cpuUsage()
    const { error } = await hitsOf(connect(t, url, { retries: 0 }))
    const { user } = process.cpuUsage(started)
    t.is(error?.status, 500)
    t.true(user < 3_000_000, `${user} µs`)
  })

test('names of headers and a certificate do not show it either', async t => {
  const { url } = await raw(t, reply('{"error":"x"}', 400, { 'x-s3cret-bearer': '1', 'retry-after': '1' }))
  const error = await t.throwsAsync(connect(t, url, { auth: { bearer: SECRET } }).cat.indices())
  t.false(inspect(error, { depth: 9 }).includes(SECRET))
  const issuer = await authority({ until: days(100), name: SECRET })
  const tls = await issuer.issue({ until: days(10), host: `${SECRET}.example` })
  const node = await raw(t, answer([]), { tls })
  const refused = (await hitsOf(connect(t, node.url, { auth: { bearer: SECRET }, retries: 0 }))).error
  t.is(refused?.fault, 'untrusted')
  t.false(`${refused?.message} ${refused?.advice}`.includes(SECRET), refused?.message)
})

for (const [title, body] of Object.entries({
  'causes without end': `{"error":${'{"caused_by":'.repeat(100_000)}{"type":"a"}${'}'.repeat(100_000)},"status":400}`,
  'brackets without end': `{"error":${'['.repeat(500_000)}${']'.repeat(500_000)}}`,
}))
  test(`an error with ${title} is an error as others are`, async t => {
    const { url } = await raw(t, reply(body, 400, { 'content-type': 'application/json' }))
    const connection = connect(t, url, { retries: 0 })
    t.is((await hitsOf(connection)).error?.status, 400)
    await t.throwsAsync(connection.cat.indices(), { instanceOf: errors.ResponseError })
  })
