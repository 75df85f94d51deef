import test from 'ava'
import { tree } from './_tree.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'
const KEY = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n'
const FINGERPRINT = Array(32).fill('Ab').join(':')

/** The settings that an alias resolves to. */
const resolvesTo = test.macro(async (t, definition: string, expected: object) => {
  const { load, env } = tree(t, {
    'home/.esconnrc': `aliases:\n  a: { ${definition} }\n`,
    'home/cert.pem': PEM,
    'home/key.pem': KEY,
  })
  Object.assign(env, { PEM, TEAM: 'search', SECONDS: '5' })
  const { settings } = await load().resolve('a')
  t.like(settings, expected)
})
test('a cloud ID', resolvesTo, 'cloudId: "x:Zm91bmQuaW8kYzF1c3Rlcg=="', {
  nodes: ['https://c1uster.found.io'],
})
test('IPv6 and a path', resolvesTo, 'node: "https://[::1]:9200/es/"', { nodes: ['https://[::1]:9200/es'] })
test(
  'a client certificate',
  resolvesTo,
  'node: https://h, tls: { cert: cert.pem, key: key.pem, passphrase: p }',
  {
    tls: { cert: PEM, key: KEY, passphrase: 'p', verify: true },
  },
)
test('inline PEM', resolvesTo, 'node: https://h, tls: { ca: "${PEM}" }', { tls: { ca: PEM } })
test(
  'a fingerprint as openssl prints it',
  resolvesTo,
  `node: https://h, tls: { caFingerprint: "${FINGERPRINT}" }`,
  {
    tls: { caFingerprint: 'ab'.repeat(32) },
  },
)
test('another server name', resolvesTo, 'node: https://h, tls: { serverName: es.example, verify: false }', {
  tls: { serverName: 'es.example', verify: false },
})
test('headers', resolvesTo, 'node: http://h, headers: { X-Team: "${TEAM}", x-key: { command: [echo, k] } }', {
  headers: { 'x-team': 'search', 'x-key': 'k' },
})
test(
  'timeout, retries and the like',
  resolvesTo,
  'node: http://h, timeout: "${SECONDS}s", retries: 0, compression: true, readonly: true',
  {
    timeout: 5000,
    retries: 0,
    compression: true,
    readonly: true,
  },
)
test('no optional field', resolvesTo, 'node: http://h', {
  timeout: undefined,
  retries: undefined,
  compression: undefined,
  readonly: undefined,
})

test('a proxy, except for what NO_PROXY lists', async t => {
  const { load, env } = tree(t, {
    'home/.esconnrc': 'aliases: { a: { nodes: [http://h, http://own.h], proxy: "http://u:s3cret@p:3128" } }',
  })
  env.NO_PROXY = 'own.h'
  const { settings } = await load().resolve('a')
  t.deepEqual(
    [...(settings.proxies ?? [])].map(([node]) => node),
    ['http://h'],
  )
  t.true(settings.secrets?.includes('s3cret'))
  t.true(settings.secrets?.includes(Buffer.from('u:s3cret').toString('base64')))
})

test('the value of an ordinary header is not a secret', async t => {
  const { load } = tree(t, {
    'home/.esconnrc': 'aliases: { a: { node: http://h, headers: { X-Team: search } } }',
  })
  t.deepEqual((await load().resolve('a')).settings.secrets, [])
})

/** The error for one alias that is in the third line, indented by four. */
const refuses = test.macro({
  exec: (t, definition: string, said: string) => {
    const { load, complaint } = tree(t, {
      'home/.esconnrc': `aliases:\n  a:\n    { node: https://h, ${definition} }\n`,
    })
    t.is(complaint(load).replace(/^ROOT[^:]*:\d+:\d+: aliases\.a\.?/, ''), said)
  },
  title: (_, definition) => `${definition}`,
})
test(refuses, 'timeout: 30', 'timeout: needs a unit, for example 30s, 500ms or 2m')
test(refuses, 'timeout: "30"', 'timeout: needs a unit, for example 30s, 500ms or 2m')
test(refuses, 'timeout: soon', 'timeout: is not a duration, for example 30s, 500ms or 2m, at most 24d')
test(refuses, 'retries: -1', 'retries: must be a whole number from 0 to 100')
test(refuses, 'retries: 1.5', 'retries: must be a whole number from 0 to 100')
test(refuses, 'retries: "3"', 'retries: must be a whole number from 0 to 100')
test(refuses, 'readonly: yes', 'readonly: must be true or false')
test(
  refuses,
  'proxy: socks5://secret',
  'proxy: SOCKS proxies are not supported; use an http:// or https:// proxy',
)
test(refuses, 'proxy: proxy:3128', 'proxy: must begin with http:// or https://')
test(
  refuses,
  'cloudId: "x:Zm91bmQuaW8kYzF1c3Rlcg=="',
  ': must have only one of `node`, `nodes` and `cloudId`',
)
test(refuses, 'headers: { "X Team": a }', 'headers."X …": is not the name of a header')
test(
  refuses,
  'headers: { Content-Length: "1" }',
  'headers.Content-Length: is a header that esconn sets itself',
)
test(refuses, 'headers: { X-Team: "a\\r\\nEvil: b" }', 'headers.X-Team: must be ASCII characters on one line')
test(
  refuses,
  'headers: { Authorization: Basic }, auth: { bearer: b }',
  ': logs in already and therefore cannot have the header `authorization`',
)
test(refuses, 'tls: { cert: c.pem }', 'tls: needs `cert` and `key` together')
test(refuses, 'tls: { passphrase: p }', 'tls: has a `passphrase` without `key`')
test(
  refuses,
  `tls: { ca: a, caFingerprint: "${FINGERPRINT}" }`,
  'tls: must have only one of `ca` and `caFingerprint`',
)
test(
  refuses,
  'tls: { ca: a, verify: false }',
  'tls: cannot have `ca` or `caFingerprint` while `verify` is false',
)
test(
  refuses,
  'tls: { caFingerprint: abc }',
  'tls.caFingerprint: must be the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons',
)
test(refuses, 'tls: { serverName: "https://h" }', 'tls.serverName: must be a host name, without port or path')
test(refuses, 'auth: { aws: { service: es } }', 'auth.aws.region: is missing')
test(refuses, 'auth: { aws: { region: r, service: s3 } }', 'auth.aws.service: must be es or aoss')
test(refuses, 'auth: { apiKey: { id: a } }', 'auth.apiKey: needs `id` and `key` together')
test(
  refuses,
  'auth: { apiKey: { id: a, key: b, file: c } }',
  'auth.apiKey: must have `id` and `key`, or neither',
)
test(refuses, 'auth: { user: a, password: b }', 'auth.user: unknown key; did you mean `username`?')
test(refuses, 'apiKey: secret', 'apiKey: unknown key; `apiKey` belongs under `auth`')
test(refuses, 'token: secret', 'token: unknown key; `bearer` belongs under `auth`')
test(refuses, 'ca: x', 'ca: unknown key; `ca` belongs under `tls`')
test(refuses, 'url: x', 'url: unknown key; did you mean `node`?')

test('an alias at the top of the file', t => {
  const { load, complaint } = tree(t, { 'home/.esconnrc': 'default: { node: http://h }\n' })
  t.is(complaint(load), 'ROOT/home/.esconnrc:1:1: default: unknown key; an alias goes under `aliases`')
})
