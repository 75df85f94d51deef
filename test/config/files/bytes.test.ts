import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { ConfigMistakes } from '../../../src/config/mistakes.ts'
import { ConfigError } from '../../../src/errors.ts'
import { processorTime } from '../../support/time.ts'
import { type Tree, tree } from '../_tree.ts'

/** Far more than any of these files takes, in milliseconds of processor time. */
const SOON = 3000

const NAMES = [
  'project/.esconnrc',
  'project/x.yaml',
  'project/x.json',
  'project/package.json',
  'home/.esconnrc',
]

/** All messages about a file with this content; fails for an error of another kind, and for a long wait. */
function said({ root, load }: Tree, name: string, content: Uint8Array): string {
  writeFileSync(join(root, name), content)
  const spent = processorTime()
  const all = complaint(() => load(name.startsWith('project/x') ? join(root, name) : undefined))
  const took = spent()
  if (took > SOON) throw new Error(`took ${took} ms`)
  writeFileSync(join(root, name), '')
  return all
}

function complaint(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const { message, advice = '', mistakes = [] } = error as ConfigMistakes
    const lines = mistakes.map(({ location, what }) => `${location}: ${what}`)
    if (!/^.+$/.test(message)) throw new Error(`no single line: ${JSON.stringify(message)}`)
    return [message, advice, ...lines, JSON.stringify(error), String(error.cause)].join('\n')
  }
}

const name = fc.constantFrom(...NAMES)
const fragment = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ': ',
    '"',
    "'",
    '\\',
    '\n',
    '\r\n',
    '\r',
    '\t',
    ' ',
    '  ',
    '- ',
    '? ',
    '&a ',
    '*a',
  ],
  ...[
    '!',
    '!!str ',
    '|',
    '>',
    '#',
    ' #',
    '%',
    '@',
    '`',
    '---\n',
    '...\n',
    '<<: ',
    '${',
    '$$',
    '__proto__',
    '$import',
  ],
  ...[
    '\0',
    '\u0085',
    '\u2028',
    '\uFEFF',
    '😀',
    '\\ud800',
    '\\u0000',
    '0x',
    '1e',
    '~',
    'aliases:',
    'node: http://h',
  ],
)

test('any bytes are read or refused', t => {
  const made = tree(t)
  const text = fc.array(fragment, { maxLength: 40 }).map(parts => Buffer.from(parts.join('')))
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), text)
  fc.assert(
    fc.property(name, bytes, (file, content) => {
      said(made, file, content)
    }),
    { numRuns: 500 },
  )
  t.pass()
})

const secret = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'),
  minLength: 16,
  maxLength: 32,
})

/** A configuration with three secrets, in each notation of YAML. */
const yaml: ((a: string, b: string, c: string) => string)[] = [
  (a, b, c) => `aliases:
  logs:
    node: https://user:${a}@host
    tls: { ca: ${b} }
  prod:
    node: http://host
    auth:
      username: "u"
      password: '${c}'
`,
  (a, b, c) => `aliases: { a: { nodes: [ "https://u:${a}@h", 'https://u:${a}@i' ], headers: { X-K: ${b} } },
  b: { node: http://h, auth: { apiKey: ${c} } } }`,
  (a, b, c) => `aliases:
  a: { node: "\${X:-${a}}", auth: { bearer: "${b}" } } # why
  b:
    node: https://h
    auth: { username: u, password: { command: [ pass, "${c}" ] } }
`,
]
const json = (a: string, b: string, c: string) =>
  JSON.stringify({
    esconn: { aliases: { a: { node: `http://u:${a}@h` }, b: { node: 'http://h', auth: { bearer: b } } } },
    aliases: { a: { node: `http://u:${a}@h`, timeout: b }, b: { node: 'http://h', auth: { apiKey: c } } },
  })

/** A typing mistake in a text, at some punctuation mark or white space. */
type Slip = (text: string, at: number, inserted: string) => string
const oneSlip = fc.constantFrom<Slip[]>(
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at, inserted) => text.slice(0, at) + inserted + text.slice(at),
  (text, at, inserted) => text.slice(0, at) + inserted + text.slice(at + 1),
)
const otherSlip = fc.constantFrom<Slip[]>(
  text => text,
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(at),
  (text, at) => text + text.slice(at),
  text => text.replaceAll('\n', '\r\n'),
  text => text.replaceAll(': ', ':'),
  text => text.replaceAll(':', ''),
  text => text.replaceAll(/["']/g, ''),
  text => text.replaceAll('  ', '\t'),
)

const usual = (text: string) => Buffer.from(text)
const encoding = fc.constantFrom(
  ...[usual, usual, usual, usual, usual, usual, usual, (text: string) => Buffer.from(`\uFEFF${text}`)],
  (text: string) => Buffer.from(`${text}é`, 'latin1'),
  (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
)

const content = fc.record({
  secrets: fc.tuple(secret, secret, secret),
  written: fc.oneof(
    fc.tuple(name, fc.constant(json)),
    fc.tuple(
      fc.constantFrom('project/.esconnrc', 'project/x.yaml', 'home/.esconnrc'),
      fc.constantFrom(...yaml),
    ),
  ),
  slip: fc.oneof({ weight: 4, arbitrary: oneSlip }, { weight: 1, arbitrary: otherSlip }),
  encoding,
  place: fc.nat(9999),
  inserted: fragment,
})

test('after a typing mistake, no message repeats a value', t => {
  const made = tree(t)
  fc.assert(
    fc.property(content, ({ secrets, written: [file, notation], slip, encoding, place, inserted }) => {
      const text = notation(...secrets)
      const marks = [...text.matchAll(/\W/g)].map(({ index }) => index)
      const at = marks[place % marks.length] ?? 0
      const all = said(made, file, encoding(slip(text, at, inserted)))
      for (const one of secrets)
        for (let at = 0; at + 12 <= one.length; at += 1)
          if (all.includes(one.slice(at, at + 12))) t.fail(`${one} in ${all}`)
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
