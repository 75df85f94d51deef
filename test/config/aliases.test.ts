import test from 'ava'
import { tree } from './_tree.ts'

interface AliasCase {
  project?: string
  user?: string
  alias?: string
}

const files = ({ project, user }: AliasCase) => ({
  ...(project === undefined ? {} : { 'project/.esconnrc': project }),
  ...(user === undefined ? {} : { 'home/.esconnrc': user }),
})

/** The node that an alias points to; default: the alias `a`. */
const leads = test.macro(async (t, it: AliasCase, node: string) => {
  const { env, load } = tree(t, files(it))
  env.NEXT = 'b'
  const { alias, nodes } = await load().resolve(it.alias ?? 'a')
  t.is(alias, it.alias ?? 'a')
  t.deepEqual(nodes, [node])
})
const B = 'b: { node: http://b }'

test('a chain', leads, { user: `aliases: { a: c, c: b, ${B} }` }, 'http://b')
test('a chain through a variable', leads, { user: `aliases: { a: "\${NEXT}", ${B} }` }, 'http://b')
test('a chain in a project', leads, { project: `aliases: { a: b, ${B} }` }, 'http://b')
test(
  'an alias of the user next to a project',
  leads,
  { project: 'aliases: { x: { node: http://x } }', user: `aliases: { a: b, ${B} }` },
  'http://b',
)
test(
  'a chain of the user never points into the project',
  leads,
  { project: 'aliases: { x: { node: http://x } }', user: `aliases: { a: b, ${B}, x: y }` },
  'http://b',
)
test(
  'a dollar in a project',
  leads,
  { project: 'aliases: { a: { node: "http://h/$$x$y" } }' },
  'http://h/$x$y',
)

/** The error when an alias is looked up; default: `a`. */
const refuses = test.macro(async (t, it: AliasCase, said: string) => {
  const { load, refusal } = tree(t, files(it))
  t.is(await refusal(() => load().resolve(it.alias ?? 'a')), said)
})
const ADVICE = 'define the alias in your own file, or pass the path of this file as `config`'
const USES = 'the file is not trusted, and uses'

test(
  'a chain into an alias of the user whose name has a dollar, which is written twice',
  refuses,
  { project: 'aliases: { a: "c$$d" }', user: 'aliases: { c$d: { node: http://m } }' },
  `ROOT/project/.esconnrc:1:12: aliases.a: ${USES} your alias c$d (ROOT/home/.esconnrc:1:12: aliases.c$d), which it points to\n${ADVICE}`,
)
test(
  'an unknown alias',
  refuses,
  { user: 'aliases: { logs: x, prod: x }', alias: 'lgs' },
  'unknown alias `lgs`; did you mean `logs`? (known: logs, prod)',
)
test(
  'an unknown alias without a similar name',
  refuses,
  { project: 'aliases: { logs: x }', user: 'aliases: { prod: x, logs: x }', alias: 'a' },
  'unknown alias `a` (known: logs, prod)',
)
test(
  'an unknown alias in an empty configuration',
  refuses,
  { user: 'aliases: {}', alias: 'a' },
  'unknown alias `a`',
)
test(
  'an unknown alias without a configuration',
  refuses,
  { alias: 'logs' },
  'unknown alias `logs` (known: default)',
)
test(
  'an unknown alias with a control character',
  refuses,
  { alias: '\u001b[2J' },
  'unknown alias `"\\u001b[2J"` (known: default)',
)
test(
  'an unknown alias default',
  refuses,
  { user: 'aliases: { logs: x }', alias: 'default' },
  'unknown alias `default` (known: logs)\nuse one of the known aliases, or define `default`',
)
test(
  'a circular chain',
  refuses,
  { user: 'aliases: { a: b, b: c, c: b }' },
  'ROOT/home/.esconnrc:1:24: aliases.c: a circular chain of aliases: b → c → b',
)
test(
  'an alias that points to itself',
  refuses,
  { user: 'aliases: { a: a }' },
  'ROOT/home/.esconnrc:1:12: aliases.a: a circular chain of aliases: a → a',
)
test(
  'a chain to an unknown alias',
  refuses,
  { user: 'aliases: { a: lgs, logs: x }' },
  'ROOT/home/.esconnrc:1:12: aliases.a: points to an unknown alias; did you mean `logs`?',
)
test(
  'a chain to an unknown alias, whose own name is the most similar',
  refuses,
  { user: 'aliases: { prod: prods, logs: x }', alias: 'prod' },
  'ROOT/home/.esconnrc:1:12: aliases.prod: points to an unknown alias (known: logs)',
)
test(
  "a user's chain to a name that only the project has",
  refuses,
  { project: `aliases: { ${B} }`, user: 'aliases: { a: b }' },
  'ROOT/home/.esconnrc:1:12: aliases.a: points to an unknown alias',
)
test(
  "a project's chain to an alias of the user's",
  refuses,
  { project: 'aliases: { a: b }', user: `aliases: { ${B} }` },
  `ROOT/project/.esconnrc:1:12: aliases.a: ${USES} your alias b (ROOT/home/.esconnrc:1:12: aliases.b), which it points to\n${ADVICE}`,
)
test(
  "a project that redefines an alias of the user's",
  refuses,
  { project: 'aliases: { a: { node: http://x } }', user: 'aliases: { a: b }' },
  `ROOT/project/.esconnrc:1:12: aliases.a: ${USES} your alias a (ROOT/home/.esconnrc:1:12: aliases.a), which it redefines\n${ADVICE}`,
)
test(
  'a chain to such an alias',
  refuses,
  { project: `aliases: { a: b, ${B} }`, user: `aliases: { ${B} }` },
  `ROOT/project/.esconnrc:1:18: aliases.b: ${USES} your alias b (ROOT/home/.esconnrc:1:12: aliases.b), which it redefines\n${ADVICE}`,
)
test(
  'a variable in a project',
  refuses,
  { project: 'aliases: { a: { node: "http://${HOME:-x}" } }' },
  `ROOT/project/.esconnrc:1:17: aliases.a.node: ${USES} the variable HOME\n${ADVICE}`,
)
test(
  'a variable in a chain of a project',
  refuses,
  { project: 'aliases: { a: "${HOME}" }' },
  `ROOT/project/.esconnrc:1:12: aliases.a: ${USES} the variable HOME\n${ADVICE}`,
)
test(
  'a file in a project',
  refuses,
  { project: 'aliases: { a: { node: http://x, tls: { ca: ca.pem } } }' },
  `ROOT/project/.esconnrc:1:40: aliases.a.tls.ca: ${USES} the file "ca.pem"\n${ADVICE}`,
)

test("a project's file that is named needs no trust", async t => {
  const { env, load } = tree(t, {
    'project/.esconnrc': 'aliases: { a: "${NEXT}", b: { node: "http://${NEXT}" } }',
    'home/.esconnrc': 'aliases: { a: c }',
  })
  env.NEXT = 'b'
  t.deepEqual((await load('.esconnrc').resolve('a')).nodes, ['http://b'])
})
