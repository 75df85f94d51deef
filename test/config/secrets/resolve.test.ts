import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readKeyring, writeKeyring } from '../../../src/config/secrets/keyring.ts'
import { onlyWhere } from '../../support/only.ts'
import { tree } from '../_tree.ts'

// Looked up first: ava requires all tests to be declared without a wait between them.
const fault = await keyringFault()

const alias = (auth: string) => `aliases:\n  a: { node: http://h, auth: { ${auth} } }\n`

const logsIn = test.macro(async (t, auth: string, expected: object) => {
  const { root, load, env } = tree(t, { 'home/.esconnrc': alias(auth), 'home/token': 't0ken\n' })
  Object.assign(env, { TOKEN: 't0ken', FILE: 'token', PATH: process.env.PATH })
  mkdirSync(join(root, 'home/sub'))
  const { settings } = await load().resolve('a')
  t.deepEqual(settings.auth, expected as typeof settings.auth)
  t.true(settings.secrets?.some(secret => secret.includes('t0ken')))
})
test('a literal secret', logsIn, 'bearer: t0ken', { bearer: 't0ken' })
test('a variable', logsIn, 'bearer: "${TOKEN}"', { bearer: 't0ken' })
test('a file, without the line end after it', logsIn, 'bearer: { file: token }', { bearer: 't0ken' })
test('a file named by a variable', logsIn, 'bearer: { file: "./${FILE}" }', { bearer: 't0ken' })
test('a file in the home directory', logsIn, 'bearer: { file: ~/token }', { bearer: 't0ken' })
test('a command', logsIn, 'bearer: { command: [echo, t0ken] }', { bearer: 't0ken' })
test('a command relative to the file', logsIn, 'bearer: { command: [cat, ./token] }', { bearer: 't0ken' })
test('no shell is used', logsIn, 'password: { command: [echo, "$(id) t0ken;"] }, username: u', {
  username: 'u',
  password: '$(id) t0ken;',
})
test(
  'a command that leaves something running',
  logsIn,
  'bearer: { command: [sh, -c, "echo t0ken; sleep 30 &"] }',
  {
    bearer: 't0ken',
  },
)
test('a service token', logsIn, 'serviceToken: t0ken', { bearer: 't0ken' })
test('id and key', logsIn, 'apiKey: { id: i, key: { file: token } }', {
  apiKey: Buffer.from('i:t0ken').toString('base64'),
})
test('a password of special characters', logsIn, 'username: u, password: { file: token }', {
  username: 'u',
  password: 't0ken',
})

const refuses = test.macro(async (t, auth: string, said: string) => {
  const { root, load, refusal, env } = tree(t, { 'home/.esconnrc': alias(auth) })
  env.PATH = process.env.PATH ?? ''
  for (const [name, text] of [
    ['empty', '\n'],
    ['two', 's3cret\nline'],
    ['nul', 's3c\0ret'],
  ] as const)
    writeFileSync(join(root, 'home', name), text)
  const message = await refusal(() => load().resolve('a'))
  t.is(message, `ROOT/home/.esconnrc:2:${said}`)
  t.false(message.includes('s3c'))
})
const BEARER = '32: aliases.a.auth.bearer'
const COMMAND = '42: aliases.a.auth.bearer.command'
test(
  'a file that is absent',
  refuses,
  'bearer: { file: none }',
  '42: aliases.a.auth.bearer.file: no such file: ROOT/home/none',
)
test('an empty file', refuses, 'bearer: { file: empty }', `${BEARER}: is empty`)
test(
  'two lines',
  refuses,
  'bearer: { file: two }',
  `${BEARER}: must be one word of ASCII characters, without a line end`,
)
test(
  'NUL',
  refuses,
  'bearer: { file: nul }',
  `${BEARER}: must be one word of ASCII characters, without a line end`,
)
test(
  'a directory',
  refuses,
  'bearer: { file: . }',
  '42: aliases.a.auth.bearer.file: a directory, where a file is expected',
)
test(
  'a command that does not exist',
  refuses,
  'bearer: { command: [no-such-command] }',
  `${COMMAND}: the command no-such-command does not exist, or its working directory does not`,
)
test(
  'a command that fails',
  refuses,
  'bearer: { command: [sh, -c, "echo s3cret; exit 3"] }',
  `${COMMAND}: the command failed with exit status 3`,
)
test(
  'a command that is killed',
  refuses,
  'bearer: { command: [sh, -c, "kill -9 $$$$"] }',
  `${COMMAND}: the command was ended by SIGKILL`,
)
test(
  'a command that takes too long',
  refuses,
  'bearer: { command: [sh, -c, "echo s3cret; sleep 60 & wait"], timeout: 200ms }',
  `${COMMAND}: the command did not end within 0.2s`,
)
test(
  'a command with endless output',
  refuses,
  'bearer: { command: [yes, s3cret] }',
  `${COMMAND}: the command printed more than 1 MiB`,
)
test(
  'a command that prints bytes that are not text',
  refuses,
  'bearer: { command: [printf, "s3c\\\\344ret"] }',
  `${COMMAND}: the command printed bytes that are not UTF-8 text`,
)
test(
  'a command below a file',
  refuses,
  'bearer: { command: [/etc/passwd/x] }',
  `${COMMAND}: the command "/etc/passwd/x" cannot be run (ENOTDIR)`,
)
test(
  'a password followed by more lines',
  refuses,
  'username: u, password: { file: two }',
  '45: aliases.a.auth.password: must be one line',
)
test(
  'a key followed by more lines',
  refuses,
  'apiKey: { id: i, key: { file: two } }',
  '49: aliases.a.auth.apiKey.key: must be one line',
)
test('a command that prints nothing', refuses, 'bearer: { command: ["true"] }', `${BEARER}: is empty`)
test(
  'no source',
  refuses,
  'bearer: {}',
  `${BEARER}: must have exactly one of: \`file\`, \`keyring\`, \`command\``,
)
test(
  'two sources',
  refuses,
  'bearer: { file: a, keyring: a/b }',
  `${BEARER}: must have exactly one of: \`file\`, \`keyring\`, \`command\``,
)
test(
  'a timeout without a command',
  refuses,
  'bearer: { file: a, timeout: 1s }',
  `${BEARER}: can have \`timeout\` only with \`command\``,
)
test(
  'a shell line',
  refuses,
  'bearer: { command: pass show x }',
  `${COMMAND}: must be a list: the program and its arguments`,
)
test(
  'a keyring entry without account',
  refuses,
  'bearer: { keyring: esconn }',
  '42: aliases.a.auth.bearer.keyring: must be written service/account',
)

test('the standard error of a command is shown as it arrives', t => {
  const { cwd, root } = tree(t, {
    'home/.esconnrc': alias('bearer: { command: [sh, -c, "echo touch your key >&2; echo s3cret"] }'),
  })
  const script = `import { loadConfig } from '${new URL('../../../src/config/configuration.ts', import.meta.url)}'
    const { settings } = await loadConfig({ cwd: '${cwd}', env: { ...process.env, HOME: '${root}/home' } }).resolve('a')
    console.log(settings.auth.bearer.length)`
  const command = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  t.deepEqual([stdout, stderr], ['6\n', 'touch your key\n'])
})

/** Whether this system has a keyring that works; the kernel's does in most containers. */
async function keyringFault(): Promise<string | undefined> {
  try {
    await writeKeyring('esconn-test/probe', 'x')
    return (await readKeyring('esconn-test/probe')) === 'x' ? undefined : 'it does not keep what it is given'
  } catch (error) {
    return (error as Error).message
  }
}

const withKeyring = onlyWhere(
  test,
  fault === undefined,
  `the keyring of this system cannot be used: ${fault}`,
)
withKeyring('the keyring of this system', async t => {
  const account = `account/${process.pid}`
  const { load, refusal } = tree(t, {
    'home/.esconnrc': alias(`bearer: { keyring: esconn-test/${account} }`),
  })
  t.is(
    await refusal(() => load().resolve('a')),
    'ROOT/home/.esconnrc:2:42: aliases.a.auth.bearer.keyring: the keyring has no such entry\nesconn config login a',
  )
  await writeKeyring(`esconn-test/${account}`, 't0ken')
  t.deepEqual((await load().resolve('a')).settings.auth, { bearer: 't0ken' })
})
