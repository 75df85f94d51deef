import test from 'ava'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { loadConfig } from '../../src/config/configuration.ts'
import { loadForCosmiconfig } from '../../src/config/syntax/parse.ts'
import { ConfigError } from '../../src/errors.ts'

const MARKS = [
  '',
  'http://',
  'unix:',
  'http://u:',
  'https://u@',
  '$',
  '${',
  '{',
  '@',
  '%',
  '"',
  '\n',
  ' ',
  '!',
  '*',
  '&',
]
const secret = fc
  .tuple(fc.constantFrom(...MARKS), fc.constantFrom(...MARKS))
  .map(([before, after]) => `${before}S3CRET${after}`)
const key = fc.constantFrom(
  'aliases',
  'a',
  'b',
  'node',
  'nodes',
  'auth',
  'username',
  'password',
  'apiKey',
  'bearer',
  'tls',
  'ca',
  'verify',
  'indices',
  'index',
  'query',
)
const value = fc.letrec(tie => ({
  any: fc.oneof({ maxDepth: 5 }, secret, fc.constantFrom(true, null, 1), tie('list'), tie('mapping')),
  list: fc.array(tie('any'), { maxLength: 3 }),
  mapping: fc.dictionary(key, tie('any'), { maxKeys: 5 }),
})).any
const alias = fc.record(
  { node: secret, nodes: fc.array(secret), auth: value, tls: value, indices: value },
  { requiredKeys: [] },
)
const anyConfig = fc.record({ aliases: fc.dictionary(key, fc.oneof(alias, value)) })

/** The message and the advice; an error of another kind is thrown. */
function said(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message}\n${error.advice}\n${JSON.stringify(error)}`
    throw error
  }
}

/** The same for something asynchronous. */
async function saidLater(act: () => Promise<unknown>): Promise<string> {
  const outcome = await Promise.resolve()
    .then(act)
    .then(
      () => () => {},
      error => () => {
        throw error
      },
    )
  return said(outcome)
}

test('no message repeats a value, and any structure is taken or refused', async t => {
  await fc.assert(
    fc.asyncProperty(anyConfig, async config => {
      const object = () => loadConfig({ cwd: '/', env: {}, config })
      const texts = [said(object), said(() => loadForCosmiconfig('x', stringify(config)))]
      for (const name of ['a', 'b', 'node']) texts.push(await saidLater(() => object().resolve(name)))
      t.notRegex(texts.join('\n'), /S3CRET/)
    }),
    { numRuns: 500 },
  )
})

test('no message about syntax repeats a value', t => {
  const fragment = fc.oneof(
    secret,
    fc.constantFrom(': ', '\n', '- ', '{', '}', '[', ']', ',', "'", '? ', '|', '>', '#', '---', '%'),
  )
  fc.assert(
    fc.property(fc.array(fragment), fc.constantFrom('x', 'x.json'), (parts, name) => {
      t.notRegex(
        said(() => loadForCosmiconfig(name, parts.join(''))),
        /S3CRET/,
      )
    }),
    { numRuns: 1000 },
  )
})
