import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Tree, tree } from '../../config/_tree.ts'
import { esconn } from '../../support/esconn.ts'
import { nobody } from '../../support/raw.ts'
import { type Result, resultOf, runDoctor } from './_doctor.ts'

/** Checks `logs` in a tree, whose root is shown as `ROOT`. */
async function inTree(
  t: ExecutionContext,
  { root, cwd, env }: Tree,
  more: Record<string, string> = {},
): Promise<Result> {
  const outcome = await esconn(['doctor', 'logs', '--format', 'json'], { cwd, env: { ...env, ...more } })
  return resultOf(t, { ...outcome, stdout: outcome.stdout.replaceAll(root, 'ROOT') })
}

const USER = 'home/.config/esconn/config.yaml'
const NODE = 'node: http://nobody.invalid:9200'

test("the user's own file: its line, and no complaint but that the node is unreachable", async t => {
  const { of, status } = await inTree(t, tree(t, { [USER]: `aliases:\n  logs: { ${NODE} }\n` }))
  t.deepEqual(of('file'), ['ok ROOT/home/.config/esconn/config.yaml:2'])
  t.deepEqual(of('trust'), ['ok your own file'])
  t.deepEqual(of('permissions'), ['ok no secret is readable by others'])
  t.deepEqual(of('variables'), ['ok none used'])
  t.deepEqual(of('secrets'), ['ok none used'])
  t.is(status, 6)
})

test('another name for an alias: where it points to', async t => {
  const { of } = await inTree(t, tree(t, { [USER]: `aliases:\n  logs: prod\n  prod: { ${NODE} }\n` }))
  t.deepEqual(of('file'), ['ok ROOT/home/.config/esconn/config.yaml:3 (logs points to prod)'])
})

test('no configuration at all', async t => {
  const { cwd, env } = tree(t)
  const outcome = await esconn(['doctor', '--format', 'json', '--timeout', '5s'], { cwd, env })
  const { of } = resultOf(t, outcome)
  t.deepEqual(of('file'), [
    'warning no configuration found: the alias default is http://localhost:9200\nesconn config init writes one',
  ])
  t.deepEqual(of('trust'), ['ok no file that needs it'])
  t.regex(of('name')[0] ?? '', /^ok localhost resolves to /)
  t.deepEqual(outcome.stderr, [])
})

test('an unknown alias, with and without a configuration: the steps after it are skipped', async t => {
  const { of, checks, status } = await inTree(t, tree(t, { [USER]: `aliases:\n  log: { ${NODE} }\n` }))
  t.deepEqual(of('file'), ['failed unknown alias `logs`; did you mean `log`? (known: log)'])
  t.deepEqual(
    checks.slice(1).map(({ step, outcome, message }) => `${step} ${outcome} ${message}`),
    ['trust', 'permissions', 'variables', 'secrets', 'nodes'].map(
      step => `${step} skipped because file failed`,
    ),
  )
  t.is(status, 78)
  const none = await inTree(t, tree(t))
  t.deepEqual([none.status, none.of('file')], [78, ['failed unknown alias `logs` (known: default)']])
})

test('each mistake in a file is a line', async t => {
  const text = `aliases:\n  logs: { ${NODE}, tsl: {} }\n  other: { nodes: [] }\n`
  const { of, status } = await inTree(t, tree(t, { [USER]: text }))
  t.is(status, 78)
  t.deepEqual(of('file'), [
    'failed ROOT/home/.config/esconn/config.yaml:2:45: aliases.logs.tsl: unknown key; did you mean `tls`?',
    'failed ROOT/home/.config/esconn/config.yaml:3:12: aliases.other.nodes: must not be empty',
  ])
})

const ASKING = 'aliases:\n  logs: { node: "http://${HOST_OF_LOGS}.invalid" }\n'

test('a project file before and after it is trusted', async t => {
  const files = tree(t, { 'project/.esconnrc': ASKING })
  const { cwd, env } = files
  const set = { HOST_OF_LOGS: 'es1' }
  const before = await inTree(t, files, set)
  t.deepEqual(before.of('file'), ['ok ROOT/project/.esconnrc:2'])
  t.regex(
    before.of('trust')[0] ?? '',
    /^failed .*the file is not trusted, and uses the variable HOST_OF_LOGS\n/,
  )
  t.regex(before.of('trust')[0] ?? '', /esconn config trust/)
  t.deepEqual(before.of('nodes'), ['skipped because trust failed'])
  t.is(before.status, 78)
  t.is((await esconn(['config', 'trust', '--yes'], { cwd, env: { ...env, ...set } })).status, 0)
  const after = await inTree(t, files, set)
  t.deepEqual(after.of('trust'), ['ok a project file that you trust'])
  t.is(after.status, 6)
  const elsewhere = await inTree(t, files, { HOST_OF_LOGS: 'es2' })
  t.regex(
    elsewhere.of('trust')[0] ?? '',
    /^failed .*: leads to http:\/\/es2\.invalid.* now; when you trusted/,
  )
  t.is(elsewhere.status, 78)
})

test('a project file may name nodes without being trusted', async t => {
  const { of } = await inTree(t, tree(t, { 'project/.esconnrc': `aliases:\n  logs: { ${NODE} }\n` }))
  t.deepEqual(of('trust'), ['ok a project file; the alias needs no trust'])
})

test('a literal secret that others can read: refused in a file of the user, else a warning', async t => {
  const text = `aliases:\n  logs: { ${NODE}, auth: { apiKey: S3CRET } }\n`
  const own = tree(t, { [USER]: text })
  chmodSync(join(own.root, USER), 0o644)
  const refused = await inTree(t, own)
  t.deepEqual(refused.of('permissions'), [
    'failed ROOT/home/.config/esconn/config.yaml:2:53: aliases.logs.auth.apiKey: a secret, in a file that others can read\nchmod 600 ROOT/home/.config/esconn/config.yaml',
  ])
  t.is(refused.status, 78)
  const project = tree(t, { 'project/.esconnrc': text })
  chmodSync(join(project.root, 'project/.esconnrc'), 0o644)
  const warned = await inTree(t, project)
  t.deepEqual(warned.of('permissions'), [
    'warning ROOT/project/.esconnrc:2:53: aliases.logs.auth.apiKey: a secret, in a file that others can read\nchmod 600 ROOT/project/.esconnrc',
  ])
  t.deepEqual([warned.status, warned.stderr], [6, []])
})

test('each missing variable is a line; those that are set, and those with a default, are listed', async t => {
  const text = `aliases:
  logs:
    node: "http://\${HOST_OF_LOGS}.invalid:\${PORT_OF_LOGS:-9200}"
    auth: { apiKey: "\${KEY_OF_LOGS}" }
    indices: { view: { index: a, query: { term: { x: "\${NO_VARIABLE}" } } } }
`
  const files = tree(t, { [USER]: text })
  const missing = await inTree(t, files)
  const advice = 'export it, or write a default after its name (:-default)'
  const place = 'ROOT/home/.config/esconn/config.yaml'
  t.deepEqual(missing.of('variables'), [
    `failed ${place}:3:5: aliases.logs.node: the variable HOST_OF_LOGS is not set\n${advice}`,
    `failed ${place}:4:13: aliases.logs.auth.apiKey: the variable KEY_OF_LOGS is not set\n${advice}`,
  ])
  t.deepEqual(missing.of('secrets'), ['skipped because variables failed'])
  t.is(missing.status, 78)
  const { of } = await inTree(t, files, { HOST_OF_LOGS: 'es1', KEY_OF_LOGS: 'S3CRET' })
  t.deepEqual(of('variables'), [
    'ok HOST_OF_LOGS is set, PORT_OF_LOGS is not set (its default is used), KEY_OF_LOGS is set',
  ])
  t.deepEqual(of('secrets'), ['ok auth.apiKey from the environment'])
})

test('the value of a variable is validated', async t => {
  const files = tree(t, { [USER]: 'aliases:\n  logs: { node: "${HOST_OF_LOGS}" }\n' })
  const { of, status } = await inTree(t, files, { HOST_OF_LOGS: 'ftp://es1' })
  t.deepEqual(of('variables'), [
    'failed ROOT/home/.config/esconn/config.yaml:2:11: aliases.logs.node: must begin with http:// or https://',
  ])
  t.is(status, 78)
})

const NOBODY = { node: 'http://nobody.invalid:9200' }

test('where each secret comes from; a command is run once, and its arguments are not shown', async t => {
  const node = await nobody()
  const script = 'echo run >> runs; echo S3CRET'
  const definition = {
    node,
    auth: { username: 'ada', password: { command: ['sh', '-c', script] } },
    headers: { 'X-Token': { command: ['cat', 'runs'] }, 'X-Api-Key': 'S3CRET' },
  }
  const { of, cwd } = await runDoctor(t, definition)
  t.is(readFileSync(join(cwd, 'runs'), 'utf8'), 'run\n')
  const [line = ''] = of('secrets')
  t.regex(
    line,
    /^ok auth\.password from the command sh, headers\.X-Token from the command cat, headers\.X-Api-Key from the configuration file \([\d.]+m?s\)$/,
  )
})

test('a secret that cannot be read', async t => {
  const wrong = { ...NOBODY, auth: { bearer: { command: ['sh', '-c', 'exit 3'] } } }
  const { of, status } = await runDoctor(t, wrong)
  t.regex(
    of('secrets')[0] ?? '',
    /^failed .*: aliases\.logs\.auth\.bearer\.command: the command failed with exit status 3$/,
  )
  t.deepEqual([status, of('nodes')], [78, ['skipped because secrets failed']])
})

test('a file that others can read', async t => {
  const files = tree(t, {
    [USER]: `aliases:\n  logs: { ${NODE}, auth: { bearer: { file: "~/a key" } } }\n`,
    'home/a key': 'S3CRET',
  })
  chmodSync(join(files.root, 'home/a key'), 0o640)
  const { of } = await inTree(t, files)
  t.deepEqual(of('secrets'), [
    'ok auth.bearer from ~/a key',
    "warning ROOT/home/a key: a secret, in a file that others can read\nchmod 600 'ROOT/home/a key'",
  ])
  chmodSync(join(files.root, 'home/a key'), 0o600)
  t.deepEqual((await inTree(t, files)).of('secrets'), ['ok auth.bearer from ~/a key'])
})
