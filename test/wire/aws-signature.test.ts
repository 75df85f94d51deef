import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type OutgoingHttpHeaders, type RequestOptions, request as send } from 'node:http'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { Aws } from '../../src/config/types.ts'
import { createSigner } from '../../src/wire/aws-signature.ts'
import { type RawRequest, raw, reply } from '../support/raw.ts'
import { refusal, type SignedRequest, signatureOf } from '../support/signature.ts'

interface Sent {
  method?: string
  path: string
  headers?: OutgoingHttpHeaders
  body?: string | Buffer
}

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const ES: Aws = { region: 'eu-central-1', service: 'es', credentials: KEYS }
const AOSS: Aws = { ...ES, service: 'aoss' }
const TOKEN: Aws = { ...ES, credentials: { ...KEYS, sessionToken: 'FwoGZXIvYXdzE//////////wEaD+=' } }
const JSON_TYPE = { 'content-type': 'application/json' }

const signerOf = ({ region, service }: Aws) => ({ ...KEYS, region, service })
const signedNames = ({ headers }: SignedRequest) =>
  /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? []

/** Sends signed requests through `node:http`, and gives each as it arrived, the bytes of its body included. */
async function service(t: ExecutionContext, aws: Aws): Promise<(sent: Sent) => Promise<SignedRequest>> {
  let chunks: Buffer[] = []
  const greet = (socket: NodeJS.EventEmitter) => {
    chunks = []
    socket.on('data', chunk => chunks.push(chunk))
  }
  const { url, requests } = await raw(t, reply(''), { greet })
  const { protocol, hostname, port } = new URL(url)
  const sign = await createSigner(aws)
  return async ({ method = 'GET', path, headers = {}, body }) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const options = {
      protocol,
      hostname,
      port,
      method,
      path,
      headers: { ...headers, ...length },
      agent: false,
    }
    const request = send(sign(options, body)).end(body)
    const [response] = await once(request, 'response')
    await once(response.resume(), 'end')
    const bytes = Buffer.concat(chunks)
    const head = requests.at(-1) as RawRequest
    return { ...head, body: bytes.subarray(bytes.indexOf('\r\n\r\n') + 4) }
  }
}

const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some(file => file.includes('/aws4/'))
test.serial('aws4 is loaded when it is needed', async t => {
  t.false(isLoaded())
  await createSigner(ES)
  t.true(isLoaded())
})

const FORM = 'application/x-www-form-urlencoded'
const LIST = '/?Action=ListUsers&Version=2010-05-08'

/** AWS's own test suite (aws-sig-v4-test-suite), by the names there. */
const SUITE: [string, Sent, string][] = [
  ['get-vanilla', { path: '/' }, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    { path: '/?Param2=value2&Param1=value1' },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-query-order-key',
    { path: '/?Param1=value2&Param1=Value1' },
    'eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1',
  ],
  [
    'get-vanilla-utf8-query',
    { path: '/?ሴ=bar' },
    '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  ],
  ['get-utf8', { path: '/ሴ' }, '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85'],
  [
    'get-space',
    { path: '/example space/' },
    '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  ],
  [
    'get-relative',
    { path: '/example/..' },
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'post-x-www-form-urlencoded',
    { method: 'POST', path: '/', headers: { 'content-type': FORM }, body: 'Param1=value1' },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
]

const publishedBy = (service: string, { method = 'GET', path, headers, body = '' }: Sent): string => {
  const all = { host: 'example.amazonaws.com', ...headers, 'x-amz-date': '20150830T123600Z' }
  const request = { method, path, headers: all, body: Buffer.from(body) } as SignedRequest
  return signatureOf(request, Object.keys(all).toSorted(), { ...KEYS, region: 'us-east-1', service })
}
for (const [name, sent, signature] of SUITE) {
  test(`the verifier agrees with ${name}`, t => t.is(publishedBy('service', sent), signature))
}
test("the verifier agrees with the user guide's example", t => {
  const headers = { host: 'iam.amazonaws.com', 'content-type': `${FORM}; charset=utf-8` }
  const signature = publishedBy('iam', { path: LIST, headers })
  t.is(signature, '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7')
})

/** The signature of what is sent is valid, and with any byte changed it is not. */
const verifies = test.macro(async (t, aws: Aws, sent: Sent, path: string = sent.path) => {
  const arrived = await (await service(t, aws))(sent)
  const refused = (change: Partial<SignedRequest>) => refusal({ ...arrived, ...change }, signerOf(aws))
  t.is(refused({}), undefined)
  t.is(arrived.path, path)
  t.deepEqual(arrived.body, Buffer.from(sent.body ?? ''))
  t.is(refused({ method: 'PUT' }), 'wrong signature')
  t.is(refused({ path: arrived.path.replace('/', '/x') }), 'wrong signature')
  t.is(refused({ path: `${arrived.path}${arrived.path.includes('?') ? '&' : '?'}x=` }), 'wrong signature')
  const body = Buffer.concat([arrived.body, Buffer.from(' ')])
  const hash = createHash('sha256').update(body).digest('hex')
  t.is(refused({ body }), 'another body')
  t.is(refused({ body, headers: { ...arrived.headers, 'x-amz-content-sha256': hash } }), 'wrong signature')
  for (const name of signedNames(arrived)) {
    const headers = { ...arrived.headers, [name]: `1${arrived.headers[name]}` }
    t.truthy(refused({ headers }), name)
  }
  t.is(refusal(arrived, { ...signerOf(aws), secretAccessKey: 'x' }), 'wrong signature')
})
const bulk = `{"index":{"_index":"a"}}\n{"text":"naïve 日本 🎉"}\n`
test('GET with a query', verifies, ES, { path: '/logs/_search?size=1&from=0&_source=a' })
test('a query as typed', verifies, ES, {
  path: "/logs/_search?q=b%20c%2Bd&q=a*(b)'!&pretty&x=&sort=f%3adesc&q=%C3%A4",
})
test(
  'a query with a plus, which is a space for some and a plus for others',
  verifies,
  ES,
  { path: "/logs/_search?q=b+c%2Bd&q=a*(b)'!&pretty&x=&sort=f%3adesc&q=%C3%A4" },
  '/logs/_search?q=b%20c%2Bd&q=a%2A%28b%29%27%21&q=%C3%A4&pretty=&x=&sort=f%3Adesc',
)
test('POST with a body', verifies, ES, {
  method: 'POST',
  path: '/logs/_search?scroll=1m',
  headers: JSON_TYPE,
  body: '{"query":{"match_all":{}}}',
})
test('several indices', verifies, ES, { path: '/a%2Cb-*%2C-c,d/_search' })
test('date math', verifies, ES, { path: '/%3Clogs-%7Bnow%2Fd%7D%3E/_search?q=1' })
test(
  'characters that a URL cannot contain',
  verifies,
  ES,
  { path: '/<logs-{now%2Fd}>,%2C|ä/_search?q="a%2Cb"' },
  '/%3Clogs-%7Bnow%2Fd%7D%3E,%2C%7C%C3%A4/_search?q=%22a%2Cb%22',
)
test('a path prefix', verifies, ES, { path: '/proxy/es.v1~x//logs/./../_search/' })
test('a body beyond ASCII', verifies, ES, {
  method: 'POST',
  path: '/_bulk',
  headers: JSON_TYPE,
  body: bulk,
})
test('a compressed body', verifies, ES, {
  method: 'POST',
  path: '/_bulk',
  headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
  body: gzipSync(bulk),
})
test('an empty body', verifies, ES, { method: 'POST', path: '/logs/_refresh', body: '' })
test('HEAD', verifies, ES, { method: 'HEAD', path: '/logs' })
test('a session token', verifies, TOKEN, { path: '/_cat/indices?v' })
test('OpenSearch Serverless', verifies, AOSS, {
  method: 'POST',
  path: '/a%2Cb/_search',
  headers: JSON_TYPE,
  body: '{}',
})
test('OpenSearch Serverless without a body', verifies, AOSS, { path: '/logs/_doc/%2A' })

test('the headers that are signed', async t => {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Encoding': 'identity',
    'Proxy-Authorization': 'Basic eDp5',
    'X-Amz-Meta': ' a  b ',
    'User-Agent': 'esconn',
    'X-Team': 'search',
  }
  const arrived = await (await service(t, TOKEN))({ method: 'POST', path: '/', headers, body: '{}' })
  t.deepEqual(signedNames(arrived), [
    'content-type',
    'host',
    'x-amz-content-sha256',
    'x-amz-date',
    'x-amz-meta',
    'x-amz-security-token',
  ])
  t.is(arrived.headers['x-team'], 'search')
  t.is(arrived.headers['user-agent'], 'esconn')
  t.is(refusal(arrived, signerOf(TOKEN)), undefined)
})

test('another signature is replaced', async t => {
  const headers = {
    Authorization: 'Basic eDp5',
    'X-Amz-Date': '20150830T123600Z',
    'x-amz-security-token': 'stale',
    'X-AMZ-CONTENT-SHA256': 'UNSIGNED-PAYLOAD',
  }
  const arrived = await (await service(t, ES))({ path: '/', headers })
  t.is(refusal(arrived, signerOf(ES)), undefined)
  t.false('x-amz-security-token' in arrived.headers)
  const { 'x-amz-date': date = '' } = arrived.headers
  const signed = Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'))
  t.true(Math.abs(Date.now() - signed) < 60_000)
})

test('the request itself is not changed', async t => {
  const headers = Object.freeze({ Accept: 'application/json' })
  const request = Object.freeze({ path: '/a?b', hostname: 'h', timeout: 1, headers })
  const signed = (await createSigner(ES))(request)
  t.deepEqual(Object.keys(signed), ['path', 'hostname', 'timeout', 'headers'])
  t.is(signed.timeout, 1)
  t.is(request.path, '/a?b')
})

const hostIn = ({ headers }: RequestOptions) => (headers as OutgoingHttpHeaders).host
const host = test.macro({
  async exec(t, url: string, expected: string, headers: OutgoingHttpHeaders = {}) {
    const { protocol, hostname, port } = new URL(url)
    const bare = hostname.replace(/^\[(.*)\]$/, '$1')
    const sign = await createSigner(ES)
    const options: RequestOptions = { protocol, hostname: bare, port: port || undefined, headers }
    t.is(hostIn(sign(options)), expected)
  },
  title: (_, url, expected) => `the host of ${url} is ${expected}`,
})
test(host, 'https://search.eu-central-1.es.amazonaws.com', 'search.eu-central-1.es.amazonaws.com')
test(host, 'https://h:443', 'h')
test(host, 'https://h:9200', 'h:9200')
test(host, 'http://h:443', 'h:443')
test(host, 'https://[::1]', '[::1]')
test(host, 'http://[::1]:9200', '[::1]:9200')
test(host, 'http://localhost:9200', 'search.example', { host: 'search.example' })

test('the host that Node would have sent', async t => {
  const sign = await createSigner(ES)
  for (const port of [undefined, null, 80, '80', 443, '9200', 9200]) {
    for (const hostname of ['localhost', '127.0.0.1', '::1']) {
      const options = { protocol: 'http:', hostname, port, agent: false, headers: {} }
      const request = send(options).on('error', () => {})
      t.is(hostIn(sign(options)), request.getHeader('host') as string)
      request.destroy()
    }
  }
})

const written = fc.stringMatching(/^(?:[!-"$-.0->@-~]|%[0-9A-Fa-f]{2}){0,8}$/)
const encoded = fc.string({ unit: 'grapheme' }).map(encodeURIComponent)
const segment = fc.oneof(written, encoded).filter(text => !/^\.\.?$/.test(text))
const path = fc.array(segment, { maxLength: 5 }).map(segments => `/${segments.join('/')}`)
const word = fc.oneof(fc.stringMatching(/^(?:[!-"$-%'-<>-~]|%[0-9A-F]{2}){0,8}$/), encoded)
const pair = fc.tuple(word, word).map(texts => texts.join('='))
const query = fc.array(fc.oneof(pair, word), { maxLength: 5 }).map(pairs => pairs.join('&'))
const body = fc.oneof(
  fc.constant(undefined),
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map(bytes => Buffer.from(bytes)),
)
const meaning = (target: string) => {
  const parameters = new URLSearchParams(`?${target.split('?').slice(1).join('?')}`)
  return [...parameters].filter(([name]) => name !== '').toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
}
/** What a path means, however it is encoded. */
const unescapeOf = (target: string) => unescape(target.split('?')[0] ?? '')
const parts = fc.record({
  path,
  query,
  body,
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD'),
})

for (const aws of [ES, AOSS, TOKEN]) {
  const name = `${aws.service}${aws.credentials.sessionToken ? ' with a session token' : ''}`
  test(`whatever is sent to ${name} has a valid signature, and keeps its meaning`, async t => {
    const ask = await service(t, aws)
    const property = fc.asyncProperty(parts, async ({ path, query, body, method }) => {
      fc.pre(!query.includes('__proto__'))
      const target = query === '' ? path : `${path}?${query}`
      const arrived = await ask({
        method,
        path: target,
        headers: JSON_TYPE,
        ...(body === undefined ? {} : { body }),
      })
      t.is(refusal(arrived, signerOf(aws)), undefined)
      t.deepEqual(arrived.body, Buffer.from(body ?? ''))
      t.is(unescapeOf(arrived.path), unescapeOf(target))
      t.deepEqual(meaning(arrived.path), meaning(target))
    })
    await fc.assert(property, { numRuns: 100 })
  })
}
