import test from 'ava'
import { reviewTrust } from '../../../src/config/trust/grants.ts'
import { tree } from '../_tree.ts'

const USER = `aliases:
  mine: also
  also: { node: "http://\${MY_HOST}", auth: { bearer: "\${MY_TOKEN}" } }
  a$b: { node: http://dollar }
`
const PEM = '-----BEGIN CERTIFICATE-----'

/** What is shown for the alias `a` of a project's file: where it leads, and what is sent there. */
const shows = test.macro((t, definition: string, leadsTo: string, sends: string) => {
  const { cwd, env } = tree(t, {
    'project/.esconnrc': `aliases:\n  a: ${definition}\n  b: { node: http://b, auth: { apiKey: s3cret } }\n`,
    'home/.esconnrc': USER,
  })
  const variables = {
    HOST: 'es1',
    WHO: 'ada',
    KEY: 's3cret',
    MY_HOST: 'm',
    URL: 'http://u:s3cret@h/p',
    CA: PEM,
  }
  const { destinations } = reviewTrust({ cwd, env: { ...env, ...variables } })
  t.deepEqual(destinations[0], { alias: 'a', leadsTo, sends })
})
const NONE = 'no secret'

test('an address', shows, '{ node: http://h/p }', 'http://h/p', NONE)
test('all addresses', shows, '{ nodes: ["http://h", "https://i:443"] }', 'http://h https://i', NONE)
test('a variable', shows, '{ node: "https://${HOST}:9200" }', 'https://es1:9200', NONE)
test('a dollar', shows, '{ node: "http://h/$${HOST}" }', 'http://h/$%7BHOST%7D', NONE)
test('a default', shows, '{ node: "https://${UNSET:-es2}:9200" }', 'https://es2:9200', NONE)
test(
  'a cloud ID',
  shows,
  '{ cloudId: "x:ZXUtd2VzdC0xLmF3cy5mb3VuZC5pbyQ0ZmQxZTliOGMxYTM0YjdjJGEyYzBkZTVm" }',
  'https://4fd1e9b8c1a34b7c.eu-west-1.aws.found.io',
  NONE,
)
test(
  'a cloud ID that is none',
  shows,
  '{ cloudId: "${HOST}" }',
  "not known: cloudId is not a cloud ID: copy it from the deployment's page, including the name",
  NONE,
)
test('a host that is not ASCII', shows, '{ node: http://ёxample }', 'http://xn--xample-ouf', NONE)
test('letters that look like others', shows, '{ node: http://аpple }', 'http://xn--pple-43d', NONE)
test('invisible characters in a host', shows, '{ node: "http://go\\u200bod" }', 'http://good', NONE)
test(
  'a variable that is not set',
  shows,
  '{ node: "http://${UNSET}" }',
  'not known: the variable UNSET is not set',
  'the variable UNSET',
)
test(
  'a variable that makes no address',
  shows,
  '{ node: "${HOST}" }',
  'not known: the address must begin with http:// or https://',
  'the variable HOST',
)
test(
  'a variable in the path, whose value may be secret',
  shows,
  '{ node: "https://${HOST}/x/${KEY}" }',
  'https://es1/x/${KEY}',
  'the variable HOST, the variable KEY',
)
test(
  'a path after a variable that is an address',
  shows,
  '{ node: "${URL}/${KEY}" }',
  'http://h/p/${KEY}',
  'the variable URL, the variable KEY',
)
test('a variable with a password', shows, '{ node: "${URL}" }', 'http://h/p', 'the variable URL')
test(
  'a password in the address',
  shows,
  '{ node: "http://u:s3cret@h" }',
  'http://h',
  'the password in node (written in the file)',
)
test(
  'a proxy',
  shows,
  '{ node: http://h, proxy: "http://u:${KEY}@${HOST}" }',
  'http://h, proxy http://es1:1080',
  'the variable KEY, the variable HOST',
)
test(
  'a proxy that is not known',
  shows,
  '{ node: http://h, proxy: "http://${UNSET}" }',
  'http://h, proxy not known: the variable UNSET is not set',
  'the variable UNSET',
)
test(
  'no verification, and another name',
  shows,
  '{ node: https://h, tls: { verify: false, serverName: "${HOST}" } }',
  'https://h, certificate not verified (verify: false), certificate of "es1"',
  NONE,
)
test(
  'an authority in a file',
  shows,
  '{ node: https://h, tls: { ca: "${WHO}.pem" } }',
  'https://h, authority "ada.pem"',
  NONE,
)
test(
  'an authority in a variable',
  shows,
  '{ node: https://h, tls: { ca: "${CA}" } }',
  'https://h, authority in PEM text',
  NONE,
)
const FINGERPRINT = 'a'.repeat(64)
test(
  'the fingerprint of an authority',
  shows,
  `{ node: https://h, tls: { caFingerprint: ${FINGERPRINT} } }`,
  `https://h, authority with the fingerprint "${FINGERPRINT}"`,
  NONE,
)
test(
  'every kind of secret',
  shows,
  `{ node: https://h, auth: { username: "\${WHO}", password: { keyring: "es/\${WHO}" } },
    headers: { X-Api-Key: s3cret, X-Team: search, X-Who: "\${WHO}" },
    tls: { cert: c.pem, key: k.pem, passphrase: { command: ["get-\${WHO}", "\${KEY}"] } } }`,
  'https://h',
  [
    'the variable WHO',
    'the file "k.pem"',
    'the keyring entry "es/ada"',
    'the command ["get-ada","${KEY}"]',
    'headers.X-Api-Key (written in the file)',
  ].join(', '),
)
test(
  'AWS credentials',
  shows,
  '{ node: https://h, auth: { aws: { region: eu-west-1, profile: "${WHO}" } } }',
  'https://h',
  'your AWS credentials of the profile "ada"',
)
test(
  'a secret that is not known',
  shows,
  '{ node: https://h, auth: { bearer: { file: "${UNSET}" } } }',
  'https://h',
  'the file "(not known: the variable UNSET is not set)"',
)
test(
  'another name for an alias of the file',
  shows,
  'b',
  'the alias b: http://b',
  'auth.apiKey (written in the file)',
)
test(
  'another name for an alias of the user',
  shows,
  'mine',
  'your alias also: http://m',
  'the variable MY_TOKEN',
)
test('a name with a dollar', shows, '"a$$b"', 'your alias a$b: http://dollar', NONE)
test('a name in a variable', shows, '"${UNSET:-a$$b}"', 'your alias a$b: http://dollar', NONE)
test(
  'a name in a variable that is not set',
  shows,
  '"${UNSET}"',
  'not known: the variable UNSET is not set',
  'not known',
)
test('a name of nothing', shows, 'nowhere', 'not known: points to an unknown alias (known: b)', 'not known')
