import { type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { tree } from '../../../config/_tree.ts'
import { esconn } from '../../../support/esconn.ts'
import { type KeyringState, keyring } from '../../../support/keyring.ts'
import { onlyWhere } from '../../../support/only.ts'
import { ESCONN, ended, start } from '../../../support/process.ts'
import { nobody, raw, reply, type Script } from '../../../support/raw.ts'
import { dialogue, hasTerminals, NO_TERMINALS, quoted } from '../../../support/terminal.ts'

const FILE = 'home/.esconnrc'

/** A user with this file and this keyring, and `config login` as a process whose standard input is a pipe. */
function user(t: ExecutionContext, file: string, entries: Record<string, string> = {}, state?: KeyringState) {
  const { root, cwd, env } = tree(t, { [FILE]: file })
  const system = keyring(t, entries, state)
  const surroundings = { cwd, env: { ...env, ...system.env, WHO: 'ada' } }
  const login = async (argv: readonly string[], stdin = '') => {
    const child = start(['config', 'login', ...argv], { ...surroundings, stdio: 'pipe' })
    child.stdin?.on('error', () => {}).end(stdin) // not every run reads it
    const stdout = child.stdout ? text(child.stdout) : ''
    const { status, stderr } = await ended(child)
    const lines = stderr.split('\n').map(line => line.replace(/^esconn: /, '').replaceAll(root, 'ROOT'))
    return [status, await stdout, ...lines.slice(0, -1)]
  }
  return { login, entries: system.entries, surroundings }
}

const IDENTITY = { version: { number: '9.5.3' } }
const REFUSAL = { error: { type: 'security_exception', reason: 'who are you?' }, status: 401 }

/** Elasticsearch that accepts one API key. */
const guarded: Script = (socket, request) =>
  (request.headers.authorization === 'ApiKey s3cret' ? reply(IDENTITY) : reply(REFUSAL, 401))(socket, request)

const withKey = (node: string) =>
  `aliases:\n  prod: logs\n  logs:\n    node: ${node}\n    auth: { apiKey: { keyring: 'es/\${WHO}' } }\n`

test('standard input is stored in the keyring, and the alias is tested', async t => {
  const { url, requests } = await raw(t, guarded)
  const { login, entries, surroundings } = user(t, withKey(url), { 'es/ada': 'old', 'es/bob': 'his' })
  t.deepEqual(await login(['prod'], 's3cret\r\n'), [
    0,
    '',
    'prod: the secret is stored in the keyring as es/ada',
    `prod: Elasticsearch 9.5.3 at ${url} accepts it`,
  ])
  t.deepEqual(entries(), { 'es/ada': 's3cret', 'es/bob': 'his' })
  t.is(requests.length, 1)
  t.is((await ended(start(['-a', 'logs', 'ping'], surroundings))).status, 0)
})

test('a secret that the cluster refuses is stored nevertheless', async t => {
  const { url } = await raw(t, guarded)
  const { login, entries } = user(t, withKey(url))
  t.deepEqual(
    await login(['logs', '-v'], 'wr0ng').then(([status, , ...lines]) => [status, ...lines.slice(-3)]),
    [
      4,
      'logs: the secret is stored, but the cluster refuses it; to replace it: esconn config login logs',
      'logs: security_exception: who are you? (401)',
      'check `auth` of the alias, and the rights of its user or key',
    ],
  )
  t.deepEqual(entries(), { 'es/ada': 'wr0ng' })
})

test('a secret is stored although the cluster is unreachable', async t => {
  const url = await nobody()
  const { login, entries } = user(t, withKey(url))
  const [status, , , ...said] = await login(['logs'], 's3cret')
  t.is(status, 7)
  t.is(said[0], 'logs: the secret is stored, but could not be tested')
  t.true(String(said[1]).startsWith(`logs: ${url}: connection refused`), String(said[1]))
  t.deepEqual(await login(['logs', '--no-test'], 'other'), [
    0,
    '',
    'logs: the secret is stored in the keyring as es/ada',
  ])
  t.deepEqual(entries(), { 'es/ada': 'other' })
})

test('an invalid secret is refused, and the old one stays', async t => {
  const { login, entries } = user(t, withKey('http://h'), { 'es/ada': 'old' })
  const word = 'must be one word of ASCII characters, without a line end'
  t.deepEqual(await login(['logs']), [66, '', 'logs: the secret is empty; nothing has changed'])
  t.deepEqual(await login(['logs'], '\n'), [66, '', 'logs: the secret is empty; nothing has changed'])
  t.deepEqual(await login(['logs'], 's3cret\ns3cret\n'), [
    66,
    '',
    `logs: the secret ${word}; nothing has changed`,
  ])
  t.deepEqual(entries(), { 'es/ada': 'old' })
})

test('a secret as an argument is refused, and not repeated', async t => {
  const { login } = user(t, withKey('http://h'))
  const [status, ...said] = await login(['logs', 's3cret'])
  t.is(status, 2)
  t.notRegex(said.join(), /s3cret/)
})

const SEVERAL = `aliases:
  logs:
    node: http://h
    auth: { username: ada, password: { keyring: es/password } }
    tls: { cert: cert.pem, key: { keyring: es/key }, passphrase: { keyring: es/phrase } }
    headers: { X-Gateway: { keyring: es/header } }
`

const KEY = '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----'

test('--field selects one of several secrets', async t => {
  const { login, entries } = user(t, SEVERAL)
  const all = 'auth.password, tls.key, tls.passphrase, headers.X-Gateway'
  t.deepEqual(await login(['logs', '--no-test'], 's3cret'), [
    2,
    '',
    `standard input can contain only one secret, and logs has several: ${all}`,
    '--field says which one it is',
  ])
  t.deepEqual(await login(['logs', '--no-test', '--field', 'auth.bearer'], 's3cret'), [
    2,
    '',
    '--field auth.bearer: logs has no such secret in the keyring',
    `it has ${all}`,
  ])
  t.is((await login(['logs', '--no-test', '--field', 'tls.key'], `${KEY}\n`))[0], 0)
  t.is((await login(['logs', '--no-test', '--field', 'tls.key'], 'no key'))[0], 66)
  t.is((await login(['logs', '--no-test', '--field', 'auth.password'], 'päss wörd'))[0], 0)
  t.is((await login(['logs', '--no-test', '--field', 'tls.passphrase'], 'one\ntwo\n'))[0], 66)
  t.deepEqual(entries(), { 'es/key': KEY, 'es/password': 'päss wörd' })
})

const onTerminal = onlyWhere(test, hasTerminals, NO_TERMINALS)
onTerminal('on a terminal each secret is prompted for, and none is shown', async t => {
  const { entries, surroundings } = user(t, SEVERAL.replace('{ keyring: es/key }', 'key.pem'))
  const turns = [
    ['◆  logs: auth.password', 's3cret one\r'],
    ['◆  logs: tls.passphrase', 's3cret two\r'],
    ['◆  logs: headers.X-Gateway', 's3cret three\r'],
  ] as const
  const { status, shown, echoes } = await dialogue(
    ['config', 'login', 'logs', '--no-test'],
    turns,
    surroundings,
  )
  t.deepEqual([status, echoes], [0, true])
  t.notRegex(shown, /s3cret/)
  t.deepEqual(entries(), {
    'es/password': 's3cret one',
    'es/phrase': 's3cret two',
    'es/header': 's3cret three',
  })
})

/** The advice for an alias without a secret in the keyring. */
const advises = test.macro(async (t, alias: string, advice: string) => {
  const { root, cwd, env } = tree(t, { [FILE]: `aliases: { prod: logs, logs: ${alias} }` })
  const { status, stderr } = await esconn(['config', 'login', 'prod'], { cwd, env, stdin: 's3cret' })
  t.is(status, 78)
  t.deepEqual(
    stderr.map(line => line.replaceAll(root, 'ROOT')),
    [`ROOT/${FILE}:1:24: aliases.logs: has no secret in the keyring`, `write ${advice}, then try again`],
  )
})
test('without a login', advises, '{ node: http://h }', 'auth: { apiKey: { keyring: esconn/logs } }')
test(
  'with a password',
  advises,
  '{ node: http://h, auth: { username: ada, password: x } }',
  'auth: { username: ada, password: { keyring: esconn/logs } }',
)
test(
  'with a token',
  advises,
  '{ node: http://h, auth: { bearer: "${T}" } }',
  'auth: { bearer: { keyring: esconn/logs } }',
)

test('an unknown alias, and no configuration at all', async t => {
  const place = tree(t, { [FILE]: 'aliases: { logs: { node: http://h } }' })
  const unknown = await esconn(['config', 'login', 'log'], place)
  t.deepEqual(
    [unknown.status, unknown.stderr],
    [78, ['unknown alias `log`; did you mean `logs`? (known: logs)']],
  )
  const none = await esconn(['config', 'login', 'logs'])
  t.deepEqual(
    [none.status, none.stderr],
    [78, ['there is no configuration yet', 'esconn config init writes one']],
  )
})

test('an alias of a project’s file needs trust first', async t => {
  const { url } = await raw(t, guarded)
  const place = tree(t, { 'project/.esconnrc': withKey(url) })
  const { env, entries } = keyring(t)
  const options = { cwd: place.cwd, env: { ...place.env, ...env, WHO: 'ada' }, stdio: 'pipe' } as const
  const login = async () => {
    const child = start(['config', 'login', 'logs'], options)
    child.stdin?.on('error', () => {}).end('s3cret')
    return await ended(child)
  }
  const refused = await login()
  t.is(refused.status, 78)
  t.regex(refused.stderr, /the file is not trusted, and uses the variable WHO/)
  t.deepEqual(entries(), {})
  t.is((await ended(start(['config', 'trust', '--yes'], options))).status, 0)
  t.is((await login()).status, 0)
  t.deepEqual(entries(), { 'es/ada': 's3cret' })
})

const ELSEWHERE = 'a secret can also come from a variable, { file: PATH } or { command: [PROGRAM, …] }'

test('a keyring that is absent, locked or volatile', async t => {
  const login = (state: KeyringState) =>
    user(t, withKey('http://h'), {}, state).login(['logs', '--no-test'], 's3cret')
  t.deepEqual(await login('absent'), [
    78,
    '',
    'logs: the keyring did not accept the secret: no keyring available (the optional package @napi-rs/keyring is not installed, or does not run here)',
    ELSEWHERE,
  ])
  t.deepEqual(await login('locked'), [
    78,
    '',
    'logs: the keyring did not accept the secret: the collection is locked',
    ELSEWHERE,
  ])
  const kept = 'logs: the secret is stored in the keyring as es/ada'
  const note =
    'no Secret Service runs here: the kernel keeps the secret until the next reboot, or three days without use'
  t.deepEqual(await login('kernel'), [0, '', kept, ...(process.platform === 'linux' ? [note] : [])])
})

const PERL = 'perl'
const KEYCTL: Partial<Record<string, number>> = { x64: 250, arm64: 219 }

/** A line of shell in a session of its own, to which the user's keyring in the kernel is open as after a login. */
function inSession(line: string, options: SpawnOptions) {
  const call = `syscall(${KEYCTL[process.arch] ?? -1}`
  const script = `${call}, 1, 0) >= 0 && ${call}, 8, -4, -3) >= 0 or exit 99; exec @ARGV`
  return spawn(PERL, ['-e', script, 'sh', '-c', line], options)
}

test('the keyring package itself, with the keyring of the kernel', async t => {
  const { url } = await raw(t, guarded)
  const place = tree(t, { [FILE]: withKey(url) })
  const env = { PATH: process.env.PATH, ...place.env, WHO: randomBytes(8).toString('hex') }
  const esconn = ESCONN.map(quoted).join(' ')
  const forget = `import('@napi-rs/keyring').then(({ Entry }) => new Entry('es', process.env.WHO).deletePassword())`
  const line = `echo s3cret | ${esconn} config login logs && ${esconn} -a logs ping; echo $? >&2; ${process.execPath} -e "${forget}"`
  const child = inSession(line, { cwd: import.meta.dirname, env, stdio: ['ignore', 'ignore', 'pipe'] })
  const [outcome] = await Promise.race([
    ended(child).then(ended => [ended]),
    once(child, 'error').then(() => []),
  ])
  if (outcome === undefined || outcome.status === 99 || /did not accept the secret/.test(outcome.stderr))
    return t.pass('the kernel has no keyring for us here')
  t.deepEqual(outcome.stderr.split('\n').slice(-3), [
    `esconn: logs: Elasticsearch 9.5.3 at ${url} accepts it`,
    '0',
    '',
  ])
})
