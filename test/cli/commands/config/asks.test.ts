import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Tree, tree } from '../../../config/_tree.ts'
import { authority } from '../../../support/certificates.ts'
import { keyring } from '../../../support/keyring.ts'
import { nobody, raw, reply, type Script } from '../../../support/raw.ts'
import { dialogue, hasTerminals, type Turn } from '../../../support/terminal.ts'

const FILE = 'home/.config/esconn/config.yaml'
const HEAD = '# All that an alias can have: esconn config schema\n'
const SECRET = 's3cret $${x}'

/** A test on a terminal, where there is one to be had. */
const onTerminal = (title: string, run: (t: ExecutionContext) => Promise<void>) =>
  test(title, async t => {
    if (hasTerminals) return await run(t)
    t.log('not run: pseudo-terminals are made by `script` of util-linux, which is not here')
    t.pass()
  })

const read = ({ root }: Tree, name = FILE) => readFileSync(join(root, name), 'utf8').replaceAll(root, 'ROOT')

/** `config init` on a terminal, and what it shows, line by line; the root being shown as `ROOT`. */
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

/** Elasticsearch that lets ada in. */
const guarded: Script = (socket, request) => {
  const authorization = `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`
  const known = request.headers.authorization === authorization
  return (known ? reply(IDENTITY) : reply(REFUSAL, 401))(socket, request)
}

onTerminal('it asks for a name and an address until they make sense', async t => {
  const { url } = await raw(t, reply(IDENTITY))
  const place = tree(t)
  const { status, lines, echoes } = await init(place, [
    ['Name of the alias: (default)', 'a b\r'],
    ['Name of the alias: (default)', '\r'],
    ['URL of a node, or Cloud ID: (http://localhost:9200)', `${url.slice(7)}\r`],
    ['URL of a node, or Cloud ID: (http://localhost:9200)', `${url}\r`],
  ])
  t.deepEqual([status, echoes], [0, true])
  t.is(lines[1], 'esconn: the alias must be a name without white space and without any of , : / @')
  t.is(lines[4], "esconn: a node's URL must begin with http:// or https://")
  t.regex(lines[6] ?? '', /^esconn: default: Elasticsearch 9\.5\.3 answers at http/)
  t.deepEqual(lines.slice(7), [
    '  default:',
    `    node: ${url}`,
    `esconn: default: written to ROOT/${FILE}`,
    '',
  ])
  t.is(read(place), `${HEAD}aliases:\n  default:\n    node: ${url}\n`)
})

onTerminal('what options say is not asked', async t => {
  const { url } = await raw(t, reply(IDENTITY))
  const { status, shown } = await init(tree(t), [], { argv: ['--node', url] })
  t.is(status, 0)
  t.notRegex(shown, /\?|Name|URL/)
})

onTerminal('a certificate is shown, a password asked for, both are tried and then written', async t => {
  const { issue, pem } = await authority()
  const identity = await issue()
  const { url, requests } = await raw(t, guarded, { tls: { ...identity, cert: identity.cert + pem } })
  const place = tree(t)
  const { status, lines, shown, echoes } = await init(
    place,
    [
      ['URL', `${url}\r`],
      ['as the owner of the cluster confirms it? [y/N]', 'y\r'],
      ['1-4: (1)', '1\r'],
      ['User:', 'ada\r'],
      ['1-5: (1)', '2\r'],
      ['Password of ada:', 'wr0ng\r'],
      ['1-3: (1)', '\r'],
      ['Password of ada:', `${SECRET}\r`],
    ],
    { argv: ['--name', 'logs'] },
  )
  t.deepEqual([status, echoes], [0, true])
  t.notRegex(shown, /s3cret|wr0ng/)
  const [, fingerprint] =
    /topmost of what the node shows is CN=esconn test authority, SHA-256 ([0-9a-f]{64})\n/.exec(shown) ?? []
  const alias = [
    '  logs:',
    `    node: ${url}`,
    '    auth:',
    '      username: ada',
    '      password: (not shown)',
    '    tls:',
    `      caFingerprint: ${fingerprint}`,
  ]
  t.deepEqual(lines.slice(-9), [...alias, `esconn: logs: written to ROOT/${FILE}`, ''])
  t.is(read(place), `${HEAD}aliases:\n${alias.join('\n').replace('(not shown)', () => 's3cret $$$${x}')}\n`)
  t.is(statSync(join(place.root, FILE)).mode & 0o7777, 0o600)
  t.is(requests.length, 3, 'one without login, one with the wrong and one with the right one')
})

onTerminal('a user and password in the URL become a login', async t => {
  const { url } = await raw(t, guarded)
  const place = tree(t)
  const { status } = await init(
    place,
    [
      ['URL', `${url.replace('//', `//ada:${encodeURIComponent(SECRET)}@`)}\r`],
      ['1-5: (1)', '3\r'],
      ['Name of the variable:', '$PW\r'],
      ['Name of the variable:', 'PW\r'],
    ],
    { argv: ['--name', 'logs'], env: { PW: SECRET } },
  )
  t.is(status, 0)
  t.is(
    read(place),
    `${HEAD}aliases:\n  logs:\n    node: ${url}\n    auth:\n      username: ada\n      password: \${PW}\n`,
  )
})

onTerminal('the keyring gets the secret once it has proved right', async t => {
  const { url } = await raw(t, guarded)
  const place = tree(t)
  const system = keyring(t)
  const { status, lines } = await init(
    place,
    [
      ['1-4: (1)', '\r'],
      ['User:', '\r'],
      ['User:', 'ada\r'],
      ['1-5: (1)', '1\r'],
      ['Password of ada:', 'wr0ng\r'],
      ['1-3: (1)', '1\r'],
      ['Password of ada:', `${SECRET}\r`],
    ],
    { argv: ['--node', url, '--name', 'logs'], env: system.env },
  )
  t.is(status, 0)
  t.deepEqual(lines.slice(-3), [
    'esconn: logs: the secret is in the keyring, as esconn/logs',
    `esconn: logs: written to ROOT/${FILE}`,
    '',
  ])
  t.deepEqual(system.entries(), { 'esconn/logs': SECRET })
  t.is(
    read(place),
    `${HEAD}aliases:\n  logs:\n    node: ${url}\n    auth:\n      username: ada\n      password:\n        keyring: esconn/logs\n`,
  )
})

onTerminal('where the keyring does not take it, another place is asked for and tried', async t => {
  const { url, requests } = await raw(t, guarded)
  const place = tree(t)
  const password = join(place.root, 'password')
  writeFileSync(password, `${SECRET}\n`)
  const { status, shown } = await init(
    place,
    [
      ['1-5: (1)', '1\r'],
      ['Password of ada:', `${SECRET}\r`],
      ['1-5: (1)', '4\r'],
      ['Path of the file:', `${password}\r`],
    ],
    { argv: ['--node', url, '--username', 'ada'], env: keyring(t, {}, 'locked').env },
  )
  t.is(status, 0)
  t.true(shown.includes('default: the keyring does not take the secret: the collection is locked'), shown)
  t.is(requests.length, 2)
  t.regex(read(place), /password:\n {8}file: ROOT\/password\n$/)
})

onTerminal('what fails is written only where that is wanted', async t => {
  const url = await nobody()
  const place = tree(t)
  const asked = (answer: string) =>
    init(place, [['Write it all the same? [y/N]', answer]], { argv: ['--node', url] })
  const declined = await asked('\r')
  t.deepEqual([declined.status, declined.lines.at(-2)], [7, 'esconn: nothing was written'])
  t.false(existsSync(join(place.root, FILE)))
  const wanted = await asked('y\r')
  t.deepEqual([wanted.status, wanted.lines.at(-2)], [0, `esconn: default: written to ROOT/${FILE}`])
})

onTerminal('a certificate that is not trusted is an end, unless it is written all the same', async t => {
  const { url } = await raw(t, guarded, { tls: await (await authority()).issue() })
  const place = tree(t)
  const { status } = await init(
    place,
    [
      ['as the owner of the cluster confirms it? [y/N]', '\r'],
      ['Write it all the same? [y/N]', 'n\r'],
    ],
    { argv: ['--node', url] },
  )
  t.is(status, 60)
  t.false(existsSync(join(place.root, FILE)))
})

onTerminal('an alias that is there is replaced once that is confirmed', async t => {
  const { url } = await raw(t, reply(IDENTITY))
  const before = 'aliases:\n  default: { node: http://old } # mine\n'
  const place = tree(t, { [FILE]: before })
  const asked = (answer: string) => init(place, [['Replace it? [y/N]', answer]], { argv: ['--node', url] })
  const declined = await asked('n\r')
  t.deepEqual(
    [declined.status, declined.lines.at(-2), read(place)],
    [1, 'esconn: nothing was written', before],
  )
  t.is((await asked('yes\r')).status, 0)
  t.is(read(place), `aliases:\n  default:\n    node: ${url} # mine\n`)
})

onTerminal('Ctrl-C ends by the signal, and the terminal shows again what is typed', async t => {
  const { url } = await raw(t, guarded)
  const place = tree(t)
  const { status, echoes, lines } = await init(place, [['Password of ada:', 's3cret\x03']], {
    argv: ['--node', url, '--username', 'ada', '--secret-keyring'],
    env: keyring(t).env,
  })
  t.deepEqual([status, echoes, lines], [130, true, ['Password of ada: ', '']])
  t.false(existsSync(join(place.root, FILE)))
})

onTerminal('the end of the input ends it', async t => {
  const { status, echoes, lines } = await init(tree(t), [['Name of the alias:', '\x04']])
  t.deepEqual(
    [status, echoes, lines],
    [2, true, ['Name of the alias: (default) ', 'esconn: nothing was entered', '']],
  )
})
