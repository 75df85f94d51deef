import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { openForEdit, positionOf, withAlias } from '../../../src/config/files/edit.ts'
import { replaceFile } from '../../../src/config/files/write.ts'
import { EsconnError } from '../../../src/errors.ts'
import { asRoot } from '../../support/only.ts'
import { tree } from '../_tree.ts'

const ALIAS = { key: 'new', value: { node: 'http://new', auth: { apiKey: { keyring: 'esconn/new' } } } }
const BLOCK = `  new:
    node: http://new
    auth:
      apiKey:
        keyring: esconn/new
`
const JSON_LINE = '"new": { "node": "http://new", "auth": { "apiKey": { "keyring": "esconn/new" } } }'

/** The text of a file after an alias was added. */
const extended = test.macro((t, before: string, after: string, name?: string) => {
  const file = name ?? 'x.yaml'
  const { root } = tree(t, { [file]: before })
  t.is(withAlias(openForEdit(join(root, file)), ALIAS), after)
})

const COMMENTED = `# mine
aliases:

  a: b     # not A
  b:   { node: http://b,
         auth: {apiKey: "\${KEY}"} }
  c:
    nodes:
    - http://c1
    - 'http://c2' # the second
    # proxy: http://proxy

  # d is gone
`
test('after the others, whose comments and spacing stay', extended, COMMENTED, COMMENTED + BLOCK)
test(
  'before what follows the aliases',
  extended,
  'aliases:\n  a: { node: http://a }\n\n# for editors\n$schema: x\n',
  `aliases:\n  a: { node: http://a }\n${BLOCK}\n# for editors\n$schema: x\n`,
)
test(
  'indented like the others',
  extended,
  'aliases:\n    a: { node: http://a }\n',
  'aliases:\n    a: { node: http://a }\n    new:\n        node: http://new\n        auth:\n            apiKey:\n                keyring: esconn/new\n',
)
test(
  'after a last line without a line end',
  extended,
  'aliases:\n  a: b\n  b: { node: http://b }',
  `aliases:\n  a: b\n  b: { node: http://b }\n${BLOCK.trimEnd()}`,
)
test(
  'with the line ends of Windows',
  extended,
  'aliases:\r\n  a: { node: http://a }\r\n# end\r\n',
  `aliases:\r\n  a: { node: http://a }\r\n${BLOCK.replaceAll('\n', '\r\n')}# end\r\n`,
)
test(
  'after a byte order mark',
  extended,
  '\uFEFFaliases:\n  a: { node: http://a }\n',
  `\uFEFFaliases:\n  a: { node: http://a }\n${BLOCK}`,
)
test(
  'after a text of several lines',
  extended,
  'aliases:\n  a:\n    node: http://a\n    tls:\n      ca: |\n        -----BEGIN CERTIFICATE-----\n        x\n',
  `aliases:\n  a:\n    node: http://a\n    tls:\n      ca: |\n        -----BEGIN CERTIFICATE-----\n        x\n${BLOCK}`,
)
test(
  'within braces',
  extended,
  'aliases: { a: { node: http://a } }\n',
  `aliases: { a: { node: http://a }, ${JSON_LINE} }\n`,
)
test(
  'after a trailing comma',
  extended,
  'aliases: { a: { node: http://a }, }\n',
  `aliases: { a: { node: http://a }, ${JSON_LINE}, }\n`,
)
test('in place of empty braces', extended, '$schema: x\naliases: {}\n', `$schema: x\naliases:\n${BLOCK}`)
test('in a file without aliases', extended, '# mine\n$schema: x\n', `# mine\n$schema: x\naliases:\n${BLOCK}`)
test('in a file of comments', extended, '# mine', `# mine\naliases:\n${BLOCK}`)
test('in an empty file', extended, '', `# All fields of an alias: esconn config schema\naliases:\n${BLOCK}`)

const JSON_BEFORE = '{\n    "aliases": {\n        "a": {"node": "http://a", "retries": 0},\n        "b": "a"'
const JSON_AFTER = `,
        "new": {
            "node": "http://new",
            "auth": {
                "apiKey": {
                    "keyring": "esconn/new"
                }
            }
        }`
test('in JSON', extended, `${JSON_BEFORE}\n    }\n}\n`, `${JSON_BEFORE}${JSON_AFTER}\n    }\n}\n`, 'x.json')
test(
  'in JSON of one line',
  extended,
  '{"aliases":{"a":{"node":"http://a"}}}',
  `{"aliases":{"a":{"node":"http://a"}, ${JSON_LINE}}}`,
  'x.json',
)
test('in an empty JSON object', extended, '{}', `{ "aliases": ${`{ ${JSON_LINE} }`} }`, 'x.json')
const NEW_JSON = `{
  "aliases": {
    "new": {
      "node": "http://new",
      "auth": {
        "apiKey": {
          "keyring": "esconn/new"
        }
      }
    }
  }
}
`
test('in an empty JSON file', extended, '', NEW_JSON, 'x.json')

test(
  'in place of the alias with that name',
  extended,
  'aliases:\n  a: new # same\n  new: # the main one\n    node: http://old\n    tls:\n      ca: |\n        -----BEGIN CERTIFICATE-----\n        x\n  z: a\n',
  `aliases:\n  a: new # same\n${BLOCK}  z: a\n`,
)
test(
  'in its place in one line',
  extended,
  'aliases:\n  new: { node: http://old } # mine\n  z: new\n',
  `aliases:\n${BLOCK.trimEnd()} # mine\n  z: new\n`,
)
test(
  'in its place in JSON',
  extended,
  '{"aliases":{"new":{"node":"http://old"},"z":"new"}}',
  `{"aliases":{${JSON_LINE},"z":"new"}}`,
  'x.json',
)

const word = fc.stringMatching(/^[a-z]{1,3}$/)
const anyQuery = fc.dictionary(
  word,
  fc.oneof(word, fc.integer(), fc.array(word), fc.dictionary(word, fc.boolean())),
)
const anyDefinition = fc.record(
  {
    node: fc.constantFrom('http://h', 'https://h:9200/es', '${URL}'),
    retries: fc.nat(100),
    readonly: fc.boolean(),
    indices: fc.dictionary(word, fc.oneof(word, fc.record({ index: word, query: anyQuery }))),
    auth: fc.record({ bearer: fc.constantFrom('x', '#x', "it's", '{a', '"q"', '!x', '*x') }),
    tls: fc.record({
      ca: fc.constantFrom('ca.pem', '-----BEGIN CERTIFICATE-----\nx\n\n', '-----BEGIN \n  x'),
    }),
  },
  { requiredKeys: ['node'] },
)
const anyConfig = fc
  .dictionary(word, fc.oneof(word, anyDefinition), { maxKeys: 4, minKeys: 1 })
  .map(aliases => ({ aliases }))
const written = fc
  .record({
    config: anyConfig,
    indent: fc.constantFrom(2, 3, 4, 8),
    style: fc.constantFrom('block', 'flow', 'mixed', 'json'),
  })
  .map(({ config, indent, style }) => {
    if (style === 'json') return JSON.stringify(config, null, indent === 3 ? '\t' : indent % 4)
    const text = stringify(config, { indent, collectionStyle: style === 'flow' ? 'flow' : 'any' })
    return style === 'mixed' ? text.replace(/^(\s*)(?:node|retries): .*$/gm, '$&   # $&\n\n$1# after') : text
  })

test('nothing but the alias is new, whatever the file looks like', t => {
  const { root } = tree(t)
  fc.assert(
    fc.property(written, fc.constantFrom('\n', '\r\n'), (text, eol) => {
      const before = text.replaceAll('\n', eol)
      replaceFile(join(root, 'x.yaml'), before, 0o600)
      const after = withAlias(openForEdit(join(root, 'x.yaml')), { ...ALIAS, key: 'newest' }) // checks the data
      let same = 0
      while (same < before.length && before[same] === after[same]) same += 1
      t.true(after.endsWith(before.slice(same)), `${before}\n---\n${after}`)
    }),
    { numRuns: 200 },
  )
})

/** Why nothing is added to a file. */
const refused = test.macro((t, text: string, said: string, name?: string) => {
  const file = name ?? 'x.yaml'
  const { root, complaint } = tree(t, { [file]: text })
  t.is(
    complaint(() => withAlias(openForEdit(join(root, file)), ALIAS)),
    said,
  )
})
const BY_HAND = 'ROOT/x.yaml: an alias cannot be added to a file of this form\nadd the alias new by hand'
test(
  'a file with a syntax error',
  refused,
  'aliases: [',
  'ROOT/x.yaml:1:10: a bracket that is not closed, or that contains a line without indentation',
)
test(
  'a file with an invalid field',
  refused,
  'aliases: { a: { nod: http://a } }',
  'ROOT/x.yaml:1:17: aliases.a.nod: unknown key; did you mean `node`?',
)
test('a file that is not text', refused, 'aliases: {}\0', 'ROOT/x.yaml:1:12: a control character')
test(
  'a package.json',
  refused,
  '{}',
  'ROOT/package.json: a file of this name is never written\nadd the alias to it by hand, or name another file',
  'package.json',
)
test(
  'aliases after an anchor',
  refused,
  'aliases: &a\n  b: { node: http://b }\n  new: &n { node: http://n }\n  c: *n\n',
  BY_HAND,
)

test('an invalid alias is refused as it would be in the file', t => {
  const { root, complaint } = tree(t, { 'x.yaml': 'aliases:\n  a: b\n  b: { node: http://b }\n' })
  const file = openForEdit(join(root, 'x.yaml'))
  const add = (key: string, value: object) => complaint(() => withAlias(file, { key, value }))
  t.is(add('c', { node: 'ftp://c' }), 'ROOT/x.yaml:5:5: aliases.c.node: must begin with http:// or https://')
  t.is(add('__proto__', { node: 'http://c' }), 'ROOT/x.yaml:4:3: aliases.__proto__: cannot be used as a key')
})

test('the position of an alias', t => {
  const { root } = tree(t, { 'x.yaml': 'aliases:\n  a: b\n  b: { node: http://b }\n' })
  const file = openForEdit(join(root, 'x.yaml'))
  t.deepEqual(positionOf(file, 'b'), { line: 3, column: 3 })
  t.is(positionOf(file, 'constructor'), undefined)
  t.is(positionOf(openForEdit(join(root, 'absent.yaml')), 'b'), undefined)
})

const mode = (path: string) => statSync(path).mode & 0o7777

test('only the owner can read a new file and the directories created for it', t => {
  const { root } = tree(t)
  replaceFile(join(root, 'new/er/x.yaml'), 'text', 0o600)
  t.deepEqual(
    [mode(join(root, 'new')), mode(join(root, 'new/er')), mode(join(root, 'new/er/x.yaml'))],
    [0o700, 0o700, 0o600],
  )
})

test('a file that others could read is closed to them', t => {
  const { root } = tree(t, { 'x.yaml': 'old' })
  chmodSync(join(root, 'x.yaml'), 0o644)
  replaceFile(join(root, 'x.yaml'), 'text', 0o600)
  t.is(mode(join(root, 'x.yaml')), 0o600)
})

test('a symbolic link is followed, and stays', t => {
  const { root } = tree(t, { 'dotfiles/x.yaml': 'aliases: {}\n' })
  symlinkSync('../dotfiles/x.yaml', join(root, 'home/link.yaml'))
  const file = openForEdit(join(root, 'home/link.yaml'))
  replaceFile(file.file, withAlias(file, ALIAS), 0o600)
  t.true(lstatSync(join(root, 'home/link.yaml')).isSymbolicLink())
  t.is(readFileSync(join(root, 'dotfiles/x.yaml'), 'utf8'), `aliases:\n${BLOCK}`)
  t.deepEqual(readdirSync(join(root, 'home')), ['link.yaml'])
})

test('a broken symbolic link, and a directory', t => {
  const { root, complaint } = tree(t)
  symlinkSync('nowhere', join(root, 'x.yaml'))
  t.is(
    complaint(() => openForEdit(join(root, 'x.yaml'))),
    'ROOT/x.yaml: a broken symbolic link',
  )
  t.is(
    complaint(() => openForEdit(join(root, 'home'))),
    'ROOT/home: a directory, where a file is expected',
  )
})

const NOBODY = 65_534
const rootTest = asRoot(test)

rootTest('root does not change the owner of a file', t => {
  const { root } = tree(t, { 'x.yaml': 'old' })
  chownSync(join(root, 'x.yaml'), NOBODY, NOBODY)
  replaceFile(join(root, 'x.yaml'), 'text', 0o600)
  const { uid, gid } = statSync(join(root, 'x.yaml'))
  t.deepEqual([uid, gid, readFileSync(join(root, 'x.yaml'), 'utf8')], [NOBODY, NOBODY, 'text'])
})

/** The outcome of replacing a file in a separate process, which is started by a shell command. */
function replacing(file: string, shell: string, account: { uid?: number; gid?: number } = {}): string {
  const module = new URL('../../../src/config/files/write.ts', import.meta.url)
  const script = `import { replaceFile } from '${module}'
    try { replaceFile(${JSON.stringify(file)}, 'x'.repeat(100_000), 0o600); console.log('done') }
    catch (error) { console.log(error.fault + ' ' + error.message) }`
  const tsx = new URL('../../../node_modules/tsx/dist/loader.mjs', import.meta.url).href
  const argv = ['-c', shell, process.execPath, '--import', tsx, '--input-type=module', '-e', script]
  return spawnSync('sh', argv, { ...account, encoding: 'utf8' }).stdout.trim()
}

test('a file that cannot be written in full is not written at all', t => {
  const { root } = tree(t, { 'dir/x.yaml': 'old' })
  const file = join(root, 'dir/x.yaml')
  t.is(
    replacing(file, 'ulimit -f 8; exec "$0" "$@"'),
    `output ${file}: cannot be written (EFBIG: file too large); nothing has changed`,
  )
  t.is(readFileSync(file, 'utf8'), 'old')
  t.deepEqual(readdirSync(join(root, 'dir')), ['x.yaml'])
})

rootTest('nothing is written in a directory without write permission', t => {
  const { root } = tree(t, { 'dir/x.yaml': 'old' })
  for (const path of ['', 'dir', 'dir/x.yaml']) chmodSync(join(root, path), 0o755)
  const file = join(root, 'dir/x.yaml')
  t.is(
    replacing(file, 'exec "$0" "$@"', { uid: NOBODY, gid: NOBODY }),
    `output ${file}: cannot be written (EACCES: permission denied); nothing has changed`,
  )
  t.is(readFileSync(file, 'utf8'), 'old')
})

rootTest('nothing is written on a full disk', t => {
  const { root } = tree(t)
  mkdirSync(join(root, 'disk'))
  const mounted =
    'mount -t tmpfs -o size=32k none "$DISK" && echo old > "$DISK/x.yaml" && "$0" "$@"; ls "$DISK"; cat "$DISK/x.yaml"'
  const shell = `DISK=${join(root, 'disk')}; ${mounted}`
  const file = join(root, 'disk/x.yaml')
  const said = replacing(file, `exec unshare -m sh -c '${shell}' "$0" "$@"`)
  if (said === '') return t.pass('no file system can be mounted here')
  t.is(
    said,
    `output ${file}: cannot be written (ENOSPC: no space left on device); nothing has changed\nx.yaml\nold`,
  )
})

test('an error while replacing a file has the fault output', t => {
  const { root } = tree(t, { 'x.yaml': 'old' })
  const error = t.throws(() => replaceFile(join(root, 'x.yaml/under'), 'text', 0o600), {
    instanceOf: EsconnError,
  })
  t.is(error?.fault, 'output')
  t.is(
    error?.message.replace(root, 'ROOT'),
    'ROOT/x.yaml/under: cannot be written (EEXIST: file already exists); nothing has changed',
  )
})
