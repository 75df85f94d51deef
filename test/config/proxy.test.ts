import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { proxyMistake } from '../../src/config/node-url.ts'
import { isExempt, proxyFor } from '../../src/config/proxy.ts'
import { ConfigError } from '../../src/errors.ts'
import { onlyWhere } from '../support/only.ts'

const P = 'http://proxy.example:3128'
const Q = 'http://other.example:3128'
const HTTP = 'http://es1.example:9200'
const HTTPS = 'https://es1.example:9200'

type ProxyVariables = Record<string, string>

const leads = test.macro({
  exec(t, node: string, env: ProxyVariables, expected: string | undefined, configured?: string) {
    t.is(proxyFor(node, env, configured), expected)
  },
  title: (_, node: string, env: ProxyVariables, _expected, configured) =>
    [node, ...Object.entries(env).map(pair => pair.join('=')), configured && `proxy: ${configured}`]
      .filter(Boolean)
      .join(' '),
})

test(leads, HTTP, {}, undefined)
test(leads, HTTP, { http_proxy: P }, P)
test(leads, HTTP, { HTTP_PROXY: P }, undefined)
test(leads, HTTP, { https_proxy: P }, undefined)
test(leads, HTTP, { http_proxy: P, all_proxy: Q }, P)
test(leads, HTTP, { all_proxy: P, ALL_PROXY: Q }, P)
test(leads, HTTP, { ALL_PROXY: P }, P)
test(leads, HTTPS, { http_proxy: P }, undefined)
test(leads, HTTPS, { https_proxy: P, HTTPS_PROXY: Q }, P)
test(leads, HTTPS, { HTTPS_PROXY: P }, P)
test(leads, HTTPS, { all_proxy: P }, P)
test(leads, HTTPS, { https_proxy: '', HTTPS_PROXY: P }, P)
test(leads, HTTPS, { https_proxy: '', all_proxy: P }, P)
test(leads, HTTPS, { https_proxy: P, no_proxy: 'example' }, undefined)
test(leads, HTTPS, { https_proxy: P, NO_PROXY: 'example' }, undefined)
test(leads, HTTPS, { https_proxy: P, no_proxy: 'x', NO_PROXY: 'example' }, P)
test(leads, HTTPS, { https_proxy: P, no_proxy: '', NO_PROXY: 'example' }, undefined)
test(leads, HTTPS, { https_proxy: P }, Q, Q)
test(leads, HTTPS, { no_proxy: 'es1.example' }, undefined, P)
test(leads, HTTPS, { https_proxy: 'proxy.example:3128' }, P)
test(leads, HTTPS, { https_proxy: 'HTTP://proxy.example:3128/' }, P)
test(leads, HTTPS, { https_proxy: `${P}/path?x` }, P)
test(leads, HTTPS, { https_proxy: 'proxy.example' }, 'http://proxy.example:1080')
test(leads, HTTPS, { https_proxy: 'http://proxy.example:80' }, 'http://proxy.example')
test(leads, HTTPS, { https_proxy: 'https://proxy.example' }, 'https://proxy.example')
test(leads, HTTPS, { https_proxy: 'https://proxy.example:443' }, 'https://proxy.example')
test(leads, HTTPS, { https_proxy: 'ada:p%40ss@[::1]:3128' }, 'http://ada:p%40ss@[::1]:3128')
test(leads, HTTPS, { https_proxy: 'http://ada@proxy.example' }, 'http://ada@proxy.example:1080')
test(leads, 'https://[::1]:9200', { https_proxy: P, no_proxy: '::1' }, undefined)
test(leads, 'https://ES1.Example.:9200', { https_proxy: P, no_proxy: '.EXAMPLE' }, undefined)

test('a name of Object.prototype is not a variable', t => {
  t.is(proxyFor(HTTPS, Object.create({ https_proxy: P })), undefined)
})

const isMistake = test.macro((t, env: ProxyVariables, words: string, configured?: string) => {
  const error = t.throws(() => proxyFor(HTTPS, env, configured), { instanceOf: ConfigError })
  t.is(error?.message, words)
  t.false(error?.message.includes('s3cret'))
})

const SOCKS = `${proxyMistake('socks5://proxy')}`

for (const scheme of ['socks', 'socks4', 'socks4a', 'socks5', 'socks5h', 'SOCKS5']) {
  test(
    scheme,
    isMistake,
    { HTTPS_PROXY: `${scheme}://ada:s3cret@proxy` },
    `the variable HTTPS_PROXY: ${SOCKS}`,
  )
}
test('a SOCKS proxy for all', isMistake, { ALL_PROXY: 'socks5://s3cret' }, `the variable ALL_PROXY: ${SOCKS}`)
test('a configured SOCKS proxy', isMistake, {}, `\`proxy\`: ${SOCKS}`, 'socks5://s3cret')
test(
  'another scheme',
  isMistake,
  { https_proxy: 'ftp://s3cret' },
  'the variable https_proxy: must begin with http:// or https://',
)
test('not a URL', isMistake, { https_proxy: 's3cret:port' }, 'the variable https_proxy: is not a valid URL')
test(
  'a password that is not encoded',
  isMistake,
  { https_proxy: 'http://ada:s3cret%@proxy:1' },
  'the variable https_proxy: has a % in user or password that must be written %25',
)
test('a mistake in a variable that does not apply', t => {
  t.is(proxyFor(HTTPS, { all_proxy: 'socks5://proxy', https_proxy: P }), P)
  t.is(proxyFor(HTTPS, { https_proxy: 'socks5://proxy', no_proxy: 'example' }), undefined)
})

type NoProxyRow = [host: string, list: string, exempt: boolean]

/** From curl's own test: https://github.com/curl/curl/blob/5c61e168/tests/unit/unit1614.c, except for its first row. */
const CURLS_ROWS: NoProxyRow[] = [
  ['www.example.com', 'localhost,.example.com,.example.de', true],
  ['www.example.com.', 'localhost,.example.com,.example.de', true],
  ['example.com', 'localhost,.example.com,.example.de', true],
  ['example.com.', 'localhost,.example.com,.example.de', true],
  ['www.example.com', 'localhost,.example.com.,.example.de', true],
  ['www.example.com', 'localhost,www.example.com.,.example.de', true],
  ['example.com', 'localhost,example.com,.example.de', true],
  ['example.com.', 'localhost,example.com,.example.de', true],
  ['nexample.com', 'localhost,example.com,.example.de', false],
  ['www.example.com', 'localhost,example.com,.example.de', true],
  ['127.0.0.1', '127.0.0.1,localhost', true],
  ['127.0.0.1', '127.0.0.1,localhost,', true],
  ['127.0.0.1', '127.0.0.1/8,localhost,', true],
  ['127.0.0.1', '127.0.0.1/28,localhost,', true],
  ['127.0.0.1', '127.0.0.1/31,localhost,', true],
  ['127.0.0.1', 'localhost,127.0.0.1', true],
  ['127.0.0.1', `localhost,${'127.0.0.1.'.repeat(12)}127.0.0.`, false],
  ['127.0.0.1', `localhost,${'127.0.0.1.'.repeat(12)}127.0.0`, false],
  ['localhost', 'localhost,127.0.0.1', true],
  ['localhost', '127.0.0.1,localhost', true],
  ['foobar', 'barfoo', false],
  ['foobar', 'foobar', true],
  ['192.168.0.1', 'foobar', false],
  ['192.168.0.1', '192.168.0.0/16', true],
  ['192.168.0.1', '192.168.0.0/16a', false],
  ['192.168.0.1', '192.168.0.0/16 ', true],
  ['192.168.0.1', '192.168.0.0/a16', false],
  ['192.168.0.1', '192.168.0.0/ 16', false],
  ['192.168.0.1', '192.168.0.0/24', true],
  ['192.168.0.1', '192.168.0.0/32', false],
  ['192.168.0.1', '192.168.0.1/32', true],
  ['192.168.0.1', '192.168.0.1/33', false],
  ['192.168.0.1', '192.168.0.0', false],
  ['192.168.1.1', '192.168.0.0/24', false],
  ['192.168.1.1', '192.168.0.0/33', false],
  ['192.168.1.1', 'foo, bar, 192.168.0.0/24', false],
  ['192.168.1.1', 'foo, bar, 192.168.0.0/16', true],
  ['[::1]', 'foo, bar, 192.168.0.0/16', false],
  ['[::1]', 'foo, bar, ::1/64', true],
  ['[::1]', '::1/64', true],
  ['[::1]', '::1/96', true],
  ['[::1]', '::1/129', false],
  ['[::1]', '::1/128', true],
  ['[::1]', '::1/127', true],
  ['[::1]', '::1/a127', false],
  ['[::1]', '::1/127a', false],
  ['[::1]', '::1/ 127', false],
  ['[::1]', '::1/127 ', true],
  ['[::1]', '::1/122', true],
  ['[2001:db8:8000::1]', '2001:db8::/65', false],
  ['[2001:db8:8000::1]', '2001:db8::/66', false],
  ['[2001:db8:8000::1]', '2001:db8::/72', false],
  ['[2001:db8::1]', '2001:db8::/65', true],
  ['[2001:db8::1]', '2001:db8::/66', true],
  ['[2001:db8::1]', '2001:db8::/72', true],
  ['bar', 'foo, bar, ::1/64', true],
  ['BAr', 'foo, bar, ::1/64', true],
  ['BAr', 'foo,,,,,              bar, ::1/64', true],
  ['www.example.com', 'foo, .example.com', true],
  ['www.example.com', 'www2.example.com, .example.net', false],
  ['example.com', '.example.com, .example.net', true],
  ['nonexample.com', '.example.com, .example.net', false],
  // its tests of networks only
  ['192.160.0.1', '192.160.0.1/0', true],
  ['192.160.0.1', '10.0.0.1/0', false],
  ['192.160.0.1', '192.160.0.1/12', true],
  ['192.160.0.1', '10.0.0.1/8', false],
  ['[::1]', '0:0::1/128', true],
  ['[fe80::ab47:4396:55c9:8474]', 'fe80::ab47:4396:55c9:8474/64', true],
]

/** What every curl since 7.87 does. */
const OTHER_ROWS: NoProxyRow[] = [
  ['es1.example', '*', true],
  ['es1.example', '*.example', false],
  ['es1.example', 'foo,*', false],
  ['es1.example', 'es1.example:9200', false],
  ['es1.example', '', false],
  ['es1.example', ' ', false],
  ['es1.example', ',', false],
  ['es1.example', '.', false],
  ['es1.example', '..example', false],
  ['es1.example', 'ample', false],
  ['127.0.0.1', '0.0.1', false],
  ['127.0.0.1', '.1', false],
  ['1.example', '1', false],
]

/** What curl does not accept, or no longer. */
const OUR_ROWS: NoProxyRow[] = [
  ['www.example.com', 'localhost .example.com .example.de', true],
  ['www.example.com', 'localhost\t.example.com', true],
  ['[::1]', '[::1]', true],
  ['[::1]', 'foo,[::1]/64', true],
  ['[::1]', '[::2]', false],
  ['10.0.0.7', '[10.0.0.7]', true],
  ['[::1]', '::1%lo', false],
  ['[::1]', '0000:0000:0000::0001', true],
]

for (const [host, list, exempt] of [...CURLS_ROWS, ...OTHER_ROWS, ...OUR_ROWS]) {
  test(`${host} ${exempt ? 'is' : 'is not'} in "${list}"`, t => t.is(isExempt(host, list), exempt))
}

/** What curl in 2023 treated differently: IPv6 in networks, and prefixes that are not numbers. */
const isDisputed = (host: string, list: string): boolean =>
  host.includes(':') || /\/(?!\d+(?:[ ,]|$))/.test(list)

const run = promisify(execFile)

/** Whether curl is installed, and new enough for networks and for domains without a leading dot. */
function hasCurl(): boolean {
  const { stdout } = spawnSync('curl', ['--version'], { encoding: 'utf8' })
  const [, major = 0, minor = 0] = /^curl (\d+)\.(\d+)/.exec(stdout ?? '') ?? []
  return Number(major) > 7 || Number(minor) >= 87
}

/** A server that closes every connection, and counts them. */
async function listener(t: ExecutionContext): Promise<{ port: number; visits: () => number }> {
  let visits = 0
  const server = createServer(socket => {
    visits++
    socket
      .on('error', () => {})
      .once('data', () => socket.end('HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return { port: (server.address() as AddressInfo).port, visits: () => visits }
}

const withCurl = onlyWhere(test, hasCurl(), 'there is no curl on this machine, or one older than 7.87')
withCurl('curl makes the same decision', async t => {
  const [proxy, node] = [await listener(t), await listener(t)]
  const proxied = `127.0.0.1:${proxy.port}`
  const asks = async (url: string, env: ProxyVariables, more: string[]) => {
    const before = proxy.visits()
    const direct = ['--connect-to', `::127.0.0.1:${node.port}`] // whatever the URL, only this node is contacted
    await run('curl', ['-q', '-s', '-m', '5', ...direct, ...more, url], {
      env: { PATH: process.env.PATH ?? '', ...env },
    }).catch(() => {})
    return proxy.visits() > before
  }
  const rows: [string, ProxyVariables, string?][] = [
    ...[...CURLS_ROWS, ...OTHER_ROWS]
      .filter(([host, list]) => !isDisputed(host, list))
      .map(([host, no_proxy]): [string, ProxyVariables] => [
        `http://${host}/`,
        { http_proxy: proxied, no_proxy },
      ]),
    ['http://es1.example/', { HTTP_PROXY: proxied }],
    ['http://es1.example/', { ALL_PROXY: proxied }],
    ['http://es1.example/', { https_proxy: proxied }],
    ['https://es1.example/', { http_proxy: proxied }],
    ['https://es1.example/', { HTTPS_PROXY: proxied }],
    ['https://es1.example/', { https_proxy: '', HTTPS_PROXY: proxied }],
    ['https://es1.example/', { https_proxy: '', all_proxy: proxied }],
    ['https://es1.example/', { https_proxy: proxied, no_proxy: '', NO_PROXY: 'example' }],
    ['https://es1.example/', { https_proxy: proxied, no_proxy: 'x', NO_PROXY: 'example' }],
    ['https://es1.example/', {}, proxied],
    ['https://es1.example/', { no_proxy: 'example' }, proxied],
  ]
  for (const [url, env, configured] of rows) {
    const theirs = await asks(url, env, configured === undefined ? [] : ['-x', configured])
    t.is(proxyFor(url, env, configured) !== undefined, theirs, `${url} ${JSON.stringify(env)} ${configured}`)
  }
  t.true(node.visits() > 20)
  const { stderr } = await run('curl', ['-q', '-sv', '-x', '127.0.0.1', HTTP]).catch(error => error)
  t.regex(stderr, /127\.0\.0\.1[: ]\D*1080/, 'the port of a proxy without one')
})
