import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Tree, tree } from '../../../../config/_tree.ts'
import { authority } from '../../../../support/certificates.ts'
import { keyring } from '../../../../support/keyring.ts'
import { nobody, raw, reply, type Script } from '../../../../support/raw.ts'
import { dialogue, hasTerminals, type Turn } from '../../../../support/terminal.ts'

const FILE = 'home/.config/esconn/config.yaml'
const HEAD = '# All fields of an alias: esconn config schema\n'
const SECRET = 's3cret $${x}'

/** A test on a terminal, where one can be created. */
const onTerminal = (title: string, run: (t: ExecutionContext) => Promise<void>) =>
  test(title, async t => {
    if (hasTerminals) return await run(t)
    t.log('not run: pseudo-terminals are made by `script` of util-linux, which is not here')
    t.pass()
  })

const read = ({ root }: Tree, name = FILE) => readFileSync(join(root, name), 'utf8').replaceAll(root, 'ROOT')

/** `config init` on a terminal, and what it shows, line by line, with the root shown as `ROOT`. */
async function init(place: Tree, turns: readonly Turn[], { argv = [] as string[], env = {} } = {}) {
  const { cwd, root } = place
  const { shown, ...outcome } = await dialogue(['config', 'init', ...argv], turns, {
    cwd,
    env: { ...place.env, ...env },
  })
  return { ...outcome, shown, lines: shown.replaceAll(root, 'ROOT').split('\n') }
}

const IDENTITY = { version: { number: '9.5.3' } }
const REFUSAL = { error: { type: 'security_exception', reason: 'who are you?' }, status: 401 }

/** Elasticsearch that accepts ada. */
const guarded: Script = (socket, request) => {
  const authorization = `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`
  const known = request.headers.authorization === authorization
  return (known ? reply(IDENTITY) : reply(REFUSAL, 401))(socket, request)
}

/** What is shown of a question that waits for its answer. */
const asks = (question: string): string => `◆  ${question}`
const PLACE = asks('Where is the password kept?')
const WHAT_NOW = asks('That did not work. What now?')
const PASSWORD = asks('Password of ada')

/** Enter on the entry of a list, from 1. */
const entry = (number: number): string => `${'\x1b[B'.repeat(number - 1)}\r`

const messages = (lines: readonly string[]): string[] => lines.filter(line => line.startsWith('esconn: '))

onTerminal('a name and an address are prompted for until they are valid', async t => {
  const { url } = await raw(t, reply(IDENTITY))
  const place = tree(t)
  const { status, shown, lines, echoes } = await init(place, [
    [asks('Name of the alias\ndefault'), 'a b\r'],
    ['the alias must be a name without white space and without any of , : / @', '\x15\r'],
    [asks('URL of a node, or Cloud ID\nhttp://localhost:9200'), `${url.slice(7)}\r`],
    ['the URL of a node must begin with http:// or https://', `\x15${url}\r`],
  ])
  t.deepEqual([status, echoes], [0, true], shown)
  t.regex(messages(lines)[0] ?? '', /^esconn: default: Elasticsearch 9\.5\.3 answers at http/)
  t.deepEqual(lines.slice(-4), [
    '  default:',
    `    node: ${url}`,
    `esconn: default: written to ROOT/${FILE}`,
    '',
  ])
  t.is(read(place), `${HEAD}aliases:\n  default:\n    node: ${url}\n`)
})

onTerminal('nothing is asked that the options give', async t => {
  const { url } = await raw(t, reply(IDENTITY))
  const { status, shown } = await init(tree(t), [], { argv: ['--node', url] })
  t.is(status, 0)
  t.notRegex(shown, /◆/)
})

onTerminal(
  'a certificate is trusted once its fingerprint is confirmed, and a password entered again',
  async t => {
    const { issue, pem } = await authority()
    const identity = await issue()
    const { url, requests } = await raw(t, guarded, { tls: { ...identity, cert: identity.cert + pem } })
    const place = tree(t)
    const { status, lines, shown, echoes } = await init(
      place,
      [
        [asks('URL'), `${url}\r`],
        [WHAT_NOW, entry(2)],
        [asks('Is this the fingerprint that the owner of the cluster gave you?'), 'y'],
        [WHAT_NOW, entry(1)],
        [asks('Login method'), entry(1)],
        [asks('User name'), 'ada\r'],
        [PLACE, entry(2)],
        [PASSWORD, 'wr0ng\r'],
        [WHAT_NOW, entry(1)],
        [PASSWORD, `${SECRET}\r`],
      ],
      { argv: ['--name', 'logs'] },
    )
    t.deepEqual([status, echoes], [0, true], shown)
    t.notRegex(shown, /s3cret|wr0ng/)
    const [, fingerprint] =
      /certificate of CN=esconn test authority\nesconn: its SHA-256 fingerprint: ([0-9a-f]{64})\n/.exec(
        shown,
      ) ?? []
    const alias = [
      '  logs:',
      `    node: ${url}`,
      '    auth:',
      '      username: ada',
      '      password: "[redacted]"',
      '    tls:',
      `      caFingerprint: ${fingerprint}`,
    ]
    t.deepEqual(lines.slice(-9), [...alias, `esconn: logs: written to ROOT/${FILE}`, ''])
    t.is(
      read(place),
      `${HEAD}aliases:\n${alias.join('\n').replace('"[redacted]"', () => 's3cret $$$${x}')}\n`,
    )
    t.is(statSync(join(place.root, FILE)).mode & 0o7777, 0o600)
    t.is(requests.length, 3, 'one without login, one with the wrong and one with the right one')
  },
)

onTerminal('Enter alone trusts no certificate', async t => {
  const { url } = await raw(t, guarded, { tls: await (await authority()).issue() })
  const place = tree(t)
  const { status } = await init(
    place,
    [
      [WHAT_NOW, entry(2)],
      [asks('Is this the fingerprint that the owner of the cluster gave you?'), '\r'],
      [WHAT_NOW, entry(5)],
    ],
    { argv: ['--node', url] },
  )
  t.is(status, 60)
  t.false(existsSync(join(place.root, FILE)))
})

onTerminal('a user and password in the URL become a login', async t => {
  const { url } = await raw(t, guarded)
  const place = tree(t)
  const { status } = await init(
    place,
    [
      [asks('URL'), `${url.replace('//', `//ada:${encodeURIComponent(SECRET)}@`)}\r`],
      [PLACE, entry(3)],
      [asks('Name of the variable'), '$PW\r'],
      ['that is not the name of a variable', '\x15PW\r'],
    ],
    { argv: ['--name', 'logs'], env: { PW: SECRET } },
  )
  t.is(status, 0)
  t.is(
    read(place),
    `${HEAD}aliases:\n  logs:\n    node: ${url}\n    auth:\n      username: ada\n      password: \${PW}\n`,
  )
})

onTerminal('what is tested is what the file refers to, not the password in the URL', async t => {
  const { url, requests } = await raw(t, guarded)
  const { status, shown } = await init(
    tree(t),
    [
      [asks('URL'), `${url.replace('//', `//ada:${encodeURIComponent(SECRET)}@`)}\r`],
      [PLACE, entry(3)],
      [asks('Name of the variable'), 'PW\r'],
      [WHAT_NOW, entry(5)],
    ],
    { argv: ['--name', 'logs'] },
  )
  t.is(status, 78)
  t.regex(shown, /auth\.password: the variable PW is not set/)
  t.is(requests.length, 0)
})

onTerminal('the keyring gets the secret once the cluster has accepted it', async t => {
  const { url } = await raw(t, guarded)
  const place = tree(t)
  const system = keyring(t)
  const { status, lines } = await init(
    place,
    [
      [WHAT_NOW, entry(1)],
      [asks('Login method'), entry(1)],
      [asks('User name'), '\r'],
      ['nothing was entered', 'ada\r'],
      [PLACE, entry(1)],
      [PASSWORD, 'wr0ng\r'],
      [WHAT_NOW, entry(1)],
      [PASSWORD, '\r'],
      ['the secret is empty', `${SECRET}\r`],
    ],
    { argv: ['--node', url, '--name', 'logs'], env: system.env },
  )
  t.is(status, 0)
  t.deepEqual(lines.slice(-3), [
    'esconn: logs: the secret is stored in the keyring as esconn/logs',
    `esconn: logs: written to ROOT/${FILE}`,
    '',
  ])
  t.deepEqual(system.entries(), { 'esconn/logs': SECRET })
  t.is(
    read(place),
    `${HEAD}aliases:\n  logs:\n    node: ${url}\n    auth:\n      username: ada\n      password:\n        keyring: esconn/logs\n`,
  )
})

onTerminal('where the keyring does not accept it, the secret can be kept elsewhere', async t => {
  const { url, requests } = await raw(t, guarded)
  const place = tree(t)
  const password = join(place.root, 'password')
  writeFileSync(password, `${SECRET}\n`)
  const { status, shown } = await init(
    place,
    [
      [PLACE, entry(1)],
      [PASSWORD, `${SECRET}\r`],
      [WHAT_NOW, entry(1)],
      [PLACE, entry(4)],
      [asks('Path of the file'), `${password}\r`],
    ],
    { argv: ['--node', url, '--username', 'ada'], env: keyring(t, {}, 'locked').env },
  )
  t.is(status, 0)
  t.true(shown.includes('default: the keyring did not accept the secret: the collection is locked'), shown)
  t.notRegex(shown, /save it anyway/)
  t.is(requests.length, 2)
  t.regex(read(place), /password:\n {8}file: ROOT\/password\n$/)
})

onTerminal('an alias that fails is saved only on request', async t => {
  const place = tree(t)
  const argv = ['--node', await nobody()]
  const cancelled = await init(place, [[WHAT_NOW, entry(4)]], { argv })
  t.deepEqual([cancelled.status, cancelled.lines.at(-2)], [7, 'esconn: nothing was written'])
  t.false(existsSync(join(place.root, FILE)))
  const saved = await init(place, [[WHAT_NOW, entry(3)]], { argv })
  t.deepEqual([saved.status, saved.lines.at(-2)], [0, `esconn: default: written to ROOT/${FILE}`])
})

onTerminal('a wrong address can be corrected, or tried again', async t => {
  const { url } = await raw(t, reply(IDENTITY))
  const place = tree(t)
  const wrong = await nobody()
  const { status } = await init(
    place,
    [
      [WHAT_NOW, entry(2)],
      [WHAT_NOW, entry(1)],
      [asks(`URL of a node, or Cloud ID\n${wrong}`), `${url}\r`],
    ],
    { argv: ['--node', wrong] },
  )
  t.is(status, 0)
  t.is(read(place), `${HEAD}aliases:\n  default:\n    node: ${url}\n`)
})

onTerminal('an existing alias is replaced once that is confirmed', async t => {
  const { url } = await raw(t, reply(IDENTITY))
  const before = 'aliases:\n  default: { node: http://old } # mine\n'
  const place = tree(t, { [FILE]: before })
  const answer = (typed: string) => init(place, [[asks('Replace it?'), typed]], { argv: ['--node', url] })
  const declined = await answer('\r')
  t.deepEqual(
    [declined.status, declined.lines.at(-2), read(place)],
    [1, 'esconn: nothing was written', before],
  )
  t.is((await answer('y')).status, 0)
  t.is(read(place), `aliases:\n  default:\n    node: ${url} # mine\n`)
})

onTerminal(
  'Ctrl-C at any question ends by the signal, and the terminal shows again what is typed',
  async t => {
    const { url } = await raw(t, guarded)
    const place = tree(t, { [FILE]: 'aliases: { old: { node: http://old } }\n' })
    const questions = [
      [asks('Name of the alias'), []],
      [asks('Replace it?'), ['--name', 'old', '--node', url]],
      [WHAT_NOW, ['--node', url]],
      [PASSWORD, ['--node', url, '--username', 'ada', '--secret-keyring']],
    ] as const
    for (const [question, argv] of questions) {
      const { status, echoes, shown } = await init(place, [[question, 's3cret\x03']], { argv: [...argv] })
      t.deepEqual([status, echoes], [130, true], question)
      t.notRegex(shown, /Password.*s3cret/s)
    }
    t.is(read(place), 'aliases: { old: { node: http://old } }\n')
  },
)

onTerminal('Ctrl-D at an empty line ends the command', async t => {
  const { status, echoes, lines } = await init(tree(t), [[asks('Name of the alias'), '\x04']])
  t.deepEqual([status, echoes, lines.at(-2)], [2, true, 'esconn: nothing was entered'])
})

onTerminal('a dumb terminal is not asked', async t => {
  const { status, lines } = await init(tree(t), [], { env: { TERM: 'dumb' } })
  t.deepEqual(
    [status, lines[0]],
    [2, 'esconn: --node or --cloud-id is missing, and there is no terminal to prompt on'],
  )
})
