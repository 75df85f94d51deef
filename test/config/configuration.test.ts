import { join } from 'node:path'
import { inspect } from 'node:util'
import test from 'ava'
import { tree } from './_tree.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'

test('every field of an alias', async t => {
  const { load, env, root } = tree(t, {
    'home/.esconnrc': `aliases:
  logs:
    nodes: ["https://\${HOST}:9200", "https://es2.example/es/"]
    auth: { apiKey: "\${KEY}" }
    tls: { ca: "./\${CA:-ca}.pem" }
    indices:
      access: logs-\${KEY}-*
      errors: { index: logs-*, query: { term: { id: 12345678901234567890, text: "\${KEY} $$" } } }
`,
    'home/ca.pem': PEM,
  })
  Object.assign(env, { HOST: 'es1.example', KEY: 'k3y' })
  const logs = await load().resolve('logs')
  t.is(logs.alias, 'logs')
  t.deepEqual(logs.nodes, ['https://es1.example:9200', 'https://es2.example/es'])
  t.like(logs.settings, { auth: { apiKey: 'k3y' }, tls: { ca: PEM, verify: true } })
  t.deepEqual(
    logs.indices,
    new Map([
      ['access', { index: 'logs-k3y-*' }],
      ['errors', { index: 'logs-*', query: '{"term":{"id":12345678901234567890,"text":"${KEY} $$"}}' }],
    ]),
  )
  t.like(load().aliases[0], { file: join(root, 'home/.esconnrc'), line: 2 })
})

test('no configuration at all', async t => {
  const { load } = tree(t)
  const { alias, nodes, indices, settings } = await load().resolve('default')
  t.deepEqual(
    { alias, nodes, auth: settings.auth, verify: settings.tls.verify, indices },
    {
      alias: 'default',
      nodes: ['http://localhost:9200'],
      auth: undefined,
      verify: true,
      indices: new Map(),
    },
  )
  t.true(load().implicit)
  t.deepEqual(load().aliases, [
    {
      name: 'default',
      file: undefined,
      line: undefined,
      pointsTo: { nodes: ['http://localhost:9200'] },
      untrusted: false,
    },
  ])
})

const logsIn = test.macro(async (t, definition: string, auth: object) => {
  const { load, env } = tree(t, { 'home/.esconnrc': `aliases: { a: { ${definition} } }` })
  env.SECRET = 'p%:/@w'
  const { nodes, settings } = await load().resolve('a')
  t.deepEqual(nodes, ['http://h/x'])
  t.deepEqual(settings.auth, auth as typeof settings.auth)
})
test('username and password', logsIn, 'node: http://h/x, auth: { username: u, password: "${SECRET}" }', {
  username: 'u',
  password: 'p%:/@w',
})
test('bearer', logsIn, 'node: http://h/x, auth: { bearer: "${SECRET}" }', { bearer: 'p%:/@w' })
test('a user in the URL', logsIn, 'node: "http://u%40x:a%3Ab@h/x"', { username: 'u@x', password: 'a:b' })
test('a user without password in the URL', logsIn, 'node: "http://u@h/x"', { username: 'u', password: '' })

test('the list of aliases shows what is written, and no secret', t => {
  const { load, root } = tree(t, {
    'project/.esconnrc.yaml': 'aliases:\n  local: { node: http://localhost:9200 }\n  both: local\n',
    'home/.esconnrc':
      'aliases: { prod: both, both: { nodes: ["https://u:secret@a", "https://u:secret@b"] }, env: { node: "https://${U}:pa/ss@${HOST}" } }',
  })
  const project = join(root, 'project/.esconnrc.yaml')
  const user = join(root, 'home/.esconnrc')
  t.deepEqual(load().aliases, [
    {
      name: 'local',
      file: project,
      line: 2,
      pointsTo: { nodes: ['http://localhost:9200'] },
      untrusted: false,
    },
    { name: 'both', file: project, line: 3, pointsTo: { alias: 'local' }, untrusted: true },
    { name: 'prod', file: user, line: 1, pointsTo: { alias: 'both' }, untrusted: false },
    { name: 'env', file: user, line: 1, pointsTo: { nodes: ['https://${HOST}'] }, untrusted: false },
  ])
})

test('no secret is visible to util.inspect, JSON or a spread', async t => {
  const { load, env } = tree(t, {
    'home/.esconnrc':
      'aliases: { a: { node: "http://u:literal@h" }, b: { node: http://h, auth: { bearer: "${TOKEN}" } } }',
  })
  env.TOKEN = 'expanded'
  const configuration = load()
  for (const shown of [configuration, await configuration.resolve('a'), await configuration.resolve('b')]) {
    const texts = [
      inspect(shown, { showHidden: true, depth: 20, getters: true }),
      JSON.stringify(shown),
      inspect({ ...shown }),
    ]
    t.notRegex(texts.join(), /literal|expanded/)
  }
})

test('the variables and files of one alias are not read for another', async t => {
  const { load } = tree(t, {
    'home/.esconnrc': 'aliases: { a: { node: http://h }, b: { node: "http://${UNSET}", tls: { ca: none } } }',
  })
  t.deepEqual((await load().resolve('a')).nodes, ['http://h'])
})

test('an object of a program', async t => {
  const { cwd, load, env, complaint } = tree(t, { 'home/.esconnrc': '[', 'project/ca.pem': PEM })
  env.KEY = 'k3y'
  const a = {
    node: 'http://h',
    auth: { apiKey: '${KEY}' },
    tls: { ca: 'ca.pem' },
    indices: { v: { index: 'i', query: { x: 2n ** 64n } } },
  }
  const configuration = load({ aliases: { a, b: 'a' } })
  const { settings, indices } = await configuration.resolve('b')
  t.like(settings, { auth: { apiKey: 'k3y' }, tls: { ca: PEM, verify: true } })
  t.is(indices.get('v')?.query, '{"x":18446744073709551616}')
  t.is(
    complaint(() => load({ aliases: { a: { node: 'http://h', tls: { cax: 1 } } } })),
    'config: aliases.a.tls.cax: unknown key; did you mean `ca`?',
  )
  t.is(
    complaint(() => load({ aliases: { a: { node: 1 } } })),
    'config: aliases.a.node: must be a string: put it in quotes',
  )
  t.is(
    complaint(() => load({ aliases: JSON.parse('{"__proto__":{}}') })),
    'config: aliases.__proto__: cannot be used as a key',
  )
  t.is(
    complaint(() => load([])),
    'config: must be a mapping',
  )
  t.false(load({}).implicit)
  t.truthy(cwd)
})
