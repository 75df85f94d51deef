import test from 'ava'
import { tree } from '../_tree.ts'

/** The error for one alias that is in the third line, indented by four. */
const refuses = test.macro({
  exec: (t, definition: string, said: string) => {
    const { load, complaint } = tree(t, { 'home/.esconnrc': `aliases:\n  logs:\n    ${definition}\n` })
    t.is(complaint(load), `ROOT/home/.esconnrc:${said}`)
  },
  title: (_, definition) => `${definition}`,
})
const LOGS = '2:3: aliases.logs: '
const NODE = '3:5: aliases.logs.node: '
const QUOTE = 'must be a string: put it in quotes'
const KINDS = 'must have exactly one of: `username` and `password`, `apiKey`, `bearer`, `serviceToken`, `aws`'
const NAME = 'must be a name without white space and without any of , : / @'

test(refuses, '{}', `${LOGS}needs \`node\`, \`nodes\` or \`cloudId\``)
test(
  refuses,
  '{ node: http://a, nodes: [http://a] }',
  `${LOGS}must have only one of \`node\`, \`nodes\` and \`cloudId\``,
)
test(
  refuses,
  '[http://a]',
  `${LOGS}must be the name of another alias, or a mapping with \`node\`, \`nodes\` or \`cloudId\``,
)
test(
  refuses,
  '~',
  `${LOGS}must be the name of another alias, or a mapping with \`node\`, \`nodes\` or \`cloudId\``,
)
test(refuses, '9200', `${LOGS}${QUOTE}`)
test(refuses, '""', `${LOGS}must not be empty`)
test(refuses, 'https://u:secret@a', `${LOGS}${NAME}; a URL goes under \`node\``)

test(refuses, 'node:', `${NODE}must be a string`)
test(refuses, 'node: 9200', `${NODE}${QUOTE}`)
test(refuses, 'node: ""', `${NODE}must not be empty`)
test(refuses, 'node: [http://a]', `${NODE}must be a string`)
test(refuses, 'node: localhost:9200', `${NODE}must begin with http:// or https://`)
test(refuses, 'node: ftp://secret', `${NODE}must begin with http:// or https://`)
test(
  refuses,
  'node: http://ada:12/secret@h',
  `${NODE}has an @ after a slash (in a password, write / as %2F; in a path, @ as %40)`,
)
test(
  refuses,
  'node: http://unix:/secret',
  `${NODE}Unix sockets are not supported; use an http:// or https:// URL`,
)
test(refuses, `node: http://${'h'.repeat(2000)}`, `${NODE}is longer than 2000 characters`)
test(refuses, 'node: unix:/secret', `${NODE}Unix sockets are not supported; use an http:// or https:// URL`)
test(
  refuses,
  'node: http://a?secret',
  `${NODE}must not have a query or fragment (in a password, write ? as %3F and # as %23)`,
)
test(
  refuses,
  'node: http://u:a#secret@a',
  `${NODE}must not have a query or fragment (in a password, write ? as %3F and # as %23)`,
)
test(refuses, 'node: http://u:a%secret@a', `${NODE}has a % in user or password that must be written %25`)
test(refuses, 'node: http://secret:port', `${NODE}is not a valid URL`)
test(refuses, 'node: http://se cret', `${NODE}is not a valid URL`)
test(refuses, 'node: http://', `${NODE}is not a valid URL`)
test(refuses, 'nodes: http://a', '3:5: aliases.logs.nodes: must be a list of URLs')
test(refuses, 'nodes: []', '3:5: aliases.logs.nodes: must not be empty')
test(refuses, 'nodes: [http://a, b]', '3:23: aliases.logs.nodes[1]: must begin with http:// or https://')
test(
  refuses,
  'nodes: ["http://a:secret@a", http://b]',
  `${LOGS}every node must have the same user and password, or write them only in \`auth\``,
)
test(
  refuses,
  'nodes: ["http://a:secret@a", "http://a:other@b"]',
  `${LOGS}every node must have the same user and password, or write them only in \`auth\``,
)
test(
  refuses,
  '{ node: "http://a:b@c", auth: { apiKey: secret } }',
  `${LOGS}has a user in its URL and therefore cannot have \`auth\``,
)

test(refuses, '{ node: http://a, auth: secret }', '3:23: aliases.logs.auth: must be a mapping')
test(refuses, '{ node: http://a, auth: [secret] }', '3:23: aliases.logs.auth: must be a mapping')
test(refuses, '{ node: http://a, auth: {} }', `3:23: aliases.logs.auth: ${KINDS}`)
test(refuses, '{ node: http://a, auth: { apiKey: a, bearer: b } }', `3:23: aliases.logs.auth: ${KINDS}`)
test(refuses, '{ node: http://a, auth: { password: a, bearer: b } }', `3:23: aliases.logs.auth: ${KINDS}`)
test(
  refuses,
  '{ node: http://a, auth: { username: secret } }',
  '3:23: aliases.logs.auth: needs `username` and `password` together',
)
test(
  refuses,
  '{ node: http://a, auth: { username: "a:secret", password: b } }',
  '3:31: aliases.logs.auth.username: must not contain a colon',
)
test(
  refuses,
  '{ node: http://a, auth: { username: a, password: 12345 } }',
  `3:44: aliases.logs.auth.password: ${QUOTE}`,
)
test(
  refuses,
  '{ node: http://a, auth: { username: a, password: true } }',
  `3:44: aliases.logs.auth.password: ${QUOTE}`,
)
test(
  refuses,
  '{ node: http://a, auth: { apiKey: "secret\\n" } }',
  '3:31: aliases.logs.auth.apiKey: must be one word of ASCII characters, without a line end',
)
test(
  refuses,
  '{ node: http://a, auth: { bearer: sécret } }',
  '3:31: aliases.logs.auth.bearer: must be one word of ASCII characters, without a line end',
)

test(
  refuses,
  '{ node: http://a, tls: { cax: 1 } }',
  '3:30: aliases.logs.tls.cax: unknown key; did you mean `ca`?',
)
test(
  refuses,
  '{ node: http://a, tls: { verify: no } }',
  '3:30: aliases.logs.tls.verify: must be true or false',
)
test(refuses, '{ node: http://a, tls: { ca: 1 } }', `3:30: aliases.logs.tls.ca: ${QUOTE}`)
test(refuses, '{ node: http://a, indices: [a] }', '3:23: aliases.logs.indices: must be a mapping')
test(refuses, '{ node: http://a, indices: { a: 2024 } }', `3:34: aliases.logs.indices.a: ${QUOTE}`)
test(
  refuses,
  '{ node: http://a, indices: { a: [] } }',
  '3:34: aliases.logs.indices.a: must be an index expression, or a mapping with `index`',
)
test(refuses, '{ node: http://a, indices: { "a,b": c } }', `3:34: aliases.logs.indices."a,b": ${NAME}`)
test(
  refuses,
  '{ node: http://a, indices: { a: { query: {} } } }',
  '3:34: aliases.logs.indices.a.index: is missing',
)
test(
  refuses,
  '{ node: http://a, indices: { a: { timeField: b } } }',
  '3:34: aliases.logs.indices.a.index: is missing',
)
test(
  refuses,
  '{ node: http://a, indices: { a: { index: b, query: [] } } }',
  '3:49: aliases.logs.indices.a.query: must be a mapping',
)
test(
  refuses,
  '{ node: http://a, indices: { a: { index: b, query: { x: .inf } } } }',
  '3:49: aliases.logs.indices.a.query: contains a value that JSON cannot express',
)
test(
  refuses,
  '{ node: http://a, indices: { a: { index: b, query: {}, qeury: {} } } }',
  '3:60: aliases.logs.indices.a.qeury: unknown key; did you mean `query`?',
)

test(
  refuses,
  '{ nodse: [http://a], tls: { cax: 1, verfy: 2 }, auth: { pasword: secret } }',
  '3:7: aliases.logs.nodse: unknown key; did you mean `node`? (and 3 more errors)\n`mistakes` of the error lists all of them',
)

/** Valid, whatever the values of the variables. */
const accepts = test.macro({
  exec: (t, definition: string) => {
    const { load, complaint } = tree(t, { 'home/.esconnrc': `aliases:\n  logs:\n    ${definition}\n` })
    t.is(complaint(load), 'no complaint')
  },
  title: (_, definition) => `${definition}`,
})
test(accepts, 'other')
test(accepts, '${OTHER}')
test(accepts, 'node: ${NODE}')
test(accepts, 'node: http://[::1]:9200/a/b/')
test(accepts, 'nodes: ["http://a:${P}@a", "http://a:${P}@b"]')
test(accepts, '{ node: http://a, auth: { username: "${A}", password: "p:w" } }')

test('a file of nothing but $schema', t => {
  const { load } = tree(t, { 'home/.esconnrc': '$schema: https://example.org/x\n' })
  t.deepEqual(load().aliases, [])
  t.false(load().implicit)
})

const top = test.macro((t, text: string, said: string) => {
  const { load, complaint } = tree(t, { 'home/.esconnrc': text })
  t.is(complaint(load), `ROOT/home/.esconnrc:${said}`)
})
test('a list at the top', top, '- a', '1:1: must be a mapping')
test('a string at the top', top, 'secret', '1:1: must be a mapping')
test('an unknown key at the top', top, 'alias: {}', '1:1: alias: unknown key; did you mean `aliases`?')
test('aliases without any', top, 'aliases:', '1:1: aliases: must be a mapping')
test('an alias that could be a list', top, 'aliases: { "a,b": x }', `1:12: aliases."a,b": ${NAME}`)
test('an alias without a name', top, 'aliases: { "": x }', `1:12: aliases."": ${NAME}`)
