import test from 'ava'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { proxy, withLogin } from '../../support/proxy.ts'
import { hang, nobody, raw } from '../../support/raw.ts'
import { answers, root, runDoctor } from './_doctor.ts'

const ELASTICSEARCH = answers({ '/': root() })
const TOOK = String.raw`\([\d.]+m?s\)`

test.before('load the modules, so that the tests measure only the checks', async () => {
  await esconn(['doctor', 'unknown'])
})

test('a host name that cannot be resolved: 6, and the rest is skipped', async t => {
  const { of, checks, status } = await runDoctor(t, { node: 'https://nobody.invalid:9200' })
  t.regex(of('name')[0] ?? '', /^failed .*\n.*`node` of the alias$/)
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
  t.deepEqual(of('indices'), ['skipped because no node is usable'])
})

test('a host name with its addresses, and an IP address', async t => {
  const { url } = await raw(t, ELASTICSEARCH)
  const { of, status } = await runDoctor(t, { node: url.replace('127.0.0.1', 'localhost') })
  t.regex(of('name')[0] ?? '', new RegExp(`^ok localhost resolves to .*127\\.0\\.0\\.1.* ${TOOK}$`))
  t.regex(of('port')[0] ?? '', new RegExp(`^ok ${new URL(url).port} is open ${TOOK}$`))
  t.is(status, 0)
  t.deepEqual((await runDoctor(t, { node: url })).of('name'), ['ok 127.0.0.1 is an IP address'])
})

test('a closed port: 7', async t => {
  const { of, status } = await runDoctor(t, { node: await nobody() })
  t.regex(of('port')[0] ?? '', /^failed connection refused\n.*`node` of the alias/)
  t.deepEqual([status, of('proxy')], [7, ['skipped because port failed']])
})

test('a server that accepts and never answers: 28 after the timeout of the alias, or after --timeout', async t => {
  const { url, requests } = await raw(t, hang)
  const byAlias = await runDoctor(t, { node: url, timeout: '200ms', retries: 3 })
  t.regex(byAlias.of('reply')[0] ?? '', /^failed no answer within 200ms/)
  t.deepEqual([byAlias.status, requests.length], [28, 1])
  const typed = await runDoctor(t, { node: url, timeout: '20s' }, { argv: ['--timeout', '150ms'] })
  t.regex(typed.of('reply')[0] ?? '', /^failed no answer within 150ms/)
})

test('the first results of a node are printed while it is still being checked', async t => {
  const { url } = await raw(t, hang)
  const cwd = configured(t, { aliases: { default: { node: url, timeout: '20s' } } })
  const { status, stdout } = await esconn(['doctor', '--max-time', '4s'], { cwd })
  t.is(status, 28)
  t.regex(stdout, /ok +port +\d+ is open/)
})

test('a proxy variable with an invalid value fails in the step for variables', async t => {
  const { of, status } = await runDoctor(t, { node: 'http://h:9200' }, { env: { http_proxy: 'junk:99999' } })
  t.regex(of('variables')[0] ?? '', /^failed the variable http_proxy: .*\n/)
  t.is(status, 78)
})

test('nodes that hang are waited for side by side', async t => {
  const nodes = await Promise.all([1, 2, 3, 4].map(async () => (await raw(t, hang)).url))
  const started = Date.now()
  const { checks, status } = await runDoctor(t, { nodes, timeout: '4s' })
  t.true(Date.now() - started < 12_000)
  t.is(status, 28)
  const failed = checks.filter(({ outcome }) => outcome === 'failed')
  t.deepEqual(
    failed.map(({ node, step }) => [node, step]),
    nodes.map(node => [node, 'reply']),
  )
})

test('no proxy, and one that does not apply to the host', async t => {
  const { url } = await raw(t, ELASTICSEARCH)
  t.deepEqual((await runDoctor(t, { node: url })).of('proxy'), ['ok none used'])
  const env = { http_proxy: await nobody(), no_proxy: '127.0.0.1' }
  const { of, status } = await runDoctor(t, { node: url }, { env })
  t.deepEqual([of('proxy'), status], [['ok none used: the variable no_proxy exempts this host'], 0])
})

test('a proxy of the alias, with credentials, and one of a variable', async t => {
  const { url } = await raw(t, ELASTICSEARCH)
  const real = await proxy(t, { login: 'ada:S3CRET' })
  const byAlias = await runDoctor(t, { node: url, proxy: withLogin(real, 'ada:S3CRET') })
  const [line = ''] = byAlias.of('proxy')
  t.regex(
    line,
    new RegExp(`^ok ${real.url}, with credentials, from \`proxy\` of the alias; CONNECT works ${TOOK}$`),
  )
  t.deepEqual([byAlias.status, byAlias.of('name')], [0, ['ok the proxy: 127.0.0.1 is an IP address']])
  t.regex(byAlias.of('port')[0] ?? '', new RegExp(`^ok the proxy: ${new URL(real.url).port} is open`))
  t.is(real.asked[0]?.target, new URL(url).host)
  const env = { ALL_PROXY: withLogin(real, 'ada:S3CRET') }
  const byVariable = await runDoctor(t, { node: url }, { env })
  t.regex(byVariable.of('proxy')[0] ?? '', /from the variable ALL_PROXY; CONNECT works/)
  t.is(byVariable.status, 0)
})

test('a proxy that rejects the credentials, one that is not running, and one whose host name cannot be resolved', async t => {
  const { url, requests } = await raw(t, ELASTICSEARCH)
  const real = await proxy(t, { login: 'ada:S3CRET' })
  const refused = await runDoctor(t, { node: url, proxy: real.url })
  t.regex(refused.of('proxy')[0] ?? '', /^failed the proxy http:\S+ .*\(407\)\n.*`proxy` of the alias/)
  t.deepEqual([refused.status, refused.of('reply')], [4, ['skipped because proxy failed']])
  const absent = await runDoctor(t, { node: url, proxy: await nobody() })
  t.regex(absent.of('port')[0] ?? '', /^failed the proxy http:\S+: connection refused\nis the proxy running/)
  t.is(absent.status, 7)
  const unknown = await runDoctor(
    t,
    { node: url },
    { env: { http_proxy: 'http://ada:S3CRET@nobody.invalid:1' } },
  )
  t.regex(
    unknown.of('name')[0] ?? '',
    /^failed the proxy http:\/\/nobody\.invalid:1: .*\ncheck the host of the proxy in `proxy` of the alias, or in the variable that sets it$/,
  )
  t.deepEqual([unknown.status, requests.length], [6, 0])
})

test('a proxy that hangs: 28', async t => {
  const { url } = await raw(t, hang)
  const { of, status } = await runDoctor(t, { node: 'http://nobody.invalid', proxy: url, timeout: '200ms' })
  t.deepEqual([of('proxy'), status], [['failed no answer to CONNECT from the proxy within 200ms'], 28])
})
