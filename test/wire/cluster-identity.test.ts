import test from 'ava'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { raw, reply, type Script } from '../support/raw.ts'

const pings = test.macro(async (t, script: Script, status: number, said: string) => {
  const { url } = await raw(t, script)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const outcome = await esconn(['ping'], { cwd })
  t.is(outcome.status, status)
  t.is(outcome.stdout.split('\t')[2] ?? outcome.stderr[0]?.replace(url, 'NODE'), said)
})

const OURS = { 'x-elastic-product': 'Elasticsearch' }
const EITHER = 'Elasticsearch or OpenSearch'
const denied = { error: { type: 'security_exception', reason: 'no rights' }, status: 403 }
const version = (number: string, more = {}) => ({ name: 'n', version: { number, ...more } })

test('Elasticsearch', pings, reply(version('9.5.3')), 0, 'Elasticsearch 9.5.3')
test('OpenSearch', pings, reply(version('3.6.0', { distribution: 'opensearch' })), 0, 'OpenSearch 3.6.0')
test(
  '405 of Elasticsearch',
  pings,
  reply({ error: 'no' }, 405, OURS),
  0,
  'Elasticsearch (version unknown: GET / returned 405)',
)
test(
  '403 of Elasticsearch',
  pings,
  reply(denied, 403, OURS),
  0,
  'Elasticsearch (version unknown: GET / returned 403)',
)
const deniedBy = (reason: string) =>
  reply({ error: { type: 'security_exception', reason }, status: 403 }, 403)
test(
  '403 in the words of OpenSearch',
  pings,
  deniedBy('no permissions for [cluster:monitor/main] and User [name=bob, backend_roles=[]]'),
  0,
  'OpenSearch (version unknown: GET / returned 403)',
)
test(
  '403 in the words of Elasticsearch, without its header',
  pings,
  deniedBy('action [cluster:monitor/main] is unauthorized for user [bob]'),
  0,
  'Elasticsearch (version unknown: GET / returned 403)',
)
test('403 of one of the two', pings, reply(denied, 403), 0, `${EITHER} (version unknown: GET / returned 403)`)
test(
  '403 of OpenSearch 3, whose header has the version',
  pings,
  reply(denied, 403, { 'x-opensearch-version': 'OpenSearch/3.6.0 (opensearch)' }),
  0,
  'OpenSearch 3.6.0',
)
test(
  'OpenSearch whose list of allowed requests lacks GET /',
  pings,
  reply({ error: 'GET / API not allowlisted', status: 'FORBIDDEN' }, 403),
  0,
  'OpenSearch (version unknown: GET / returned 403)',
)
test(
  'a user who may not act as another one may do nothing',
  pings,
  deniedBy(
    'action [cluster:monitor/main] is unauthorized for user [bob] with effective roles [only-a], because user [bob] is unauthorized to run as [ada]',
  ),
  4,
  'default: security_exception: action [cluster:monitor/main] is unauthorized for user [bob] with effective roles [only-a], because user [bob] is unauthorized to run as [ada] (403)',
)
test(
  'a collection of OpenSearch Serverless, which has no GET /',
  pings,
  reply('', 404, { server: 'aoss-amazon-g' }),
  0,
  'OpenSearch (version unknown: GET / returned 404)',
)
test(
  '404 of something else',
  pings,
  reply('', 404),
  8,
  'default: the reply is not from Elasticsearch or OpenSearch (404)',
)
test('403 of something else', pings, reply('<html>', 403), 4, 'default: access denied (403)')
test(
  '405 of something else',
  pings,
  reply('<html>', 405),
  8,
  'default: the reply is not from Elasticsearch or OpenSearch (405)',
)
test(
  '403 of another JSON server',
  pings,
  reply({ status: 403, error: 'Forbidden', path: '/' }, 403),
  4,
  'default: Forbidden (403)',
)
test(
  "405 with Elasticsearch's own error, without its header",
  pings,
  reply({ error: 'Incorrect HTTP method for uri [/]' }, 405),
  0,
  `${EITHER} (version unknown: GET / returned 405)`,
)
test('401', pings, reply(denied, 401, OURS), 4, 'default: security_exception: no rights (401)')
test(
  'another server',
  pings,
  reply({ hello: 'world' }),
  8,
  'default: NODE: the server is neither Elasticsearch nor OpenSearch',
)
test('HTML', pings, reply('<html>'), 8, 'default: NODE: the server is neither Elasticsearch nor OpenSearch')
test(
  'a version with terminal control characters',
  pings,
  reply(version('9\u001b[2J')),
  0,
  'Elasticsearch 9\\u001b[2J',
)
