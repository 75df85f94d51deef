import { execFileSync } from 'node:child_process'
import test from 'ava'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { found, raw, reply } from '../support/raw.ts'

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
  '--curl prints a command line',
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

test('what --curl prints is what esconn sends', async t => {
  const server = await raw(t, reply(found([])))
  const cwd = configured(t, { aliases: { default: { node: server.url, headers: { 'X-Team': 'search' } } } })
  const argv = ['search', 'entry,it*s', '--body', BODY, '--term', 'a=b']
  await esconn(argv, { cwd })
  const { stdout } = await esconn([...argv, '--curl'], { cwd })
  try {
    execFileSync('curl', ['--version'])
  } catch {
    t.log('not compared: there is no curl here')
    return t.pass()
  }
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
