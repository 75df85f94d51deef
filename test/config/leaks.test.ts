import test from 'ava'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { load } from '../../src/config/document.ts'
import { loadConfig } from '../../src/config/resolve.ts'
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

/** What is said in all, an error of another kind being passed on. */
function said(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message}\n${error.advice}\n${JSON.stringify(error)}`
    throw error
  }
}

/** The same of what ends later. */
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
      const texts = [said(object), said(() => load('x', stringify(config)))]
      for (const name of ['a', 'b', 'node']) texts.push(await saidLater(() => object().resolve(name)))
      t.notRegex(texts.join('\n'), /S3CRET/)
    }),
    { numRuns: 3000 },
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
        said(() => load(name, parts.join(''))),
        /S3CRET/,
      )
    }),
    { numRuns: 5000 },
  )
})
