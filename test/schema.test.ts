import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import test from 'ava'
import fc from 'fast-check'
import * as v from 'valibot'
import { parse } from 'yaml'
import { type JsonSchema, jsonSchema } from '../scripts/schema/json.ts'
import { groupsOf, reference } from '../scripts/schema/reference.ts'
import { fileSchema } from '../src/config/schema/alias.ts'
import { validate } from '../src/config/schema/validate.ts'
import { parseYaml } from '../src/config/syntax/yaml.ts'
import { esconn } from './support/esconn.ts'

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

const published: JsonSchema = JSON.parse(read('esconn.schema.json'))
const ajv = new Ajv({ strict: true, strictRequired: false, allErrors: true })
const byJsonSchema = ajv.compile(published)
const byOwnRules = (data: unknown): boolean => v.is(fileSchema, data)

const NOWHERE = { file: undefined, data: undefined, position: () => undefined }
const DUE = 'run `npm run docs` and commit what it writes'

test('esconn.schema.json is up to date', t => {
  t.is(JSON.stringify(published), JSON.stringify(jsonSchema()), DUE)
})

test('docs/configuration.md is up to date', t => {
  t.is(read('docs/configuration.md'), reference(read('docs/configuration.template.md'), published), DUE)
})

test('it is a JSON Schema of draft 7', t => {
  t.is(published.$schema, 'http://json-schema.org/draft-07/schema#')
  t.true(ajv.validateSchema(published), ajv.errorsText())
})

/** What may follow `aliases: { logs:`; both validators accept it. */
const accepts = test.macro({
  exec: (t, definition: string) => {
    const data = parse(`aliases: { logs: ${definition} }`)
    t.true(byOwnRules(data), 'by our own rules')
    t.true(byJsonSchema(data), ajv.errorsText(byJsonSchema.errors))
  },
  title: (_, definition) => `accepts ${definition}`,
})
const N = 'node: http://h'
test(accepts, 'other')
test(accepts, '"${OTHER}"')
test(accepts, '{ node: "${NODE}" }')
test(accepts, '{ node: "http://[::1]:9200/a/b/" }')
test(accepts, '{ node: HTTPS://H }')
test(accepts, '{ nodes: ["http://a:${P}@a", "http://a:${P}@b"] }')
test(accepts, `{ ${N}, auth: { username: "\${A}", password: "p:w" } }`)
test(accepts, `{ ${N}, auth: { username: u, password: { keyring: a/b/c } } }`)
test(accepts, `{ ${N}, auth: { apiKey: "\${KEY} and the rest" } }`)
test(accepts, `{ ${N}, auth: { apiKey: { id: a, key: { file: k } } } }`)
test(accepts, `{ ${N}, auth: { apiKey: { command: [a, "b c"], timeout: 1.5m } } }`)
test(accepts, `{ ${N}, auth: { bearer: { file: k } } }`)
test(accepts, `{ ${N}, auth: { serviceToken: { command: [a], timeout: "\${T}" } } }`)
test(accepts, `{ ${N}, auth: { aws: { region: eu-west-1, service: aoss } } }`)
test(accepts, `{ ${N}, tls: { ca: "-----BEGIN CERTIFICATE-----\\n", serverName: "\${H}" } }`)
test(accepts, `{ ${N}, tls: { caFingerprint: "${'aB:'.repeat(32)}", verify: true } }`)
test(accepts, `{ ${N}, tls: { cert: c, key: { file: k }, passphrase: p } }`)
test(accepts, `{ ${N}, tls: { verify: false } }`)
test(accepts, `{ ${N}, proxy: "https://u:p@proxy:3128/" }`)
test(accepts, `{ ${N}, headers: { X-A: b, Authorization: { file: k } } }`)
test(accepts, `{ ${N}, timeout: 500ms, retries: 0, compression: true, readonly: false }`)
test(accepts, `{ ${N}, indices: { a: "b-*,-c", d: { index: e, query: { x: [1, { y: null }] } } } }`)
test(accepts, '{ cloudId: "a:ZXUuZXhhbXBsZSQ0ZmQxJGEyYzA=" }')

/** What both validators refuse. */
const refuses = test.macro({
  exec: (t, definition: string) => {
    const data = parse(`aliases: { logs: ${definition} }`)
    t.false(byOwnRules(data), 'by our own rules')
    t.false(byJsonSchema(data), 'by the JSON Schema')
  },
  title: (_, definition) => `refuses ${definition}`,
})
test(refuses, '~')
test(refuses, '""')
test(refuses, '9200')
test(refuses, '[http://a]')
test(refuses, 'https://u:secret@a')
test(refuses, '{}')
test(refuses, '{ node: http://a, nodes: [http://a] }')
test(refuses, '{ node: http://a, cloudId: "a:ZXUuZXhhbXBsZSQ0ZmQx" }')
test(refuses, '{ node: ~ }')
test(refuses, '{ node: 9200 }')
test(refuses, '{ node: "" }')
test(refuses, '{ node: localhost:9200 }')
test(refuses, '{ node: unix:/run/es }')
test(refuses, '{ node: "$${HOST}" }')
test(refuses, '{ node: "http://a?b" }')
test(refuses, '{ nodes: http://a }')
test(refuses, '{ nodes: [] }')
test(refuses, '{ nodes: [http://a, b] }')
test(refuses, '{ cloudId: eu-west-1 }')
test(refuses, `{ ${N}, nodse: [http://a] }`)
test(refuses, `{ ${N}, auth: secret }`)
test(refuses, `{ ${N}, auth: {} }`)
test(refuses, `{ ${N}, auth: { apiKey: a, bearer: b } }`)
test(refuses, `{ ${N}, auth: { username: a, apiKey: b } }`)
test(refuses, `{ ${N}, auth: { password: a, bearer: b } }`)
test(refuses, `{ ${N}, auth: { username: a } }`)
test(refuses, `{ ${N}, auth: { username: "a:b", password: c } }`)
test(refuses, `{ ${N}, auth: { username: a, password: 12345 } }`)
test(refuses, `{ ${N}, auth: { username: a, pasword: b } }`)
test(refuses, `{ ${N}, auth: { apiKey: "a b" } }`)
test(refuses, `{ ${N}, auth: { apiKey: { id: a } } }`)
test(refuses, `{ ${N}, auth: { apiKey: { key: a, file: b } } }`)
test(refuses, `{ ${N}, auth: { apiKey: { id: a, key: b, timeout: 1s } } }`)
test(refuses, `{ ${N}, auth: { bearer: {} } }`)
test(refuses, `{ ${N}, auth: { bearer: { file: a, keyring: b/c } } }`)
test(refuses, `{ ${N}, auth: { bearer: { file: a, timeout: 1s } } }`)
test(refuses, `{ ${N}, auth: { bearer: { keyring: a } } }`)
test(refuses, `{ ${N}, auth: { bearer: { command: a } } }`)
test(refuses, `{ ${N}, auth: { bearer: { command: [] } } }`)
test(refuses, `{ ${N}, auth: { aws: { service: es } } }`)
test(refuses, `{ ${N}, auth: { aws: { region: eu-west-1, service: ec2 } } }`)
test(refuses, `{ ${N}, tls: { cax: 1 } }`)
test(refuses, `{ ${N}, tls: { verify: no } }`)
test(refuses, `{ ${N}, tls: { ca: a, caFingerprint: "${'ab'.repeat(32)}" } }`)
test(refuses, `{ ${N}, tls: { ca: a, verify: false } }`)
test(refuses, `{ ${N}, tls: { caFingerprint: abcd } }`)
test(refuses, `{ ${N}, tls: { cert: a } }`)
test(refuses, `{ ${N}, tls: { passphrase: a } }`)
test(refuses, `{ ${N}, proxy: socks5://a }`)
test(refuses, `{ ${N}, headers: { "a b": c } }`)
test(refuses, `{ ${N}, headers: { Content-Type: c } }`)
test(refuses, `{ ${N}, headers: { a: 1 } }`)
test(refuses, `{ ${N}, headers: { a: "b\\n" } }`)
test(refuses, `{ ${N}, timeout: 30 }`)
test(refuses, `{ ${N}, timeout: "30" }`)
test(refuses, `{ ${N}, retries: 1.5 }`)
test(refuses, `{ ${N}, retries: -1 }`)
test(refuses, `{ ${N}, retries: 101 }`)
test(refuses, `{ ${N}, retries: "3" }`)
test(refuses, `{ ${N}, compression: yes }`)
test(refuses, `{ ${N}, indices: [a] }`)
test(refuses, `{ ${N}, indices: { "a,b": c } }`)
test(refuses, `{ ${N}, indices: { a: { timeField: b } } }`)
test(refuses, `{ ${N}, indices: { a: { index: b, query: [] } } }`)
test(refuses, `{ ${N}, indices: { a: { index: b, query: {}, qeury: {} } } }`)

test('mistakes at the top level are refused by both', t => {
  for (const text of [
    '[]',
    '{ alias: {} }',
    '{ aliases: ~ }',
    '{ $schema: 1 }',
    '{ aliases: { "a b": c } }',
  ]) {
    t.deepEqual([byOwnRules(parse(text)), byJsonSchema(parse(text))], [false, false], text)
  }
  const reserved = JSON.parse('{"aliases":{"__proto__":"a"}}')
  t.deepEqual([byOwnRules(reserved), byJsonSchema(reserved)], [false, false])
})

const odd = fc.oneof({ weight: 3, arbitrary: fc.string() }, fc.string({ unit: 'binary' }), fc.jsonValue())

/** Mostly one of these, or what `more` gives, sometimes with a variable in it; sometimes anything at all. */
const mostly = <T>(likely: readonly T[], ...more: fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...likely) },
    ...more.map(arbitrary => ({ weight: 12, arbitrary })),
    { weight: 3, arbitrary: fc.constantFrom('${A}', 'x${A:-b}', '$$', '$${A}', '$a${A}', '${', 'a$') },
    { weight: 1, arbitrary: odd },
  )

/** A mapping with some of these fields, and sometimes one more. */
const some = (fields: Record<string, fc.Arbitrary<unknown>>) => {
  const mapping = fc.record(fields, { requiredKeys: [] })
  const another = fc.tuple(mapping, fc.string(), odd).map(([one, key, value]) => ({ ...one, [key]: value }))
  return fc.oneof({ weight: 30, arbitrary: mapping }, { weight: 1, arbitrary: another })
}

const ASCII = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
const word = fc.string({ unit: fc.constantFrom(...ASCII) })
const path = mostly(['./a', '~/b'], word)
const lasting = mostly(['30s', '1.5m', '500ms', '0.1h', '24d'], fc.stringMatching(/^[\d.]{1,3}m?[smhd]$/))
const from = {
  file: path,
  keyring: mostly(['a/b', 'a/b/c', 'a/\n'], fc.stringMatching(/^\w*\/\w*$/)),
  command: mostly([['a', 'b c']], fc.array(word)),
  timeout: lasting,
}
const oneOf = <T extends object>(fields: T, ...kinds: (keyof T)[][]) =>
  fc.constantFrom(...kinds).map(kind => Object.fromEntries(kind.map(name => [name, fields[name]])))
const source = fc.oneof(
  oneOf(from, ['file'], ['keyring'], ['command'], ['command', 'timeout']).chain(kind => fc.record(kind)),
  some(from),
)
const secret = mostly(['secret', '!}~', 'p:w', 'a\tb'], word, source)
const url = mostly(
  ['http://h', 'HTTPS://H:1/a/b/', 'http:///h', 'http://[::1]:9200', 'http://u:p@h', 'http://h/.'],
  fc.webUrl(),
  word.map(text => `https://${text}`),
)
const keys = { id: mostly(['id'], word), key: secret, ...from }
const apiKey = fc.oneof(
  mostly(['a2V5'], word),
  oneOf(keys, ['id', 'key'], ['file'], ['command', 'timeout']).chain(kind => fc.record(kind)),
  some(keys),
)
const logins = {
  username: mostly(['u'], word),
  password: secret,
  apiKey,
  bearer: secret,
  serviceToken: secret,
  aws: some({ region: mostly(['eu-west-1', 'x']), service: mostly(['es', 'aoss']) }),
}
const auth = fc.oneof(
  oneOf(logins, ['username', 'password'], ['apiKey'], ['bearer'], ['serviceToken'], ['aws']).chain(kind =>
    fc.record(kind),
  ),
  some(logins),
)
const hexadecimal = fc.stringMatching(/^(?:[\da-fA-F]:?){63,64}$/)
const tls = some({
  ca: path,
  caFingerprint: mostly(['ab'.repeat(32), 'AB:'.repeat(32)], hexadecimal),
  cert: path,
  key: secret,
  passphrase: secret,
  verify: mostly([true, false]),
  serverName: mostly(['h.example', '::1'], word),
})
const free = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'b-c', 'ü', '😀') }, fc.string())
const view = fc.record({ index: mostly(['a-*', 'b,-c']), query: mostly([{}, { a: [1, null] }]) })
const more = {
  auth,
  tls,
  proxy: url,
  headers: fc.dictionary(
    fc.oneof(fc.constantFrom('X-A', 'Host', 'Via'), fc.stringMatching(/^[!-~]+$/)),
    secret,
  ),
  timeout: lasting,
  retries: mostly([0, 3, -0, 100], fc.double({ min: -1, max: 101 })),
  compression: mostly([true, false]),
  readonly: mostly([true, false]),
  indices: fc.dictionary(free, fc.oneof(mostly(['a-*', '<a-{now/d}>']), view)),
}
const place = { node: url, nodes: fc.array(url), cloudId: mostly(['a:ZXUuZXhhbXBsZSQ0ZmQxJGEyYzA=']) }
const cluster = fc
  .tuple(
    oneOf(place, ['node'], ['nodes'], ['cloudId']).chain(kind => fc.record(kind)),
    fc
      .subarray(Object.keys(more) as (keyof typeof more)[], { maxLength: 3 })
      .chain(names => some(Object.fromEntries(names.map(name => [name, more[name]])))),
  )
  .map(([address, fields]) => ({ ...address, ...fields }))
const alias = fc.oneof(
  { weight: 9, arbitrary: cluster },
  mostly(['other', 'ü-1'], free),
  some({ ...place, ...more }),
)

test('what our own validation accepts, the JSON Schema accepts too', t => {
  let accepted = 0
  fc.assert(
    fc.property(free, alias, (name, definition) => {
      const data = { aliases: { [name]: definition } }
      if (!byOwnRules(data)) return true
      accepted += 1
      return byJsonSchema(data)
    }),
    { numRuns: 1000 },
  )
  t.true(accepted > 100, `only ${accepted} of 1000 were accepted`)
})

const groups = groupsOf(published)
const IN_ALIAS: Record<string, (fields: object) => object> = {
  alias: fields => ({ ...('nodes' in fields || 'cloudId' in fields ? {} : { node: 'http://h' }), ...fields }),
  auth: fields => ({ node: 'http://h', auth: fields }),
  apiKey: fields => ({ node: 'http://h', auth: { apiKey: fields } }),
  aws: fields => ({ node: 'http://h', auth: { aws: fields } }),
  secret: fields => ({ node: 'http://h', headers: { a: fields } }),
  tls: fields => ({ node: 'http://h', tls: fields }),
  view: fields => ({ node: 'http://h', indices: { a: fields } }),
}

/** An example of a field, and of each other field that it requires. */
function exampleWith(
  name: string,
  { properties = {}, required = [], dependencies = {} }: JsonSchema,
): object {
  const names = new Set([name, ...required])
  for (const one of names) for (const other of dependencies[one] ?? []) names.add(other)
  return Object.fromEntries([...names].map(one => [one, properties[one]?.examples?.[0]]))
}

const fields = Object.entries(groups).flatMap(([group, schema]) =>
  Object.entries(schema?.properties ?? {}).map(([name, field]) => ({ group, name, ...field })),
)

test('each field has a description, and valid examples', t => {
  t.deepEqual(Object.keys(groups).toSorted(), ['file', ...Object.keys(IN_ALIAS)].toSorted())
  for (const { group, name, description = '', examples = [] } of fields) {
    t.regex(description, /^[A-Z]|^es /, `${group}.${name}`)
    t.true(examples.length > 0, `${group}.${name}`)
    for (const example of examples) {
      const inside = { ...exampleWith(name, groups[group] ?? {}), [name]: example }
      const data = IN_ALIAS[group] ? { aliases: { a: IN_ALIAS[group](inside) } } : inside
      t.deepEqual([byOwnRules(data), byJsonSchema(data)], [true, true], `${group}.${name}`)
    }
  }
})

/** All keys in data, at any depth. */
const keysIn = (data: unknown): string[] =>
  typeof data === 'object' && data !== null
    ? Object.entries(data).flatMap(([key, value]) => [key, ...keysIn(value)])
    : []

test('the example names the schema, is valid, and shows every field', t => {
  const text = read('.esconnrc.example')
  const data = parse(text)
  const address = './node_modules/esconn/esconn.schema.json'
  t.is(text.split('\n')[0], `# yaml-language-server: $schema=${address}`)
  t.is(data.$schema, address)
  t.deepEqual([byOwnRules(data), byJsonSchema(data)], [true, true], ajv.errorsText(byJsonSchema.errors))
  const shown = new Set(keysIn(data))
  t.deepEqual(
    fields.filter(({ name }) => !shown.has(name)),
    [],
  )
})

test('the schema is in the package, where the example looks for it', t => {
  const { name, files, exports } = JSON.parse(read('package.json'))
  t.is(name, 'esconn')
  t.true(files.includes('esconn.schema.json'))
  t.is(exports['./schema.json'], './esconn.schema.json')
})

test('esconn config schema prints it', async t => {
  const { status, stdout } = await esconn(['config', 'schema'])
  t.is(status, 0)
  t.deepEqual(JSON.parse(stdout), published)
  t.true(stdout.endsWith('\n}\n'))
})

const docs = read('docs/configuration.md')

test('each configuration in the reference is valid', t => {
  const blocks = [...docs.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text as string)
  t.true(blocks.length > 10)
  for (const text of blocks) {
    t.notThrows(
      () => validate(fileSchema, parseYaml('docs', text)?.data, { source: NOWHERE, path: [] }),
      text,
    )
    t.true(byJsonSchema(parse(text)), text)
  }
})

const sorted = (values: readonly unknown[]): string[] => values.map(value => JSON.stringify(value)).toSorted()

test('the examples in the tables of the reference are those of the schema', t => {
  const lines = [...docs.matchAll(/ `([$\w]+: [^`]+)` +\|$/gm)].map(([, line]) => parse(line as string))
  t.deepEqual(sorted(lines), sorted(fields.map(({ name, examples = [] }) => ({ [name]: examples[0] }))))
})

test('each link inside the reference leads to a heading', t => {
  const headings = [...docs.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text?.toLowerCase().replaceAll(' ', '-'),
  )
  const links = [...docs.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target)
  t.deepEqual(
    links.filter(target => !headings.includes(target)),
    [],
  )
})
