import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { reviewTrust } from '../../../src/config/trust/grants.ts'
import { tree } from '../_tree.ts'

const FILE = 'project/.esconnrc'
const MINE = 'aliases: { mine: { node: http://m }, other: { node: http://o } }'
const ADVICE = 'undo that, or pass the path of this file as `config`'
const START = { HOST: 'es1', NEXT: 'b', WHO: 'ada', KEY: 'one' }

/** A project that was trusted with the variables of `START`, and what is said about its alias `a` afterwards. */
function trusted(t: ExecutionContext, a: string, files: Record<string, string> = {}) {
  const it = tree(t, {
    [FILE]: `aliases:\n  a: ${a}\n  b: { node: http://b }\n  c: { node: http://c }\n`,
    'home/.esconnrc': MINE,
    ...files,
  })
  Object.assign(it.env, START)
  const here = { cwd: it.cwd, env: it.env }
  reviewTrust(here).accept()
  const said = () => it.refusal(() => Promise.resolve(it.load().names('a')))
  return { ...it, here, said, review: () => reviewTrust(here) }
}

const refused = (change: string) => `ROOT/${FILE}:2:3: aliases.a: ${change}\n${ADVICE}`
const leadsTo = (where: string) =>
  refused(
    `leads to ${where} now${where.includes('$') ? ', where a variable has another value' : ''}; when you trusted the file it led elsewhere`,
  )

/** Changes variables of a trusted project; the second message is that about its alias `a`. */
const changes = test.macro(
  async (t, a: string, variables: Record<string, string>, message: string | undefined) => {
    const { env, said, review, load } = trusted(t, a)
    t.is(await said(), 'no complaint')
    Object.assign(env, variables)
    t.is(await said(), message ?? 'no complaint')
    t.is(review().trust, message === undefined ? 'trusted' : 'changed')
    t.deepEqual(
      load().aliases.map(({ untrusted }) => untrusted),
      [message !== undefined, false, false, false, false],
    )
    review().accept()
    t.is(await said(), 'no complaint')
  },
)
const HOST = '{ node: "http://${HOST}:9200", auth: { apiKey: "${KEY}" } }'
test('a variable that is not set any more is told as that', async t => {
  const { env, load, refusal } = trusted(t, HOST)
  delete env.HOST
  t.regex(await refusal(() => load().resolve('a')), /aliases\.a\.node: the variable HOST is not set/)
})
test(
  'words of the file that look like ours do not hide another host',
  changes,
  '{ node: "http://${HOST}", auth: { bearer: { keyring: "not known: /x" } } }',
  { HOST: 'es2' },
  leadsTo('http://es2'),
)
test('another host', changes, HOST, { HOST: 'es2' }, leadsTo('http://es2:9200'))
test('another value of a secret', changes, HOST, { KEY: 'two' }, undefined)
test(
  'a password in an address',
  changes,
  '{ node: "${HOST:-x}" }',
  { HOST: 'http://u:p@h' },
  leadsTo('http://h'),
)
test(
  'another path, which is not shown',
  changes,
  '{ node: "http://h/${HOST}" }',
  { HOST: 'es2' },
  leadsTo('http://h/${HOST}'),
)
test(
  'another proxy',
  changes,
  '{ node: http://h, proxy: "http://${HOST}" }',
  { HOST: 'es2' },
  leadsTo('http://h, proxy http://es2:1080'),
)
test(
  'another authority',
  changes,
  '{ node: https://h, tls: { ca: "${WHO}.pem" } }',
  { WHO: 'eve' },
  leadsTo('https://h, authority "eve.pem"'),
)
test('another alias of the file', changes, '"${NEXT}"', { NEXT: 'c' }, leadsTo('the alias c: http://c'))
test(
  'an alias of the user instead',
  changes,
  '"${NEXT}"',
  { NEXT: 'mine' },
  leadsTo('your alias mine: http://m'),
)
test(
  'another secret',
  changes,
  '{ node: http://h, auth: { bearer: { keyring: "es/${WHO}" } } }',
  { WHO: 'eve' },
  refused('sends the keyring entry "es/eve" now; when you trusted the file it sent something else'),
)
test(
  'a variable that was not set',
  changes,
  '{ node: "http://${LATER}" }',
  { LATER: 'h' },
  leadsTo('http://h'),
)
test('the proxy of the environment', changes, HOST, { http_proxy: 'http://p', no_proxy: 'x' }, undefined)

test('what the user changes in an alias of their own does not count, but its name does', async t => {
  const { root, said } = trusted(t, 'mine')
  const write = (text: string) => writeFileSync(join(root, 'home/.esconnrc'), text)
  write('aliases: { mine: { node: http://elsewhere } }')
  t.is(await said(), 'no complaint')
  write('aliases: { mine: also, also: { node: http://elsewhere } }')
  t.is(await said(), 'no complaint')
})

test('an alias that the user defines only later is not reached', async t => {
  const { root, said } = trusted(t, 'later')
  writeFileSync(join(root, 'home/.esconnrc'), 'aliases: { later: { node: http://l } }')
  t.is(await said(), leadsTo('your alias later: http://l'))
})

const RUN = '{ node: http://h, auth: { bearer: { command: COMMAND } } }'
const programs = test.macro(async (t, command: string, file: string) => {
  const path = normalize(`project/${file}`)
  const { root, said, review } = trusted(t, RUN.replace('COMMAND', command), { [path]: 'echo one' })
  t.is(await said(), 'no complaint')
  writeFileSync(join(root, path), 'echo two')
  t.is(await said(), refused(`the file ROOT/${path}, which it uses, has changed since you trusted it`))
  t.deepEqual(
    review().changes.map(({ what }) => what.replace(root, 'ROOT')),
    [`the file ROOT/${path}, which it uses, has changed since you trusted it`],
  )
  rmSync(join(root, path))
  t.is(await said(), 'no complaint', 'nothing is run')
  writeFileSync(join(root, path), 'echo one')
  t.is(await said(), 'no complaint')
})
test('a program', programs, '[./get-key, x]', 'get-key')
test('a program in a folder', programs, '[sub/get-key]', 'sub/get-key')
test('a script', programs, '[sh, -e, get-key.sh]', 'get-key.sh')
test('a script in a variable', programs, '[sh, "get-${WHO}.sh"]', 'get-ada.sh')
test('a script outside of the folder', programs, '[sh, ../get-key.sh]', '../get-key.sh')

test('a script by its absolute path, in the project and elsewhere', async t => {
  const { root, cwd, env, refusal, load } = tree(t, { 'elsewhere/x.sh': '1', 'project/y.sh': '1' })
  const command = JSON.stringify(['sh', join(root, 'elsewhere/x.sh'), join(root, 'project/y.sh')])
  writeFileSync(join(root, FILE), `aliases:\n  a: ${RUN.replace('COMMAND', command)}\n`, { mode: 0o600 })
  reviewTrust({ cwd, env }).accept()
  const said = () => refusal(() => Promise.resolve(load().names('a')))
  writeFileSync(join(root, 'elsewhere/x.sh'), '2')
  t.is(await said(), 'no complaint')
  writeFileSync(join(root, 'project/y.sh'), '2')
  t.regex(await said(), /the file ROOT\/project\/y\.sh, which it uses, has changed/)
})

test('the certificate authority', async t => {
  const { root, said } = trusted(t, '{ node: https://h, tls: { ca: ./ca.pem } }', { 'project/ca.pem': 'one' })
  t.is(await said(), 'no complaint')
  writeFileSync(join(root, 'project/ca.pem'), 'two')
  t.is(await said(), refused('the file ROOT/project/ca.pem, which it uses, has changed since you trusted it'))
})

test('a program that was not there', async t => {
  const { root, said } = trusted(t, RUN.replace('COMMAND', '[sh, get-key.sh]'))
  writeFileSync(join(root, 'project/get-key.sh'), '')
  t.is(await said(), refused('uses the file ROOT/project/get-key.sh, which it did not when you trusted it'))
})

test('a folder, and a word longer than any path, are no programs', async t => {
  const { said } = trusted(t, RUN.replace('COMMAND', `[sh, ., sub, ${'x'.repeat(5000)}]`), {
    'project/sub/x': '',
  })
  t.is(await said(), 'no complaint')
})

test('other aliases of the file stay usable', async t => {
  const { env, load } = trusted(t, HOST)
  env.HOST = 'es2'
  t.deepEqual((await load().resolve('b')).nodes, ['http://b'])
})

test('a program that changes while the question is open is not the one that was trusted', async t => {
  const { root, review, said } = trusted(t, RUN.replace('COMMAND', '[sh, get-key.sh]'), {
    'project/get-key.sh': '1',
  })
  const shown = review()
  writeFileSync(join(root, 'project/get-key.sh'), '2')
  shown.accept()
  t.regex(await said(), /get-key\.sh, which it uses, has changed/)
})

test('a record of the file alone, as earlier versions wrote it, is not enough', async t => {
  const { root, said, review } = trusted(t, HOST)
  const directory = join(root, 'home/.local/state/esconn/trust')
  const record = join(directory, readdirSync(directory)[0] as string)
  const [file, ...others] = readFileSync(record, 'utf8').trim().split('\n')
  t.deepEqual(
    [file, ...others].map(line => line?.replace(root, 'ROOT').replace(/^[0-9a-f]{64} {2}/, '')),
    [
      `ROOT/${FILE}`,
      'aliases.a leads to',
      'aliases.a sends',
      'aliases.b leads to',
      'aliases.b sends',
      'aliases.c leads to',
      'aliases.c sends',
    ],
  )
  writeFileSync(record, `${file}\n`)
  t.regex(await said(), /: the file is not trusted, and uses the variable HOST/)
  t.is(review().trust, 'unknown')
  review().accept()
  t.is(await said(), 'no complaint')
})
