import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { proxyFor } from '../../../src/config/proxy.ts'
import type { EsconnError, Fault } from '../../../src/errors.ts'
import { authority, fingerprint, selfSigned } from '../../support/certificates.ts'
import { proxy, withLogin } from '../../support/proxy.ts'
import { answer, fin, hang, head, nobody, raw, reply, reset, type Script, send } from '../../support/raw.ts'
import { connect, hitsOf, read } from '../_connect.ts'
import type { TlsFields } from '../_tls.ts'

const HIT = '{"_id":"1","_source":{"n":1.0,"big":12345678901234567890}}'

/** A connection to a node through a proxy. */
const through = (t: ExecutionContext, proxyUrl: string, node: string | string[], tls: TlsFields = {}) =>
  connect(t, node, {
    proxies: new Map([node].flat().map(url => [url, proxyUrl])),
    tls: { verify: true, ...tls },
    auth: { apiKey: 'k3y' },
  })

const portOf = (url: string): string => new URL(url).port

test('an http:// node', async t => {
  const node = await raw(t, answer([HIT]))
  const { url, asked } = await proxy(t)
  t.deepEqual(await hitsOf(through(t, url, node.url)), { hits: [HIT] })
  t.deepEqual(
    asked.map(({ method, target }) => `${method} ${target}`),
    [`CONNECT 127.0.0.1:${portOf(node.url)}`],
  )
  t.is(node.requests[0]?.path, '/entry/_search')
})

test('an https:// node', async t => {
  const ours = await authority()
  const node = await raw(t, answer([HIT]), { tls: await ours.issue() })
  const { url, asked } = await proxy(t)
  t.deepEqual(await hitsOf(through(t, url, node.url, { ca: ours.pem })), { hits: [HIT] })
  t.is(asked.length, 1)
})

test('a path in the address of the node', async t => {
  const node = await raw(t, answer([HIT]))
  const { url } = await proxy(t)
  t.deepEqual(await hitsOf(through(t, url, `${node.url}/es`)), { hits: [HIT] })
  t.is(node.requests[0]?.path, '/es/entry/_search')
})

test("the node's certificate is verified as without a proxy", async t => {
  const ours = await authority()
  const { url } = await proxy(t)
  const node = await raw(t, answer([HIT]), { tls: await ours.issue({ host: 'es1.example' }) })
  for (const [tls, fault] of [
    [{}, 'untrusted'],
    [{ ca: ours.pem }, 'untrusted'],
    [{ ca: ours.pem, serverName: 'es1.example' }, undefined],
    [{ caFingerprint: fingerprint(ours.pem), serverName: 'es1.example' }, 'untrusted'],
    [{ verify: false }, undefined],
  ] as const) {
    t.is((await hitsOf(through(t, url, node.url, tls))).error?.fault, fault, JSON.stringify(tls))
  }
  t.is(node.requests.length, 2)
})

test('a pinned certificate, through the tunnel', async t => {
  const ours = await authority()
  const own = await ours.issue()
  const node = await raw(t, answer([HIT]), { tls: { ...own, cert: own.cert + ours.pem } })
  const { url, asked } = await proxy(t)
  t.deepEqual(await hitsOf(through(t, url, node.url, { caFingerprint: fingerprint(ours.pem) })), {
    hits: [HIT],
  })
  t.is(asked.length, 2, 'one to find the certificate, one for the request')
})

test("the proxy gets only its own credentials, the node only the alias's", async t => {
  const node = await raw(t, answer([HIT]))
  const server = await proxy(t, { login: 'ada:p@ss/ wörd%' })
  const url = withLogin(server, 'ada:p%40ss%2F%20w%C3%B6rd%25')
  t.deepEqual(await hitsOf(through(t, url, node.url)), { hits: [HIT] })
  t.is(node.requests[0]?.headers.authorization, 'ApiKey k3y')
  t.is(node.requests[0]?.headers['proxy-authorization'], undefined)
  t.is(server.asked[0]?.headers.authorization, undefined)
  t.deepEqual(Object.keys(server.asked[0]?.headers ?? {}).toSorted(), [
    'host',
    'proxy-authorization',
    'proxy-connection',
  ])
})

test('a tunnel is used again', async t => {
  const node = await raw(t, answer([HIT]))
  const { url, asked } = await proxy(t)
  const connection = through(t, url, node.url)
  for (let sent = 0; sent < 3; sent++) t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.deepEqual([node.requests.length, asked.length], [3, 1])
})

test('many at once', async t => {
  const node = await raw(t, answer([HIT]))
  const { url } = await proxy(t)
  const connection = through(t, url, node.url)
  const all = await Promise.all(Array.from({ length: 300 }, () => hitsOf(connection)))
  t.deepEqual(
    all.filter(({ hits }) => hits.length !== 1),
    [],
  )
})

interface RefusingProxy {
  /** What the proxy does with the request. */
  script?: Script
  /** The URL of the proxy, instead of a script. */
  url?: (t: ExecutionContext) => Promise<string>
  fault: Fault
  words: string
  advice?: RegExp
}

const isRefused = test.macro(async (t, { script = hang, url, fault, words, advice = /^/ }: RefusingProxy) => {
  for (const tls of [undefined, await selfSigned()]) {
    const node = await raw(t, answer([HIT]), tls ? { tls } : {})
    const wall = url ? await url(t) : (await raw(t, script)).url.replace('//', '//ada:s3cret@')
    const { error } = await hitsOf(through(t, wall, node.url), { timeout: 500 })
    const shown = wall.replace(/\/\/.*@/, '//')
    t.is(error?.fault, fault)
    t.is(
      error?.message.replace(node.url, 'NODE').replace(shown, 'PROXY').replace(portOf(node.url), 'PORT'),
      `logs: ${words}`,
    )
    t.regex(error?.advice ?? '', advice)
    t.false(inspect(error, { depth: 9 }).includes('s3cret'))
    t.is(node.requests.length, 0)
  }
})

const CONNECT = 'CONNECT 127.0.0.1:PORT'

for (const status of [101, 302, 403, 429, 502, 503]) {
  test(`a proxy that answers ${status}`, isRefused, {
    script: fin(send(head(status, { 'content-length': 0 }))),
    fault: 'unreachable',
    words: `NODE: the proxy PROXY answered ${status} to ${CONNECT}`,
    advice: /^the proxy may not allow connections to this node/,
  })
}
for (const status of [201, 299]) {
  test(`a proxy that answers ${status} opens the tunnel`, async t => {
    const { url } = await raw(t, [send(head(status)), answer([HIT])])
    t.deepEqual(await hitsOf(through(t, url, 'http://es1.example:9200')), { hits: [HIT] })
  })
}
test('a proxy that rejects the credentials', isRefused, {
  script: send(head(407, { 'proxy-authenticate': 'Basic realm="x"', 'content-length': 0 })),
  fault: 'denied',
  words: 'NODE: the proxy PROXY rejected the credentials (407)',
  advice: /^put user and password in `proxy` of the alias: http:\/\/user:password@host:port$/,
})
test('a proxy that requires another authentication scheme', isRefused, {
  script: send(head(407, { 'proxy-authenticate': 'Negotiate', 'content-length': 0 })),
  fault: 'denied',
  words: 'NODE: the proxy PROXY rejected the credentials (407)',
  advice: /^it requires Negotiate, but only user and password \(Basic\) are supported$/,
})
test('a proxy that repeats the credentials', isRefused, {
  script: send(head(407, { 'proxy-authenticate': 's3cret', 'content-length': 0 })),
  fault: 'denied',
  words: 'NODE: the proxy PROXY rejected the credentials (407)',
  advice: /^put user and password in/,
})
test('a proxy that speaks another protocol', isRefused, {
  script: send('SSH-2.0-OpenSSH_9.6\r\n'),
  fault: 'foreign',
  words: 'NODE: the proxy PROXY: the reply is not HTTP',
  advice: /URL of the proxy/,
})
test('a proxy that does not answer', isRefused, {
  script: hang,
  fault: 'timeout',
  words: `NODE: no answer from the proxy PROXY to ${CONNECT} within 500ms`,
})
for (const [how, script] of Object.entries({ ends: fin(send()), resets: reset(send()) })) {
  test(`a proxy that ${how} the connection`, isRefused, {
    script,
    fault: 'unreachable',
    words: `NODE: the proxy PROXY closed the connection instead of answering ${CONNECT}`,
    advice: /^is the proxy running/,
  })
}
test('a proxy that is down', isRefused, {
  url: async () => (await nobody()).replace('//', '//ada:s3cret@'),
  fault: 'unreachable',
  words: 'NODE: the proxy PROXY: connection refused',
  advice: /^is the proxy running/,
})
test('a proxy whose host name is not found', isRefused, {
  url: async () => 'http://ada:s3cret@proxy.invalid:3128',
  fault: 'unresolved',
  words: 'NODE: the proxy PROXY: host name not found',
  advice: /^check the host in the URL of the proxy$/,
})
test('a proxy whose certificate is not trusted', isRefused, {
  url: async t => (await proxy(t, { tls: await selfSigned() })).url.replace('//', '//ada:s3cret@'),
  fault: 'untrusted',
  words: 'NODE: the proxy PROXY: the certificate is self-signed',
  advice: /NODE_EXTRA_CA_CERTS/,
})
test('https:// to a plain proxy', isRefused, {
  url: async t => (await proxy(t)).url.replace('http://', 'https://ada:s3cret@'),
  fault: 'tls',
  words: 'NODE: the proxy PROXY: the server does not speak TLS',
  advice: /^if the proxy speaks plain HTTP, use http:\/\/ in its URL$/,
})

test('a wrong password', async t => {
  const node = await raw(t, answer([HIT]))
  const server = await proxy(t, { login: 'ada:right' })
  const { error } = await hitsOf(through(t, withLogin(server, 'ada:wrong'), node.url))
  t.is(error?.message, `logs: ${node.url}: the proxy ${server.url} rejected the credentials (407)`)
  t.is(server.asked.length, 1)
})

test('a write goes to the next node after a refused CONNECT', async t => {
  const node = await raw(t, reply({ result: 'created' }, 201))
  const [closed, open] = [await raw(t, send(head(502, { 'content-length': 0 }))), await proxy(t)]
  const first = 'http://es1.example:9200'
  const proxies = new Map([
    [first, closed.url],
    [node.url, open.url],
  ])
  await connect(t, [first, node.url], { proxies }).index({ index: 'entry', document: { a: 1 } })
  t.deepEqual([closed.requests.length, node.requests.length], [1, 1])
})

test('a write is not sent again once the tunnel is open', async t => {
  const node = await raw(t, reset(send()))
  const { url } = await proxy(t)
  const write = through(t, url, [node.url, `${node.url}/2`]).index({ index: 'entry', document: { a: 1 } })
  t.is((await t.throwsAsync<EsconnError>(async () => await write))?.fault, 'reset')
  t.is(node.requests.length, 1)
})

test('bytes that arrive with the answer to CONNECT are not lost', async t => {
  const early = `${head(200)}${head(200, { 'content-length': 1 })}x`
  const { url } = await raw(t, send(early))
  t.is((await read(through(t, url, 'http://es1.example:9200'))).bytes.toString(), 'x')
})

test('CONNECT has an IPv6 node in brackets; an IPv6 proxy is connected to', async t => {
  const server = await proxy(t, { host: '::1' })
  const { error } = await hitsOf(through(t, server.url, 'http://[::1]:1'))
  t.is(error?.fault, 'unreachable')
  t.is(server.asked[0]?.target, '[::1]:1')
})

test('CONNECT has the default port if the URL of the node has none', async t => {
  const server = await proxy(t)
  const { url, requests } = await raw(t, send(head(502)))
  await hitsOf(through(t, url, ['http://es1.example', 'https://es1.example']))
  t.deepEqual(
    requests.map(({ path }) => path),
    ['es1.example:80', 'es1.example:443'],
  )
  t.deepEqual(server.asked, [])
})

test('a node in no_proxy is reached without the proxy', async t => {
  const nodes = [await raw(t, answer([HIT])), await raw(t, answer([HIT]))] as const
  const server = await proxy(t)
  const [one, two] = [nodes[0].url, nodes[1].url.replace('127.0.0.1', 'localhost')]
  const env = { http_proxy: server.url, no_proxy: 'localhost' }
  const proxies = new Map(
    [one, two].flatMap(node => {
      const found = proxyFor(node, env)
      return found ? [[node, found] as const] : []
    }),
  )
  for (const node of [one, two]) t.deepEqual(await hitsOf(connect(t, node, { proxies })), { hits: [HIT] })
  t.deepEqual(
    server.asked.map(({ target }) => target),
    [new URL(one).host],
  )
})

test('aborting a request ends its CONNECT', async t => {
  const { url, requests } = await raw(t, hang)
  const controller = new AbortController()
  const searching = hitsOf(through(t, url, 'https://es1.example:9200'), { signal: controller.signal })
  while (requests.length === 0) await sleep(10)
  controller.abort()
  t.is((await searching).error?.fault, 'aborted')
  await requests[0]?.closed
})

test('a timeout ends the CONNECT', async t => {
  const { url, requests } = await raw(t, hang)
  const { error } = await hitsOf(through(t, url, 'https://es1.example:9200'), { timeout: 200 })
  t.is(error?.fault, 'timeout')
  await requests[0]?.closed
})

test('closing the connection ends the CONNECT', async t => {
  const { url, requests } = await raw(t, hang)
  const connection = through(t, url, 'https://es1.example:9200')
  const searching = hitsOf(connection)
  while (requests.length === 0) await sleep(10)
  await connection.close()
  t.is((await searching).error?.fault, 'aborted')
  await requests[0]?.closed
})

test('a TLS handshake in the tunnel that gets no answer', async t => {
  const { url, requests } = await raw(t, send(head(200)))
  const { error } = await hitsOf(through(t, url, 'https://es1.example:9200'), { timeout: 300 })
  t.is(error?.message, 'logs: https://es1.example:9200: no answer within 300ms')
  await requests[0]?.closed
})

test('a proxy that closes the tunnel during the TLS handshake', async t => {
  const { url } = await raw(t, fin(send(head(200))))
  const { error } = await hitsOf(through(t, url, 'https://es1.example:9200'), { timeout: 3000 })
  t.is(error?.fault, 'tls')
})

test('a proxy that closes the tunnel between two requests', async t => {
  const node = await raw(t, answer([HIT]))
  const server = await proxy(t)
  const connection = through(t, server.url, node.url)
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  server.drop()
  await sleep(50)
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.is(server.asked.length, 2)
})

/** Runs a process that searches and leaves its connections open. */
async function inProcess(target: object, proxyUrl: string, env: Record<string, string> = {}) {
  const { nodes } = target as { nodes: string[] }
  const proxies = nodes.map(node => [node, proxyUrl])
  const script = join(import.meta.dirname, '_search-twice.ts')
  const child = spawn(process.execPath, ['--import=tsx', script, JSON.stringify({ ...target, proxies })], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = text(child.stdout)
  const [status] = await once(child, 'close')
  return { status, said: await said }
}

/** A file with this text; removed after the test. */
function file(t: ExecutionContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'esconn-test-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'file.pem'), text)
  return join(directory, 'file.pem')
}

for (const kind of ['http', 'https'] as const) {
  test(`an https:// proxy, to an ${kind}:// node; the process ends`, async t => {
    const [ours, theirs] = [await authority(), await authority({ name: 'another authority' })]
    const node = await raw(t, answer([HIT]), kind === 'https' ? { tls: await ours.issue() } : {})
    const server = await proxy(t, { tls: await theirs.issue(), login: 'ada:pw' })
    const target = { nodes: [node.url], tls: { verify: true, ca: ours.pem } }
    const env = { NODE_EXTRA_CA_CERTS: file(t, theirs.pem) }
    const started = performance.now()
    t.deepEqual(await inProcess(target, withLogin(server, 'ada:pw'), env), {
      status: 0,
      said: `${HIT}\n${HIT}\n`,
    })
    t.true(performance.now() - started < 30_000)
    t.deepEqual([node.requests.length, server.asked.length], [2, 1])
  })
}

test('a proxy that does not answer does not keep the process running', async t => {
  const { url } = await raw(t, hang)
  const node = 'https://es1.example:9200'
  const late = `logs: ${node}: no answer from the proxy ${url} to CONNECT es1.example:9200 within 300ms\n`
  const outcome = await inProcess({ nodes: [node], tls: { verify: true }, timeout: 300 }, url)
  t.deepEqual(outcome, { status: 0, said: late + late })
})
