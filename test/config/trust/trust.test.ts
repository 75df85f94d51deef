import { appendFileSync, chmodSync, chownSync, readdirSync, renameSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { loadConfig } from '../../../src/config/configuration.ts'
import { reviewTrust, revokeTrust } from '../../../src/config/trust/grants.ts'
import { asRoot } from '../../support/only.ts'
import { tree } from '../_tree.ts'

const PROJECT = `aliases:
  a: { node: "http://\${HOST}:1" }
  plain: { node: http://h }
`
const FILE = 'project/.esconnrc'
const ADVICE = 'define the alias in your own file, or pass the path of this file as `config`'

function project(t: ExecutionContext, files: Record<string, string> = { [FILE]: PROJECT }) {
  const it = tree(t, files)
  it.env.HOST = 'es1'
  return { ...it, here: { cwd: it.cwd, env: it.env } }
}

test('what a trusted file refers to is read, and nothing before it is trusted', async t => {
  const { load, refusal, here } = project(t)
  const asked = `ROOT/${FILE}:2:8: aliases.a.node: the file is not trusted, and uses the variable HOST\n${ADVICE}`
  t.is(await refusal(() => load().resolve('a')), asked)
  t.deepEqual((await load().resolve('plain')).nodes, ['http://h'])
  reviewTrust(here).accept()
  t.deepEqual((await load().resolve('a')).nodes, ['http://es1:1'])
  t.is(reviewTrust(here).trust, 'trusted')
})

test('changing one byte revokes trust, and undoing the change restores it', async t => {
  const { root, load, refusal, here } = project(t)
  reviewTrust(here).accept()
  appendFileSync(join(root, FILE), '#')
  t.is(
    await refusal(() => load().resolve('a')),
    `ROOT/${FILE}:2:8: aliases.a.node: the file has changed since you trusted it, and uses the variable HOST\n${ADVICE}`,
  )
  t.is(reviewTrust(here).trust, 'changed')
  reviewTrust(here).accept()
  t.deepEqual((await load().resolve('a')).nodes, ['http://es1:1'])
})

test('trust depends on the path, too: the same file elsewhere is not trusted', async t => {
  const { here, cwd, env, refusal } = project(t, { [FILE]: PROJECT, 'project/sub/.esconnrc': PROJECT })
  reviewTrust(here).accept()
  const elsewhere = loadConfig({ cwd: join(cwd, 'sub'), env })
  t.regex(await refusal(() => elsewhere.resolve('a')), /is not trusted/)
})

test('of a package.json only the member counts', async t => {
  const file = 'project/package.json'
  const member = '{"aliases":{"a":{"node":"http://${HOST}"}}}'
  const { root, load, refusal, here } = project(t, { [file]: `{"version":"1","esconn":${member}}` })
  reviewTrust(here).accept()
  const write = (text: string) => tree(t, {}) && renameSync(fresh(root, text), join(root, file))
  write(`{"name":"x", "version":"2",\n"esconn":${member}}`)
  t.deepEqual((await load().resolve('a')).nodes, ['http://es1'])
  write(`{"version":"1","esconn":${member.replace('http:', 'https:')}}`)
  t.regex(await refusal(() => load().resolve('a')), /has changed since you trusted it/)
})

function fresh(root: string, text: string): string {
  const file = join(root, 'fresh')
  appendFileSync(file, text)
  return file
}

test('trust can be revoked, also of a file that no longer exists', t => {
  const { root, here } = project(t)
  t.false(revokeTrust(here).wasTrusted)
  reviewTrust(here).accept()
  renameSync(join(root, FILE), join(root, 'gone'))
  t.deepEqual(revokeTrust(here, '.esconnrc'), { file: join(root, FILE), wasTrusted: true })
  renameSync(join(root, 'gone'), join(root, FILE))
  t.is(reviewTrust(here).trust, 'unknown')
})

test('the record is a line of sha256sum, readable and writable only by its owner', t => {
  const { root, here } = project(t)
  reviewTrust(here).accept()
  const directory = join(root, 'home/.local/state/esconn/trust')
  const [record = ''] = readdirSync(directory)
  t.regex(record, /^[0-9a-f]{64}$/)
  t.is(statSync(join(directory, record)).mode & 0o777, 0o600)
  t.is(statSync(directory).mode & 0o777, 0o700)
})

test('a record that others can write proves nothing', t => {
  const { root, here, load, complaint } = project(t)
  reviewTrust(here).accept()
  const directory = join(root, 'home/.local/state/esconn/trust')
  chmodSync(join(directory, readdirSync(directory)[0] as string), 0o666)
  t.regex(complaint(load), /others can write/)
})

test('the records are in XDG_STATE_HOME', t => {
  const { root, here, env } = project(t)
  env.XDG_STATE_HOME = join(root, 'state')
  reviewTrust(here).accept()
  t.is(readdirSync(join(root, 'state/esconn/trust')).length, 1)
})

test('an alias whose chain needs trust further on needs it, too', t => {
  const { load } = project(t, {
    [FILE]: 'aliases: { a: b, b: mine, c: d, d: { node: http://h } }',
    'home/.esconnrc': 'aliases: { mine: { node: http://i } }',
  })
  const untrusted = load().aliases.filter(alias => alias.untrusted)
  t.deepEqual(
    untrusted.map(({ name }) => name),
    ['a', 'b'],
  )
})

test('everything that the file could use is shown before', t => {
  const { here, root } = project(t, {
    [FILE]: `aliases:
  var: { node: "http://\${HOST}:\${PORT:-1}" }
  file: { node: http://h, tls: { ca: ca.pem }, auth: { bearer: { file: token } } }
  ring: { node: http://h, auth: { bearer: { keyring: a/b } } }
  run: { node: http://h, auth: { username: u, password: { command: [pass, "\\e[2J"] } } }
  cloud: { node: http://h, auth: { aws: { region: eu-west-1, profile: prod } } }
  own: { node: http://evil }
  leads: mine
  next: "\${HOST}"
  view: { node: http://h, indices: { v: { index: "\${I}", query: { term: { x: "\${NOT}" } } } } }
  fine: own
`,
    'home/.esconnrc': 'aliases: { own: { node: http://h }, mine: { node: http://m } }',
  })
  const shown = reviewTrust(here).grants.map(
    ({ location, what }) => `${location.replace(/^.*?:/, '')}: ${what}`,
  )
  t.deepEqual(
    shown.map(line => line.replaceAll(root, 'ROOT')),
    [
      '2:10: aliases.var.node: the variable HOST',
      '2:10: aliases.var.node: the variable PORT',
      '3:34: aliases.file.tls.ca: the file "ca.pem"',
      '3:56: aliases.file.auth.bearer: the file "token"',
      '4:35: aliases.ring.auth.bearer: the keyring entry "a/b"',
      '5:47: aliases.run.auth.password: the command ["pass","\\u001b[2J"]',
      '6:36: aliases.cloud.auth.aws: your AWS credentials of the profile "prod"',
      '7:3: aliases.own: your alias own (ROOT/home/.esconnrc:1:12: aliases.own), which it redefines',
      '8:3: aliases.leads: your alias mine (ROOT/home/.esconnrc:1:37: aliases.mine), which it points to',
      '9:3: aliases.next: the variable HOST',
      '10:43: aliases.view.indices.v.index: the variable I',
    ],
  )
})

test('a trusted file may redefine an alias of the user, and point to one', async t => {
  const { here, load } = project(t, {
    [FILE]: 'aliases: { own: { node: http://project }, leads: mine }',
    'home/.esconnrc': 'aliases: { own: { node: http://h }, mine: also, also: { node: http://m } }',
  })
  reviewTrust(here).accept()
  t.deepEqual((await load().resolve('own')).nodes, ['http://project'])
  t.deepEqual((await load().resolve('leads')).nodes, ['http://m'])
})

test('a chain of the user never points into a project, trusted or not', async t => {
  const { here, load, refusal } = project(t, {
    [FILE]: 'aliases: { b: { node: "http://${HOST}" } }',
    'home/.esconnrc': 'aliases: { a: b }',
  })
  reviewTrust(here).accept()
  t.regex(await refusal(() => load().resolve('a')), /points to an unknown alias/)
})

const NAMED = 'if it is the file you mean, pass its path as `config`'
const CLOSED = `chmod go-w ROOT/${FILE}`

const refused = test.macro((t, spoil: (file: string, root: string) => void, what: string, advice = NAMED) => {
  const { root, load, complaint, here } = project(t)
  spoil(join(root, FILE), root)
  const said = `ROOT/${FILE}: a project's file that ${what} is not read\n${advice}`
  t.is(complaint(load), said)
  t.is(
    complaint(() => reviewTrust(here)),
    said,
  )
  t.notThrows(() => load(join(root, FILE)), 'who names it means it')
})
const toLink = (file: string, root: string) => {
  renameSync(file, join(root, 'elsewhere'))
  symlinkSync(join(root, 'elsewhere'), file)
}
test('a symbolic link', refused, toLink, 'is a symbolic link')
test('a file that everybody may write', refused, file => chmodSync(file, 0o602), 'others can write', CLOSED)
const rootTest = asRoot(test)
rootTest(
  "somebody else's file",
  refused,
  file => chownSync(file, 65_534, 65_534),
  'is owned by somebody else',
)
rootTest(
  'a file that another group may write',
  refused,
  file => {
    chownSync(file, 0, 65_534)
    chmodSync(file, 0o660)
  },
  'others can write',
  CLOSED,
)
test("a file that the user's own group may write", t => {
  const { root, load } = project(t)
  chmodSync(join(root, FILE), 0o664)
  t.notThrows(() => load())
})

test('a link of the user needs no trust', async t => {
  const { root, load } = project(t, { 'dotfiles/esconnrc': 'aliases: { a: { node: http://h } }' })
  symlinkSync(join(root, 'dotfiles/esconnrc'), join(root, 'home/.esconnrc'))
  t.deepEqual((await load().resolve('a')).nodes, ['http://h'])
})

test('only a project file can be trusted', t => {
  const { here, complaint } = project(t)
  const error = t.throws(() => reviewTrust(here, 'x.yaml'), {
    message: /x\.yaml: not the name of a project's file/,
  })
  t.is((error as { fault?: string }).fault, 'usage')
  const empty = tree(t)
  t.is(
    complaint(() => reviewTrust({ cwd: empty.cwd, env: empty.env })),
    'there is no project file here\nname the file to trust',
  )
})
