import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { ALIAS, type Tree, tree } from '../_tree.ts'

const TRAP = 'aliases: { trap: { node: http://trap } }\n'

/** Loads in a working directory, since cosmiconfig looks at that of the process. */
function namesIn({ cwd, load }: Tree): string[] {
  const before = process.cwd()
  process.chdir(cwd)
  try {
    return load().aliases.map(({ name }) => name)
  } finally {
    process.chdir(before)
  }
}

/** The output of a process that calls cosmiconfig's public entry in a directory; a failure counts as having looked. */
function publicWay(cwd: string): string {
  const script = `import { cosmiconfigSync } from '${import.meta.resolve('cosmiconfig')}'
    console.log(JSON.stringify(cosmiconfigSync('esconn').search()?.config))`
  const options = { cwd, encoding: 'utf8' } as const
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options)
  return status === 0 ? stdout : 'looked'
}

const isNotRun = test.macro((t, name: string, inPublic: boolean) => {
  const mark = join(tree(t).root, 'ran')
  const code = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')\n`
  const trap = tree(t, { [`project/${name}`]: code, 'home/.esconnrc': ALIAS })
  t.deepEqual(namesIn(trap), ['default'])
  t.false(existsSync(mark))
  const looked = publicWay(trap.cwd) === 'looked'
  t.is(looked || existsSync(mark), inPublic)
})
test.serial('.config/config.js', isNotRun, '.config/config.js', true)
test.serial('.config/config.cjs', isNotRun, '.config/config.cjs', true)
test.serial('.config/config.mjs', isNotRun, '.config/config.mjs', true)
test.serial('.config/config.ts', isNotRun, '.config/config.ts', true)
test.serial('.config/esconnrc.js', isNotRun, '.config/esconnrc.js', true)
test.serial('.esconnrc.js', isNotRun, '.esconnrc.js', true)
test.serial('.esconnrc.cjs', isNotRun, '.esconnrc.cjs', true)
test.serial('.esconnrc.mjs', isNotRun, '.esconnrc.mjs', false)
test.serial('.esconnrc.ts', isNotRun, '.esconnrc.ts', true)
test.serial('esconn.config.js', isNotRun, 'esconn.config.js', true)

interface Redirection {
  name: string
  content: string
  inPublic: boolean
}

/** A file that is not one of our search places is never read. */
const isNotRead = test.macro((t, { name, content, inPublic }: Redirection) => {
  const files = { [`project/${name}`]: content, 'project/.trap.yaml': TRAP, 'home/.esconnrc': ALIAS }
  const trap = tree(t, files)
  t.deepEqual(namesIn(trap), ['default'])
  t.is(publicWay(trap.cwd).includes('http://trap'), inPublic)
})
const content = '{ "cosmiconfig": { "searchPlaces": [".trap.yaml"] } }'
const member = '{ "esconn": { "aliases": { "trap": { "node": "http://trap" } } } }'
test.serial('package.yaml#esconn', isNotRead, { name: 'package.yaml', content: member, inPublic: false })
test.serial('package.json#cosmiconfig', isNotRead, { name: 'package.json', content, inPublic: false })
test.serial('package.yaml#cosmiconfig', isNotRead, { name: 'package.yaml', content, inPublic: false })
test.serial('.config/config.json', isNotRead, { name: '.config/config.json', content, inPublic: true })
test.serial('.config/config.yaml', isNotRead, { name: '.config/config.yaml', content, inPublic: true })
test.serial('.config/esconnrc.yaml', isNotRead, {
  name: '.config/esconnrc.yaml',
  content: TRAP,
  inPublic: true,
})

test('$import is an unknown key like any other', t => {
  const { load, complaint, root } = tree(t, {
    'project/.esconnrc': '$import: ./other.yaml\naliases: {}\n',
    'project/other.yaml': '[',
    'other/.esconnrc.json': '{"$import": ["/etc/passwd"]}',
  })
  t.is(complaint(load), 'ROOT/project/.esconnrc:1:1: $import: unknown key; an alias goes under `aliases`')
  const named = () => load(join(root, 'other/.esconnrc.json'))
  t.is(complaint(named), 'ROOT/other/.esconnrc.json:1:2: $import: unknown key; an alias goes under `aliases`')
})

test('$import beside the member of a package.json, in the member, and in an alias', t => {
  const { load, complaint } = tree(t, {
    'project/package.json': `{ "$import": "./other.json", "esconn": { "aliases": {} } }`,
    'project/other.json': `{ "esconn": { "aliases": { "trap": { "node": "http://trap" } } } }`,
    'member/package.json': '{ "esconn": { "$import": "../project/other.json" } }',
    'project/alias.yaml': 'aliases: { a: { $import: ./other.json } }',
  })
  t.deepEqual(load().aliases, [])
  t.is(
    complaint(() => load('../member/package.json')),
    'ROOT/member/package.json:1:15: $import: unknown key; an alias goes under `aliases`',
  )
  t.regex(
    complaint(() => load('alias.yaml')),
    /^ROOT\/project\/alias\.yaml:1:17: aliases\.a\.\$import: unknown key/,
  )
})

test('a named file that looks like code is data', t => {
  const { load, complaint } = tree(t, { 'project/x.js': 'process.exit(1)\n' })
  t.is(
    complaint(() => load('x.js')),
    'ROOT/project/x.js:1:1: must be a mapping',
  )
})

const hasNoName = test.macro(async (t, name: string) => {
  const { load, refusal } = tree(t, { 'project/.esconnrc': ALIAS })
  t.is(await refusal(() => load().resolve(name)), `unknown alias \`${name}\` (known: default)`)
})
for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])
  test(`${name} is an unknown alias`, hasNoName, name)

const isNoKey = test.macro((t, text: string, said: string) => {
  const { load, complaint } = tree(t, { 'project/.esconnrc': text })
  t.is(complaint(load), `ROOT/project/.esconnrc:${said}`)
})
test('__proto__ at the top', isNoKey, '__proto__: { aliases: {} }', '1:1: __proto__: cannot be used as a key')
test(
  'constructor as an alias',
  isNoKey,
  'aliases: { constructor: { node: http://a } }',
  '1:12: aliases.constructor: cannot be used as a key',
)
test(
  '__proto__ as a field',
  isNoKey,
  'aliases: { a: { node: http://a, __proto__: {} } }',
  '1:33: aliases.a.__proto__: cannot be used as a key',
)
test(
  'prototype as a name of an index',
  isNoKey,
  'aliases: { a: { node: http://a, indices: { prototype: x } } }',
  '1:44: aliases.a.indices.prototype: cannot be used as a key',
)
test(
  'toString as a field',
  isNoKey,
  'aliases: { a: { node: http://a, toString: {} } }',
  '1:33: aliases.a.toString: unknown key (known: node, nodes, cloudId, auth, tls, proxy, headers, timeout, retries, compression, readonly, indices)',
)
test(
  'a key that would move the cursor',
  isNoKey,
  'aliases: { "\\e[2J\\u202e": { node: http://a } }',
  '1:12: aliases."\\u001b[2J\\u202e": must be a name without white space and without any of , : / @',
)

test('names of Object.prototype are ordinary fields in a query', async t => {
  const { load } = tree(t, {
    'project/.esconnrc':
      'aliases: { a: { node: http://a, indices: { v: { index: i, query: { __proto__: { constructor: 1.0 } } } } } }',
  })
  t.is((await load().resolve('a')).indices.get('v')?.query, '{"__proto__":{"constructor":1.0}}')
})
