import test from 'ava'
import fc from 'fast-check'
import { expand, hasVariables, isLiteral, type VariableFault } from '../../src/config/variables.ts'

const env = { SET: 'value', EMPTY: '', LATIN1: 'caf\ufffd', MONEY: '$$ ${SET} $1 $&' }

function fail({ what }: VariableFault): never {
  throw new Error(what)
}

const expands = test.macro({
  exec: (t, text: string, expected: string) => t.is(expand(text, env, fail), expected),
  title: (_, text, expected) => `${text} is ${expected}`,
})
const fails = test.macro({
  exec: (t, text: string, what: string) => t.throws(() => expand(text, env, fail), { message: what }),
  title: (_, text) => `${text} fails`,
})

const BARE = 'a `${` without a name and a closing brace; write `$${` for the characters'

test(fails, '${LATIN1}', 'the value of the variable LATIN1 is not UTF-8')
test(expands, 'plain', 'plain')
test(expands, '${SET}', 'value')
test(expands, 'a${SET}b${SET}c', 'avaluebvaluec')
test(expands, '${EMPTY}', '')
test(expands, '${MONEY}', '$$ ${SET} $1 $&')
test(expands, '${SET:-other}', 'value')
test(expands, '${EMPTY:-other}', 'other')
test(expands, '${UNSET:-}', '')
test(expands, '${UNSET:-a b:-{c$d$$e}', 'a b:-{c$d$e')
test(expands, '$$', '$')
test(expands, '$${SET}', '${SET}')
test(expands, '$$${SET}', '$value')
test(expands, '$SET $ $1 a$', '$SET $ $1 a$')
test(fails, '${UNSET}', 'the variable UNSET is not set')
test(fails, '${toString}', 'the variable toString is not set')
test(fails, '${__proto__}', 'the variable __proto__ is not set')
test(fails, '${}', BARE)
test(fails, '${1}', BARE)
test(fails, '${SET', BARE)
test(fails, '${SET:?}', BARE)
test(fails, '${UNSET:-${SET}}', BARE)

test('whether a text refers to variables', t => {
  t.deepEqual(['$', '$$', '$${A}', '$A'].map(hasVariables), [false, false, false, false])
  t.deepEqual(['${A}', '$$${A}', '${'].map(hasVariables), [true, true, true])
})

test('whether a text reveals its value', t => {
  t.deepEqual(['secret', '$${A}', '${A:-secret}'].map(isLiteral), [true, true, true])
  t.deepEqual(['${A}', 'ApiKey ${A}', '${A:-}'].map(isLiteral), [false, false, false])
})

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,5}$/)
const value = fc.string({ unit: 'binary' })
const quoted = (text: string) => text.replaceAll('$', '$$$$')
const piece = fc.oneof(
  value.map(text => ({ written: quoted(text), meant: () => text })),
  name.map(key => ({ written: `\${${key}}`, meant: (all: Map<string, string>) => all.get(key) })),
  fc
    .tuple(
      name,
      value.map(text => text.replaceAll('}', '')),
    )
    .map(([key, text]) => ({
      written: `\${${key}:-${quoted(text)}}`,
      meant: (all: Map<string, string>) => all.get(key) || text,
    })),
)

test('any sequence of texts, variables and defaults expands to its parts', t => {
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.tuple(name, value)), (pieces, variables) => {
      const all = new Map(variables)
      const meant = pieces.map(({ meant }) => meant(all))
      const written = pieces.map(({ written }) => written).join('')
      const act = () => expand(written, Object.fromEntries(all), fail)
      if (meant.includes(undefined)) t.throws(act, { message: /^the variable \w+ is not set$/ })
      else t.is(act(), meant.join(''))
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
