import test from 'ava'
import { openSide, splitAliasName } from '../../src/cli/alias-name.ts'
import { Session } from '../../src/cli/context.ts'
import { UsageError } from '../../src/errors.ts'
import { configured } from '../support/configured.ts'

const KNOWN = ['default', 'logs', 'backup', 'größe']

const splits = test.macro((t, typed: string, alias: string | undefined, name: string) => {
  t.deepEqual(splitAliasName(typed, KNOWN), { alias, name })
})

test('an alias and a name', splits, 'logs:access', 'logs', 'access')
test('a name alone', splits, 'access', undefined, 'access')
test('a name that is also that of an alias', splits, 'logs', undefined, 'logs')
test('a pattern', splits, 'backup:*', 'backup', '*')
test('several names', splits, 'logs:access,errors', 'logs', 'access,errors')
test('an alias with letters of any language', splits, 'größe:access', 'größe', 'access')
test('an alias without a name', splits, 'logs:', 'logs', '')
test('only the first colon counts', splits, 'logs:eu:access', 'logs', 'eu:access')
test('date math', splits, '<logs-{now/d}>', undefined, '<logs-{now/d}>')
test('date math with a colon', splits, '<x-{now/d{yyyy|+12:00}}>', undefined, '<x-{now/d{yyyy|+12:00}}>')
test('date math of an alias', splits, 'logs:<x-{now/d{yyyy|+12:00}}>', 'logs', '<x-{now/d{yyyy|+12:00}}>')
test('a part of a data stream', splits, 'logs::failures', undefined, 'logs::failures')
test('a part of a data stream of an alias', splits, 'logs:app::failures', 'logs', 'app::failures')

const refused = test.macro((t, typed: string, what: string) => {
  const error = t.throws(() => splitAliasName(typed, KNOWN), { instanceOf: UsageError })
  t.is(error.message, what)
})

const LIST = '(known: default, logs, backup, größe)'

test('a remote cluster', refused, 'eu:access', `"eu:access": there is no alias eu ${LIST}`)
test(
  'a typo',
  refused,
  'bakcup:access',
  `"bakcup:access": there is no alias bakcup; did you mean \`backup\`? ${LIST}`,
)
test('a URL', refused, 'http://localhost/a', `"http://localhost/a": there is no alias http ${LIST}`)
test('no alias before the colon', refused, ':access', `":access": there is no alias "" ${LIST}`)
test(
  'an alias is written exactly',
  refused,
  'Logs:a',
  `"Logs:a": there is no alias Logs; did you mean \`logs\`? ${LIST}`,
)

test('each side has its own cluster, and a name alone is of --alias', async t => {
  const node = (port: number) => ({ node: `http://localhost:${port}` })
  const cwd = configured(t, { aliases: { default: node(1), logs: node(2), backup: node(3) } })
  const io = { cwd, env: {} }
  const session = (alias?: string) => new Session({ alias } as never, io as never, { print: t.fail })
  const opened = async (typed: string, alias?: string) => {
    const { connection, name } = await openSide(session(alias), typed)
    return `${connection.alias} ${name}`
  }
  t.deepEqual(
    [await opened('backup:a', 'logs,default'), await opened('a', 'logs'), await opened('a')],
    ['backup a', 'logs a', 'default a'],
  )
  await t.throwsAsync(opened('a', 'logs,backup'), { instanceOf: UsageError })
})
