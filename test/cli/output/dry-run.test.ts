import test from 'ava'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { withProgram } from '../../support/only.ts'
import { found, raw, reply } from '../../support/raw.ts'

const BODY = '{"query":{"term":{"id":18446744073709551615}},  "note":"it\'s"}'

const shows = test.macro(async (t, alias: object, argv: string[], expected: string) => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9', ...alias } } })
  const { status, stdout, stderr } = await esconn(argv, { cwd })
  t.deepEqual([status, stderr], [0, []])
  t.is(stdout, expected)
})
test(
  '--dry-run prints what would be sent, and sends nothing',
  shows,
  { auth: { apiKey: 's3cret' }, headers: { 'X-Team': 'search', 'X-Key': 's3cret' } },
  ['search', 'entry', '--body', BODY, '--size', '3', '--dry-run'],
  `POST http://localhost:9/entry/_search
x-team: search
x-key: [redacted]
content-type: application/json
authorization: ApiKey [redacted]

${BODY.slice(0, -1)},"size":3}
`,
)
test(
  '--curl prints a curl command',
  shows,
  { node: 'https://ada:s3cret@localhost:9/es', tls: { verify: false }, compression: true },
  ['search', 'logs-*', '--body', BODY, '--curl'],
  `curl -gsS -u 'ada:[redacted]' -k -H 'content-type: application/json' --compressed 'https://localhost:9/es/logs-*/_search' --data-binary '${BODY.replaceAll("'", "'\\''")}'\n`,
)
test('--curl of a request without a body', shows, {}, ['ping', '--curl'], 'curl -gsS http://localhost:9/\n')
test(
  '--curl through a proxy',
  shows,
  { proxy: 'http://me:s3cret@proxy:3128', auth: { bearer: 's3cret' } },
  ['ping', '--curl'],
  "curl -gsS -p -x 'http://me:[redacted]@proxy:3128' -H 'authorization: Bearer [redacted]' http://localhost:9/\n",
)

test(
  '--curl uses the name of the certificate, and connects to the node',
  shows,
  { node: 'https://[::1]:9443/es', tls: { verify: false, serverName: 'es.example' } },
  ['ping', '--curl'],
  "curl -gsS -k --connect-to 'es.example:9443:[::1]:9443' https://es.example:9443/es/\n",
)

test('a name cannot control the terminal in either', async t => {
  const auth = { username: 'a\u001b[31mRED', password: 'p' }
  const cwd = configured(t, { aliases: { default: { node: 'http://h', auth } } })
  const { stdout } = await esconn(['ping', '--curl'], { cwd })
  t.is(stdout, `curl -gsS -u 'a'"$(printf '\\033')"'[31mRED:[redacted]' http://h/\n`)
})

test('a header value from a variable is redacted there, and nowhere else', async t => {
  const { url } = await raw(t, reply({ error: { type: 't', reason: 'no such search' } }, 400))
  const headers = { 'X-Team': '${TEAM}' }
  const cwd = configured(t, { aliases: { default: { node: url, headers } } })
  const env = { TEAM: 'search' }
  const named = ['--config', '.esconnrc']
  t.regex((await esconn(['ping', '--dry-run', ...named], { cwd, env })).stdout, /x-team: \[redacted\]\n/)
  t.is((await esconn(['search', 'x', ...named], { cwd, env })).stderr[0], 'default: t: no such search (400)')
})

test('--curl says what curl cannot do', async t => {
  const tls = { caFingerprint: 'ab'.repeat(32) }
  const cwd = configured(t, { aliases: { default: { node: 'https://h', tls } } })
  const { stdout, stderr } = await esconn(['ping', '--curl'], { cwd })
  t.is(stdout, 'curl -gsS https://h/\n')
  t.deepEqual(stderr, [
    'curl has no option for `tls.caFingerprint`: use --cacert with the PEM file of that certificate',
  ])
})

test('--curl of a request that is signed with a session token', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'https://h', auth: { aws: { region: 'r' } } } } })
  const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 's3cret', AWS_SESSION_TOKEN: 's3cret-token' }
  const { stdout } = await esconn(['ping', '--curl', '--config', '.esconnrc'], { cwd, env })
  t.is(
    stdout,
    "curl -gsS --aws-sigv4 aws:amz:r:es -u '[redacted]' -H 'x-amz-security-token: [redacted]' https://h/\n",
  )
})

withProgram(test, 'curl')('what --curl prints is what esconn sends', async t => {
  const server = await raw(t, reply(found(['{"_id":"1"}'])))
  const cwd = configured(t, { aliases: { default: { node: server.url, headers: { 'X-Team': 'search' } } } })
  const argv = ['search', 'entry,it*s', '--body', BODY, '--term', 'a=b']
  await esconn(argv, { cwd })
  const { stdout } = await esconn([...argv, '--curl'], { cwd })
  await new Promise<void>((resolve, reject) => {
    import('node:child_process').then(({ exec }) =>
      exec(stdout, error => (error ? reject(error) : resolve())),
    )
  })
  const [ours, curls] = server.requests
  t.is(curls?.method, ours?.method)
  t.is(curls?.path, ours?.path)
  t.is(curls?.body, ours?.body)
  t.is(curls?.headers['content-type'], ours?.headers['content-type'])
  t.is(curls?.headers['x-team'], 'search')
})
