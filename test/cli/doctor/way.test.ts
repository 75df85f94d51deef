import test from 'ava'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { proxy, withLogin } from '../../support/proxy.ts'
import { hang, nobody, raw } from '../../support/raw.ts'
import { answers, examine, root } from './_doctor.ts'

const ELASTICSEARCH = answers({ '/': root() })
const TOOK = String.raw`\([\d.]+m?s\)`

test('a name without an address: 6, and the rest is skipped', async t => {
  const { of, checks, status } = await examine(t, { node: 'https://nobody.invalid:9200' })
  t.deepEqual(of('name'), ['failed the name has no address\ncheck the name in `node` of the alias'])
  t.is(status, 6)
  const after = checks.filter(({ node, step }) => node !== undefined && step !== 'name')
  t.deepEqual(
    after.map(({ step, outcome, message }) => [step, outcome, message]),
    ['port', 'proxy', 'tls', 'reply', 'credentials', 'version', 'clock'].map(step => [
      step,
      'skipped',
      'because name failed',
    ]),
  )
  t.deepEqual(of('indices'), ['skipped because no node let us in'])
})

test('a name with its addresses, and an address', async t => {
  const { url } = await raw(t, ELASTICSEARCH)
  const { of, status } = await examine(t, { node: url.replace('127.0.0.1', 'localhost') })
  t.regex(of('name')[0] ?? '', new RegExp(`^ok localhost is .*127\\.0\\.0\\.1.* ${TOOK}$`))
  t.regex(of('port')[0] ?? '', new RegExp(`^ok ${new URL(url).port} is open ${TOOK}$`))
  t.is(status, 0)
  t.deepEqual((await examine(t, { node: url })).of('name'), ['ok 127.0.0.1 is an address'])
})

test('a port at which nobody listens: 7', async t => {
  const { of, status } = await examine(t, { node: await nobody() })
  t.deepEqual(of('port'), [
    'failed connection refused\nis the cluster running, and is `node` of the alias its address?',
  ])
  t.deepEqual([status, of('proxy')], [7, ['skipped because port failed']])
})

test('somebody who accepts and never answers: 28 after the timeout of the alias, or of --timeout', async t => {
  const { url, requests } = await raw(t, hang)
  const byAlias = await examine(t, { node: url, timeout: '200ms', retries: 3 })
  t.regex(byAlias.of('reply')[0] ?? '', /^failed no answer within 200ms/)
  t.deepEqual([byAlias.status, requests.length], [28, 1])
  const typed = await examine(t, { node: url, timeout: '20s' }, { argv: ['--timeout', '150ms'] })
  t.regex(typed.of('reply')[0] ?? '', /^failed no answer within 150ms/)
})

test('what is known of a node is told while the rest is waited for', async t => {
  const { url } = await raw(t, hang)
  const cwd = configured(t, { aliases: { default: { node: url, timeout: '20s' } } })
  const { status, stdout } = await esconn(['doctor', '--max-time', '4s'], { cwd })
  t.is(status, 28)
  t.regex(stdout, /ok +port +\d+ is open/)
})

test('a variable that names no proxy fails where variables are looked at', async t => {
  const { of, status } = await examine(t, { node: 'http://h:9200' }, { env: { http_proxy: 'junk:99999' } })
  t.deepEqual(of('variables'), [
    'failed the variable http_proxy: is not a valid URL\ncorrect it, or take it away',
  ])
  t.is(status, 78)
})

test('nodes that hang do so together', async t => {
  const nodes = await Promise.all([1, 2, 3, 4].map(async () => (await raw(t, hang)).url))
  const started = Date.now()
  const { checks, status } = await examine(t, { nodes, timeout: '2s' })
  t.true(Date.now() - started < 6000)
  t.is(status, 28)
  const failed = checks.filter(({ outcome }) => outcome === 'failed')
  t.deepEqual(
    failed.map(({ node, step }) => [node, step]),
    nodes.map(node => [node, 'reply']),
  )
})

test('no proxy, and one that is exempted from', async t => {
  const { url } = await raw(t, ELASTICSEARCH)
  t.deepEqual((await examine(t, { node: url })).of('proxy'), ['ok none is used'])
  const env = { http_proxy: await nobody(), no_proxy: '127.0.0.1' }
  const { of, status } = await examine(t, { node: url }, { env })
  t.deepEqual([of('proxy'), status], [['ok none is used, since the variable no_proxy exempts this host'], 0])
})

test('a proxy by the alias, with credentials, and one by a variable', async t => {
  const { url } = await raw(t, ELASTICSEARCH)
  const real = await proxy(t, { login: 'ada:S3CRET' })
  const byAlias = await examine(t, { node: url, proxy: withLogin(real, 'ada:S3CRET') })
  const [said = ''] = byAlias.of('proxy')
  t.regex(
    said,
    new RegExp(`^ok ${real.url}, with credentials, by \`proxy\` of the alias; CONNECT works ${TOOK}$`),
  )
  t.deepEqual([byAlias.status, byAlias.of('name')], [0, ['ok the proxy: 127.0.0.1 is an address']])
  t.regex(byAlias.of('port')[0] ?? '', new RegExp(`^ok the proxy: ${new URL(real.url).port} is open`))
  t.is(real.asked[0]?.target, new URL(url).host)
  const env = { ALL_PROXY: withLogin(real, 'ada:S3CRET') }
  const byVariable = await examine(t, { node: url }, { env })
  t.regex(byVariable.of('proxy')[0] ?? '', /by the variable ALL_PROXY; CONNECT works/)
  t.is(byVariable.status, 0)
})

test('a proxy that wants other credentials, one that is not there, and one without an address', async t => {
  const { url, requests } = await raw(t, ELASTICSEARCH)
  const real = await proxy(t, { login: 'ada:S3CRET' })
  const refused = await examine(t, { node: url, proxy: real.url })
  t.deepEqual(refused.of('proxy'), [
    `failed the proxy ${real.url} wants credentials (407)\nput user and password in \`proxy\` of the alias: http://user:password@host:port`,
  ])
  t.deepEqual([refused.status, refused.of('reply')], [4, ['skipped because proxy failed']])
  const absent = await examine(t, { node: url, proxy: await nobody() })
  t.regex(absent.of('port')[0] ?? '', /^failed the proxy http:\S+: connection refused\nis the proxy running/)
  t.is(absent.status, 7)
  const unknown = await examine(
    t,
    { node: url },
    { env: { http_proxy: 'http://ada:S3CRET@nobody.invalid:1' } },
  )
  t.deepEqual(unknown.of('name'), [
    'failed the proxy http://nobody.invalid:1: the name has no address\ncheck the host of the proxy in `proxy` of the alias, or in the variable that names it',
  ])
  t.deepEqual([unknown.status, requests.length], [6, 0])
})

test('a proxy that hangs: 28', async t => {
  const { url } = await raw(t, hang)
  const { of, status } = await examine(t, { node: 'http://nobody.invalid', proxy: url, timeout: '200ms' })
  t.deepEqual([of('proxy'), status], [['failed no answer of the proxy to CONNECT within 200ms'], 28])
})
