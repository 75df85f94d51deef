import { spawn } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { onServers } from '../../../../cluster/servers.ts'
import { type Tree, tree } from '../../../../config/_tree.ts'
import { authority } from '../../../../support/certificates.ts'
import { esconn } from '../../../../support/esconn.ts'
import { ESCONN, ended } from '../../../../support/process.ts'
import { nobody, raw, reply, type Script } from '../../../../support/raw.ts'

const eachServer = onServers(test)

const FILE = 'home/.config/esconn/config.yaml'
const HEAD = '# All fields of an alias: esconn config schema\n'
const NO_TERMINAL = 'and there is no terminal to prompt on'

const read = ({ root }: Tree, name = FILE) => readFileSync(join(root, name), 'utf8').replaceAll(root, 'ROOT')
const mode = ({ root }: Tree, name: string) => statSync(join(root, name)).mode & 0o7777

/** The outcome of `config init`, with the root shown as `ROOT`. */
async function init({ root, cwd, env }: Tree, argv: readonly string[], more: Record<string, string> = {}) {
  const outcome = await esconn(['config', 'init', ...argv], { cwd, env: { ...env, ...more } })
  const shown = (text: string) => text.replaceAll(root, 'ROOT')
  return { ...outcome, stderr: outcome.stderr.map(shown) }
}

eachServer(
  'options write a file that nobody else can read, once the cluster has answered',
  async (t, server) => {
    const place = tree(t)
    const { status, stdout, stderr } = await init(place, ['--node', server.url])
    t.deepEqual([status, stdout, stderr.length], [0, '', 2])
    t.regex(
      stderr[0] ?? '',
      /^default: (?:Elasticsearch|OpenSearch) .* answers at http:\/\/\S+ \([\d.]+m?s\)$/,
    )
    t.is(stderr[1], `default: written to ROOT/${FILE}`)
    t.is(read(place), `${HEAD}aliases:\n  default:\n    node: ${server.url}\n`)
    t.deepEqual([mode(place, 'home/.config/esconn'), mode(place, FILE)], [0o700, 0o600])
    const ping = await esconn(['ping'], place)
    t.deepEqual([ping.status, ping.stdout.split('\t')[1]], [0, server.url])
  },
)

test('a command is run in the directory of the file, in the test and in use', async t => {
  const { url } = await raw(t, reply({ version: { number: '9.5.3' } }))
  const place = tree(t, { 'home/.config/esconn/pw': 's3cret\n' })
  const argv = ['--node', url, '--username', 'ada', '--secret-command', 'cat pw']
  t.is((await init(place, argv, { PATH: process.env.PATH ?? '' })).status, 0)
  const env = { ...place.env, PATH: process.env.PATH ?? '' }
  t.is((await esconn(['ping'], { ...place, env })).status, 0)
})

/** The alias that options write, without a test. */
const writes = test.macro(async (t, argv: readonly string[], expected: string) => {
  const place = tree(t)
  const { status, stderr } = await init(place, ['--no-test', ...argv])
  t.deepEqual([status, stderr], [0, [`default: written to ROOT/${FILE}`]])
  t.is(read(place), `${HEAD}aliases:\n  default:\n${expected}`)
})
const NODE = ['--node', 'https://h:9200']

test(
  'several nodes',
  writes,
  [...NODE, '--node', 'https://i'],
  '    nodes:\n      - https://h:9200\n      - https://i\n',
)
test(
  'a cloud ID',
  writes,
  ['--cloud-id', 'x:Y2xvdWQuZXhhbXBsZSRhYmM='],
  '    cloudId: x:Y2xvdWQuZXhhbXBsZSRhYmM=\n',
)
test(
  'a user, and a variable for the password',
  writes,
  [...NODE, '--username', 'ada', '--secret-env', 'PW'],
  '    node: https://h:9200\n    auth:\n      username: ada\n      password: ${PW}\n',
)
test(
  'an API key in a file, by its absolute path',
  writes,
  [...NODE, '--auth', 'apiKey', '--secret-file', 'key'],
  '    node: https://h:9200\n    auth:\n      apiKey:\n        file: ROOT/project/key\n',
)
test(
  'a token in a file in the home directory',
  writes,
  [...NODE, '--auth', 'serviceToken', '--secret-file', '~/token'],
  '    node: https://h:9200\n    auth:\n      serviceToken:\n        file: ~/token\n',
)
test(
  'a command in words',
  writes,
  [...NODE, '--auth', 'bearer', '--secret-command', ' pass  show es '],
  '    node: https://h:9200\n    auth:\n      bearer:\n        command:\n          - pass\n          - show\n          - es\n',
)
test(
  'a command in JSON',
  writes,
  [...NODE, '--auth', 'bearer', '--secret-command', '["pass", "my es"]'],
  '    node: https://h:9200\n    auth:\n      bearer:\n        command:\n          - pass\n          - my es\n',
)
test(
  'a certificate authority',
  writes,
  [...NODE, '--auth', 'none', '--ca', '../ca.pem'],
  '    node: https://h:9200\n    tls:\n      ca: ROOT/ca.pem\n',
)
test(
  'a fingerprint',
  writes,
  [...NODE, '--ca-fingerprint', 'ab'.repeat(32)],
  `    node: https://h:9200\n    tls:\n      caFingerprint: ${'ab'.repeat(32)}\n`,
)
test('a variable in a URL', writes, ['--node', 'https://${ES}'], '    node: https://${ES}\n')

/** The messages about invalid options, for which nothing is written. */
const refuses = test.macro(async (t, argv: readonly string[], ...expected: string[]) => {
  const place = tree(t)
  const { status, stderr } = await init(place, ['--no-test', ...argv])
  t.deepEqual([status, stderr], [2, expected])
  t.deepEqual(readdirSync(join(place.root, 'home')), [])
})

test(
  'no address',
  refuses,
  ['--name', 'logs'],
  `--node or --cloud-id is missing, ${NO_TERMINAL}`,
  'for example: esconn config init --node http://localhost:9200',
)
test(
  'two kinds of address',
  refuses,
  [...NODE, '--cloud-id', 'x:Y2xvdWQuZXhhbXBsZSRhYmM='],
  "option '--cloud-id <id>' cannot be used with option '--node <url>'",
  'see esconn config init --help',
)
test('not a URL', refuses, ['--node', 'h:9200'], 'default.node: must begin with http:// or https://')
test(
  'no fingerprint',
  refuses,
  [...NODE, '--ca-fingerprint', 'ab'],
  'default.tls.caFingerprint: must be the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons',
)
test(
  'no name',
  refuses,
  [...NODE, '--name', 'a/b'],
  'the alias must be a name without white space and without any of , : / @',
)
test('a reserved name', refuses, [...NODE, '--name', '__proto__'], '__proto__: cannot be used as a key')
test(
  'a password in a URL, which is not repeated',
  refuses,
  ['--node', 'https://ada:s3cret@h'],
  '--node: other users of this machine can see a password in an argument',
  'leave it out, and use --username with --secret-keyring, for example',
)
test(
  'a user without basic',
  refuses,
  [...NODE, '--username', 'ada', '--auth', 'apiKey'],
  '--username goes with --auth basic, not with apiKey',
)
test(
  'basic without a user',
  refuses,
  [...NODE, '--auth', 'basic', '--secret-env', 'A'],
  '--auth basic needs --username',
)
test(
  'a secret without a login method',
  refuses,
  [...NODE, '--secret-env', 'A'],
  'the login method of the secret is missing',
  'add --auth basic, apiKey, bearer or serviceToken',
)
test(
  'two sources of a secret',
  refuses,
  [...NODE, '--auth', 'bearer', '--secret-env', 'A', '--secret-keyring'],
  "option '--secret-env <name>' cannot be used with option '--secret-keyring'",
  'see esconn config init --help',
)
test(
  'no source of a secret',
  refuses,
  [...NODE, '--auth', 'bearer'],
  `no option says where the token comes from, ${NO_TERMINAL}`,
  '--secret-env NAME, --secret-file PATH, --secret-command ARGV or --secret-keyring',
)
test(
  'a secret instead of a variable’s name, which is not repeated',
  refuses,
  [...NODE, '--auth', 'bearer', '--secret-env', 's3cret!'],
  'that is not the name of a variable, such as LOGS_PASSWORD',
)
const WORDS = 'for example: pass show logs, or as JSON: ["pass", "show", "my logs"]'
test(
  'a command for a shell',
  refuses,
  [...NODE, '--auth', 'bearer', '--secret-command', "pass 'my es'"],
  'the command is run without a shell, so quotes, variables and the like have no effect',
  WORDS,
)
test(
  'a command that is not a list',
  refuses,
  [...NODE, '--auth', 'bearer', '--secret-command', '["pass"'],
  'a command is a list of words',
  WORDS,
)
test(
  'a login in a project’s file',
  refuses,
  [...NODE, '--project', '--auth', 'bearer', '--secret-env', 'A'],
  "--project: a project's file is shared by everyone who works on it, and must not contain a login",
  'without --project the alias goes into your own file',
)
test(
  'a dry run',
  refuses,
  [...NODE, '--dry-run'],
  '--dry-run and --curl are for commands that send one request, which init is not',
)
test(
  'two files',
  refuses,
  [...NODE, '--project', '--config', 'x.yaml'],
  '--project and --config (or ESCONN_CONFIG) name two files',
  'give one',
)

const MINE = '# mine\naliases:\n  logs:   { node: http://logs }   # main\n'

test('an existing alias is replaced only with --force', async t => {
  const place = tree(t, { [FILE]: MINE })
  const argv = ['--no-test', '--name', 'logs', '--node', 'http://h']
  t.deepEqual(await init(place, argv), {
    status: 78,
    stdout: '',
    stderr: [
      `the alias logs exists already, in line 3 of ROOT/${FILE}`,
      '--force replaces it, --name gives another name',
    ],
  })
  t.is(read(place), MINE)
  t.is((await init(place, [...argv, '--force'])).status, 0)
  t.is(read(place), '# mine\naliases:\n  logs:\n    node: http://h   # main\n')
})

test('an existing file of the user is added to, and so is the target of a symbolic link', async t => {
  const place = tree(t, { 'home/.esconnrc': MINE })
  t.is((await init(place, ['--no-test', '--node', 'http://h'])).status, 0)
  t.is(read(place, 'home/.esconnrc'), `${MINE}  default:\n    node: http://h\n`)
  const dotfiles = tree(t, { 'dotfiles/es.yml': MINE, 'home/.config/esconn/x': '' })
  symlinkSync(join(dotfiles.root, 'dotfiles/es.yml'), join(dotfiles.root, 'home/.config/esconn/config.yml'))
  const { stderr } = await init(dotfiles, ['--no-test', '--node', 'http://h'])
  t.deepEqual(stderr, ['default: written to ROOT/dotfiles/es.yml'])
  t.is(read(dotfiles, 'dotfiles/es.yml'), `${MINE}  default:\n    node: http://h\n`)
})

test('XDG_CONFIG_HOME, a named file, and an alias before the command', async t => {
  const place = tree(t)
  const written = async (argv: string[], env = {}) =>
    (await init(place, ['--no-test', '--node', 'http://h', ...argv], env)).stderr
  t.deepEqual(await written([], { XDG_CONFIG_HOME: join(place.root, 'xdg') }), [
    'default: written to ROOT/xdg/esconn/config.yaml',
  ])
  t.deepEqual(await written(['--config', 'x.json']), ['default: written to ROOT/project/x.json'])
  t.deepEqual(JSON.parse(read(place, 'project/x.json')), { aliases: { default: { node: 'http://h' } } })
  t.deepEqual(await written(['-a', 'b'], { ESCONN_CONFIG: 'x.json' }), ['b: written to ROOT/project/x.json'])
  t.deepEqual(Object.keys(JSON.parse(read(place, 'project/x.json')).aliases), ['default', 'b'])
})

test('a file with a mistake stays as it is', async t => {
  const place = tree(t, { [FILE]: 'aliases: { a: { nod: http://a } }\n' })
  const { status, stderr } = await init(place, ['--no-test', '--node', 'http://h'])
  t.deepEqual(
    [status, stderr],
    [78, [`ROOT/${FILE}:1:17: aliases.a.nod: unknown key; did you mean \`node\`?`]],
  )
  t.is(read(place), 'aliases: { a: { nod: http://a } }\n')
})

test('a project’s file, new or existing: its permissions, trust and precedence', async t => {
  const place = tree(t, { [FILE]: MINE })
  const argv = ['--no-test', '--project', '--node', 'http://h']
  t.deepEqual((await init(place, argv)).stderr, ['default: written to ROOT/project/.esconnrc'])
  t.is(mode(place, 'project/.esconnrc'), 0o600)
  chmodSync(join(place.root, 'project/.esconnrc'), 0o644)
  t.deepEqual((await init(place, [...argv, '--name', 'tls', '--ca', 'ca.pem'])).stderr, [
    'tls: written to ROOT/project/.esconnrc',
    'it can be used once its file is trusted: esconn config trust',
  ])
  t.is(mode(place, 'project/.esconnrc'), 0o644)
  t.is(
    read(place, 'project/.esconnrc'),
    `${HEAD}aliases:\n  default:\n    node: http://h\n  tls:\n    node: http://h\n    tls:\n      ca: ca.pem\n`,
  )
  t.deepEqual((await init(place, ['--no-test', '--node', 'http://mine'])).stderr, [
    `default: written to ROOT/${FILE}`,
    'here default is the alias of ROOT/project/.esconnrc, line 3, which takes precedence',
    'it can be used once its file is trusted: esconn config trust',
  ])
})

test('a mistake in a project’s file does not prevent writing to the user’s own', async t => {
  const place = tree(t, { 'project/.esconnrc': 'aliases: [' })
  const { status, stderr } = await init(place, ['--no-test', '--node', 'http://h'])
  t.deepEqual([status, stderr[0]], [0, `default: written to ROOT/${FILE}`])
  t.regex(stderr[1] ?? '', /^no alias can be used here: ROOT\/project\/\.esconnrc:1:/)
})

test('a file that cannot be written in full stays as it is', async t => {
  const place = tree(t, { [FILE]: MINE })
  const argv = ['config', 'init', '--no-test', '--node', 'http://h']
  const child = spawn('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', ...ESCONN, ...argv], place)
  const { status, stderr } = await ended(child)
  t.is(status, 23)
  t.is(
    stderr.replaceAll(place.root, 'ROOT'),
    `esconn: ROOT/${FILE}: cannot be written (EFBIG: file too large); nothing has changed\n`,
  )
  t.is(read(place), MINE)
  t.deepEqual(readdirSync(join(place.root, 'home/.config/esconn')), ['config.yaml'])
})

test('a project’s file of another name', async t => {
  const yaml = tree(t, { 'project/.esconnrc.yaml': MINE })
  t.deepEqual((await init(yaml, ['--no-test', '--project', '--node', 'http://h'])).stderr, [
    'default: written to ROOT/project/.esconnrc.yaml',
  ])
  const above = tree(t, { '.esconnrc': MINE })
  t.deepEqual((await init(above, ['--no-test', '--project', '--node', 'http://h'])).stderr, [
    'default: written to ROOT/project/.esconnrc',
  ])
  const packaged = tree(t, { 'project/package.json': '{"esconn":{"aliases":{"a":{"node":"http://a"}}}}' })
  t.deepEqual(await init(packaged, ['--no-test', '--project', '--node', 'http://h']), {
    status: 78,
    stdout: '',
    stderr: [
      'ROOT/project/package.json: a file of this name is never written',
      'add the alias to it by hand, or name another file',
    ],
  })
})

test('no project’s file in a directory where none is read', async t => {
  const place = tree(t)
  for (const cwd of [join(place.root, 'home'), place.root]) {
    const { status, stderr } = await init({ ...place, cwd }, ['--no-test', '--project', '--node', 'http://h'])
    t.is(status, 2)
    t.regex(
      stderr[0] ?? '',
      /^--project: no project's file is read in ROOT(?:\/home)?, which is your home directory or above it$/,
    )
  }
})

const IDENTITY = { version: { number: '9.5.3' } }
const unauthorized = reply(
  { error: { type: 'security_exception', reason: 'who are you?' }, status: 401 },
  401,
)

/** Elasticsearch that accepts one user. */
const guarded =
  (authorization: string): Script =>
  (socket, request) =>
    (request.headers.authorization === authorization ? reply(IDENTITY) : unauthorized)(socket, request)

const OTHERWISE = '--no-test writes without testing the connection'

test('nothing is written for a cluster that is unreachable, denies access or is not trusted', async t => {
  const { issue, pem } = await authority()
  const identity = await issue()
  const secure = await raw(t, reply(IDENTITY), { tls: { ...identity, cert: identity.cert + pem } })
  const closed = await raw(t, guarded('Bearer s3cret'))
  const place = tree(t)
  const outcomes = [
    [7, await nobody(), `nothing was written; ${OTHERWISE}`],
    [60, secure.url, `nothing was written; --ca or --ca-fingerprint sets what to trust; ${OTHERWISE}`],
    [4, closed.url, `nothing was written; --auth sets the login method; ${OTHERWISE}`],
  ] as const
  for (const [expected, url, last] of outcomes) {
    const { status, stderr } = await init(place, ['--node', url])
    t.deepEqual([status, stderr.at(-1)], [expected, last], stderr.join('\n'))
  }
  t.false(existsSync(join(place.root, 'home/.config')))
})

test('the test connects as the alias will, and the secret is never shown', async t => {
  const { issue, pem } = await authority()
  const server = await raw(t, guarded('Bearer s3cret'), { tls: await issue() })
  const place = tree(t, { 'project/ca.pem': pem, 'project/token': 's3cret\n' })
  const argv = ['--node', server.url, '--auth', 'bearer', '--ca', 'ca.pem']
  const unset = await init(place, [...argv, '--secret-env', 'TOKEN'])
  t.deepEqual([unset.status, unset.stderr[0]], [78, 'default.auth.bearer: the variable TOKEN is not set'])
  const wrong = await init(place, [...argv, '--secret-env', 'TOKEN'], { TOKEN: 'wr0ng' })
  t.is(wrong.status, 4)
  const right = await init(place, [...argv, '--secret-file', 'token', '-v'])
  t.is(right.status, 0, right.stderr.join('\n'))
  t.notRegex(JSON.stringify([wrong, right, read(place)]), /s3cret|wr0ng/)
  t.is((await esconn(['ping'], place)).status, 0)
})
