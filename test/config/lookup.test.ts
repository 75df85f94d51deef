import test from 'ava'
import { tree } from './_tree.ts'

interface Case {
  project?: string
  user?: string
  alias?: string
}

const files = ({ project, user }: Case) => ({
  ...(project === undefined ? {} : { 'project/.esconnrc': project }),
  ...(user === undefined ? {} : { 'home/.esconnrc': user }),
})

/** Which node an alias leads to; default: the alias `a`. */
const leads = test.macro(async (t, it: Case, node: string) => {
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
  "an alias of the user's beside a project",
  leads,
  { project: 'aliases: { x: { node: http://x } }', user: `aliases: { a: b, ${B} }` },
  'http://b',
)
test(
  "a chain of the user's never enters the project",
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

/** What is said when an alias is asked for; default: `a`. */
const refuses = test.macro(async (t, it: Case, said: string) => {
  const { load, refusal } = tree(t, files(it))
  t.is(await refusal(() => load().resolve(it.alias ?? 'a')), said)
})
const ADVICE = 'if you know who wrote it: esconn config trust; or put the alias into a file of your own'
const ASKS = 'the file is not trusted, and asks for'

test(
  'unknown',
  refuses,
  { user: 'aliases: { logs: x, prod: x }', alias: 'lgs' },
  'unknown alias `lgs`; did you mean `logs`? (known: logs, prod)',
)
test(
  'unknown and not near',
  refuses,
  { project: 'aliases: { logs: x }', user: 'aliases: { prod: x, logs: x }', alias: 'a' },
  'unknown alias `a` (known: logs, prod)',
)
test('unknown where there is none', refuses, { user: 'aliases: {}', alias: 'a' }, 'unknown alias `a`')
test('unknown without configuration', refuses, { alias: 'logs' }, 'unknown alias `logs` (known: default)')
test(
  'unknown, with a control character',
  refuses,
  { alias: '\u001b[2J' },
  'unknown alias `"\\u001b[2J"` (known: default)',
)
test(
  'no default',
  refuses,
  { user: 'aliases: { logs: x }', alias: 'default' },
  'unknown alias `default` (known: logs)\nname an alias with --alias, or define `default`',
)
test(
  'a loop',
  refuses,
  { user: 'aliases: { a: b, b: c, c: b }' },
  'ROOT/home/.esconnrc:1:24: aliases.c: a chain that goes round: b → c → b',
)
test(
  'a loop of one',
  refuses,
  { user: 'aliases: { a: a }' },
  'ROOT/home/.esconnrc:1:12: aliases.a: a chain that goes round: a → a',
)
test(
  'a chain that leads nowhere',
  refuses,
  { user: 'aliases: { a: lgs, logs: x }' },
  'ROOT/home/.esconnrc:1:12: aliases.a: leads to an alias that is not there; did you mean `logs`?',
)
test(
  'a chain that leads nowhere, whose own name is the nearest',
  refuses,
  { user: 'aliases: { prod: prods, logs: x }', alias: 'prod' },
  'ROOT/home/.esconnrc:1:12: aliases.prod: leads to an alias that is not there (known: logs)',
)
test(
  "a user's chain to a name that only the project has",
  refuses,
  { project: `aliases: { ${B} }`, user: 'aliases: { a: b }' },
  'ROOT/home/.esconnrc:1:12: aliases.a: leads to an alias that is not there',
)
test(
  "a project's chain to an alias of the user's",
  refuses,
  { project: 'aliases: { a: b }', user: `aliases: { ${B} }` },
  `ROOT/project/.esconnrc:1:12: aliases.a: ${ASKS} your alias b (ROOT/home/.esconnrc:1:12: aliases.b), which it leads to\n${ADVICE}`,
)
test(
  "a project that redefines an alias of the user's",
  refuses,
  { project: 'aliases: { a: { node: http://x } }', user: 'aliases: { a: b }' },
  `ROOT/project/.esconnrc:1:12: aliases.a: ${ASKS} your alias a (ROOT/home/.esconnrc:1:12: aliases.a), which it redefines\n${ADVICE}`,
)
test(
  'a chain to such an alias',
  refuses,
  { project: `aliases: { a: b, ${B} }`, user: `aliases: { ${B} }` },
  `ROOT/project/.esconnrc:1:18: aliases.b: ${ASKS} your alias b (ROOT/home/.esconnrc:1:12: aliases.b), which it redefines\n${ADVICE}`,
)
test(
  'a variable in a project',
  refuses,
  { project: 'aliases: { a: { node: "http://${HOME:-x}" } }' },
  `ROOT/project/.esconnrc:1:17: aliases.a.node: ${ASKS} the variable HOME\n${ADVICE}`,
)
test(
  'a variable in a chain of a project',
  refuses,
  { project: 'aliases: { a: "${HOME}" }' },
  `ROOT/project/.esconnrc:1:12: aliases.a: ${ASKS} the variable HOME\n${ADVICE}`,
)
test(
  'a file in a project',
  refuses,
  { project: 'aliases: { a: { node: http://x, tls: { ca: ca.pem } } }' },
  `ROOT/project/.esconnrc:1:40: aliases.a.tls.ca: ${ASKS} the file "ca.pem"\n${ADVICE}`,
)

test("a project's file that is named may do all that", async t => {
  const { env, load } = tree(t, {
    'project/.esconnrc': 'aliases: { a: "${NEXT}", b: { node: "http://${NEXT}" } }',
    'home/.esconnrc': 'aliases: { a: c }',
  })
  env.NEXT = 'b'
  t.deepEqual((await load('.esconnrc').resolve('a')).nodes, ['http://b'])
})
