import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { esconn } from '../../../support/esconn.ts'

/** A project in a repository, a home next to it, and a function that runs esconn there. */
function house(t: ExecutionContext, files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'esconn-test-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  for (const folder of ['.git', 'project', 'home/.config/esconn'])
    mkdirSync(join(root, folder), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text, { mode: 0o600 })
  const env: Record<string, string> = { HOME: join(root, 'home') }
  const run = async (...argv: string[]) => {
    const { status, stdout, stderr } = await esconn(argv, { cwd: join(root, 'project'), env })
    const shown = (text: string) => text.replaceAll(root, 'ROOT')
    return { status, stdout: shown(stdout), stderr: stderr.map(shown) }
  }
  return { root, env, run }
}
const USER = 'home/.config/esconn/config.yaml'
const PROJECT = 'project/.esconnrc'
const EXPORT = 'export it, or write a default after its name (:-default)'

test('config path: the files in effect, in their order', async t => {
  const { run } = house(t, { [PROJECT]: 'aliases: {}', [USER]: 'aliases: {}' })
  t.deepEqual(await run('config', 'path'), {
    status: 0,
    stdout: `ROOT/${PROJECT}\tproject\nROOT/${USER}\tuser\n`,
    stderr: [],
  })
  t.is((await run('config', 'path', '--config', '.esconnrc')).stdout, `ROOT/${PROJECT}\tnamed\n`)
})

test('config path: none', async t => {
  const { run } = house(t, {})
  t.deepEqual(await run('config', 'path'), {
    status: 1,
    stdout: '',
    stderr: [`no configuration found; esconn config init writes ROOT/${USER}`],
  })
})

test('config check: every mistake of every file, and of what aliases refer to', async t => {
  const { run, env } = house(t, {
    [PROJECT]: 'aliases:\n  a: { nodse: http://h, tsl: {} }\n',
    [USER]: `aliases:
  fine: { node: http://h }
  var: { node: http://h, auth: { bearer: "\${UNSET}" } }
  file: { node: http://h, auth: { bearer: { file: none } } }
  round: round
  nowhere: fin
`,
  })
  const { status, stdout, stderr } = await run('config', 'check')
  t.is(status, 78)
  t.deepEqual(stdout.split('\n'), [
    `ROOT/${PROJECT}:2:8: aliases.a.nodse: unknown key; did you mean \`node\`?`,
    `ROOT/${PROJECT}:2:25: aliases.a.tsl: unknown key; did you mean \`tls\`?`,
    `ROOT/${USER}:3:34: aliases.var.auth.bearer: the variable UNSET is not set`,
    `  ${EXPORT}`,
    `ROOT/${USER}:4:35: aliases.file.auth.bearer: no such file: ROOT/home/.config/esconn/none`,
    `ROOT/${USER}:5:3: aliases.round: a circular chain of aliases: round → round`,
    `ROOT/${USER}:6:3: aliases.nowhere: points to an unknown alias; did you mean \`fine\`?`,
    '',
  ])
  t.deepEqual(stderr, ['6 errors'])
  env.UNSET = 'x'
  t.is((await run('config', 'check')).stdout.split('\n').length, 6)
})

test('config check: all that is wrong with one alias', async t => {
  const { run, root } = house(t, {
    [USER]: `aliases:
  a:
    node: "https://\${A}.example"
    auth: { username: "\${B}", password: { file: nowhere } }
    tls: { ca: ca.pem, cert: no.crt, key: "\${C}/key" }
`,
  })
  writeFileSync(join(root, 'home/.config/esconn/ca.pem'), 'no certificate')
  const { status, stdout } = await run('config', 'check')
  t.is(status, 78)
  const home = 'ROOT/home/.config/esconn'
  t.deepEqual(
    stdout
      .split('\n')
      .slice(0, -1)
      .map(line => line.replace(/^ROOT[^ ]* aliases\.a\./, '')),
    [
      'node: the variable A is not set',
      `  ${EXPORT}`,
      'auth.username: the variable B is not set',
      `  ${EXPORT}`,
      'tls.key: the variable C is not set',
      `  ${EXPORT}`,
      'tls.ca: the file contains no certificate in PEM form',
      `tls.cert: no such file: ${home}/no.crt`,
      `auth.password: no such file: ${home}/nowhere`,
    ],
  )
})

test('config show: what it prints can be pasted into a file, and means the same there', async t => {
  const query =
    '{ range: { x: { gte: 1.0, lt: 0.12345678901234567890, gt: 1e400 } }, term: { a: "${X} $$" } }'
  const { run, root } = house(t, {
    [USER]: `aliases: { a: { node: "http://h/$\${A}/$$$$b", indices: { v: { index: x, query: ${query} } } } }`,
  })
  const first = await run('config', 'show')
  t.regex(first.stdout, /gte: 1\.0\n +lt: 0\.12345678901234567890\n +gt: 1e400\n/)
  const pasted = first.stdout.replace(/^#.*\n/, '').replace(/^/gm, '  ')
  writeFileSync(join(root, USER), `aliases:\n${pasted}`)
  const again = await run('config', 'show')
  t.is(again.status, 0, again.stderr.join('\n'))
  t.is(again.stdout.replace(/^#.*\n/, ''), first.stdout.replace(/^#.*\n/, ''))
})

test('config show: --alias before the command, as for every command', async t => {
  const { run } = house(t, { [USER]: 'aliases: { a: { node: http://h }, b: { node: http://i }, c: a }' })
  t.regex((await run('config', 'show', '-a', 'b')).stdout, /^# .*\nb:\n {2}node: http:\/\/i\n$/)
  t.is((await run('config', 'show', '-a', 'nobody')).status, 78)
})

test('config trust, untrust: --dry-run and --curl are refused', async t => {
  const { run } = house(t, { [PROJECT]: 'aliases: { a: { node: "http://${H}" } }' })
  for (const flag of ['--dry-run', '--curl']) t.is((await run('config', 'trust', '--yes', flag)).status, 2)
  await run('config', 'trust', '--yes')
  t.is((await run('config', 'untrust', '--dry-run')).status, 2)
  t.deepEqual((await run('config', 'trust', '--yes')).stderr, [`ROOT/${PROJECT}: is trusted already`])
})

test('config check: an untrusted project is a mistake, a trusted one is not', async t => {
  const { run, env } = house(t, { [PROJECT]: 'aliases: { a: { node: "http://${H}" } }' })
  env.H = 'h'
  t.is((await run('config', 'check')).status, 78)
  t.is((await run('config', 'trust', '--yes')).status, 0)
  t.deepEqual(await run('config', 'check'), {
    status: 0,
    stdout: '',
    stderr: ['1 alias in 1 file, no errors'],
  })
})

test('config show: the resolved alias, and no secret', async t => {
  const { run, env } = house(t, {
    [USER]: `aliases:
  logs:
    nodes: ["https://u:s3cret@\${HOST}:9200", "https://u:s3cret@es2"]
    headers: { X-Team: search, X-Api-Key: s3cret }
    tls: { cert: c.pem, key: k.pem, passphrase: s3cret }
    timeout: 5s
    retries: 5
    indices: { v: { index: logs-*, query: { term: { id: 18446744073709551615 } } } }
  file: { node: http://h, auth: { apiKey: { id: i, key: { file: s } } } }
  prod: logs
`,
  })
  Object.assign(env, { HOST: 'es1', https_proxy: 'http://me:s3cret@proxy:3128' })
  const { status, stdout, stderr } = await run('config', 'show')
  t.deepEqual([status, stderr], [0, []])
  t.false(stdout.includes('s3cret'))
  t.deepEqual(stdout.split('\n').slice(0, 23), [
    `# ROOT/${USER}:2`,
    '# https://es1:9200 via proxy http://me:[redacted]@proxy:3128, set in the environment',
    '# https://es2 via proxy http://me:[redacted]@proxy:3128, set in the environment',
    'logs:',
    '  nodes:',
    '    - https://u:[redacted]@es1:9200',
    '    - https://u:[redacted]@es2',
    '  headers:',
    '    X-Team: search',
    '    X-Api-Key: "[redacted]"',
    '  tls:',
    '    cert: c.pem',
    '    key: k.pem',
    '    passphrase: "[redacted]"',
    '  timeout: 5s',
    '  retries: 5',
    '  indices:',
    '    v:',
    '      index: logs-*',
    '      query:',
    '        term:',
    '          id: 18446744073709551615',
    `# ROOT/${USER}:9`,
  ])
  t.regex(stdout, /prod:\n {2}nodes:/)
  t.true(stdout.includes(`:10, which points to logs`))
})

test('config show: a password in the URL, too', async t => {
  const { run } = house(t, {
    [USER]: 'aliases: { a: { node: "http://elastic:elastic@h", proxy: "http://http:http@p" } }',
  })
  const { stdout } = await run('config', 'show')
  t.regex(stdout, /node: http:\/\/elastic:\[redacted\]@h\n {2}proxy: http:\/\/http:\[redacted\]@p\n/)
})

test('config show: one alias, and the error of another', async t => {
  const { run } = house(t, { [USER]: 'aliases: { a: { node: http://h }, b: { node: "http://${UNSET}" } }' })
  t.deepEqual(await run('config', 'show', 'a'), {
    status: 0,
    stdout: `# ROOT/${USER}:1\na:\n  node: http://h\n`,
    stderr: [],
  })
  const { status, stdout, stderr } = await run('config', 'show')
  t.is(status, 78)
  t.true(stdout.includes('a:\n  node: http://h\n'))
  t.deepEqual(stderr, [`b: ROOT/${USER}:1:40: aliases.b.node: the variable UNSET is not set`, EXPORT])
  t.is((await run('config', 'show', 'c')).status, 78)
})

test('config trust: what is granted is shown; without a terminal --yes is needed', async t => {
  const { run, env, root } = house(t, { [PROJECT]: 'aliases: { default: { node: "http://${H}" } }' })
  env.H = 'localhost:9'
  const terms = `ROOT/${PROJECT} may then use:\n  the variable H\tROOT/${PROJECT}:1:23: aliases.default.node\nand send them to:\n  default\thttp://localhost:9\tno secret\n`
  t.deepEqual(await run('config', 'trust'), {
    status: 2,
    stdout: terms,
    stderr: ['there is no terminal to prompt on', '--yes trusts it without asking'],
  })
  t.is((await run('ping')).status, 78)
  t.deepEqual(await run('config', 'trust', '--yes'), {
    status: 0,
    stdout: terms,
    stderr: [`ROOT/${PROJECT}: trusted, until it changes`],
  })
  t.is((await run('ping')).status, 7)
  t.deepEqual((await run('config', 'trust')).stderr, [`ROOT/${PROJECT}: is trusted already`])
  appendFileSync(join(root, PROJECT), '\n')
  t.is((await run('ping')).status, 78)
  t.regex(
    (await run('config', 'trust', '--yes')).stdout,
    /has changed since you trusted it, and may then use/,
  )
  t.deepEqual((await run('config', 'untrust')).stderr, [`ROOT/${PROJECT}: no longer trusted`])
  t.deepEqual((await run('config', 'untrust')).stderr, [`ROOT/${PROJECT}: was not trusted`])
  t.is((await run('ping')).status, 78)
})

test('config trust: where everything goes, with everything hostile escaped, and no secret', async t => {
  const { run, env, root } = house(t, {
    [PROJECT]: `aliases:
  logs: { node: "https://\${H}.ёxample", auth: { apiKey: "\${KEY}" }, tls: { verify: false } }
  run: { node: http://h, auth: { username: u, password: { command: [sh, get.sh, "\u200b\\e[2J\u202e"] } } }
  hidden\u3164: { node: http://h, auth: { username: u, password: s3cret } }
  \u1160mine: mine
`,
    [USER]: 'aliases: { mine: { node: http://m, auth: { bearer: "${TOKEN}" } } }',
    'project/get.sh': 'echo one',
  })
  Object.assign(env, { H: 'es1', KEY: 's3cret', TOKEN: 's3cret' })
  const { stdout } = await run('config', 'trust', '--yes')
  t.false(stdout.includes('s3cret'))
  const command = 'the command ["sh","get.sh","\\u200b\\u001b[2J\\u202e"]'
  const end = stdout.slice(stdout.indexOf('and send them to:'))
  t.deepEqual(end.split('\n'), [
    'and send them to:',
    '  logs\thttps://es1.xn--xample-ouf, certificate not verified (verify: false)\tthe variable KEY',
    `  run\thttp://h\t${command}`,
    '  hidden\\u3164\thttp://h\tauth.password (written in the file)',
    '  \\u1160mine\tyour alias mine: http://m\tthe variable TOKEN',
    '',
  ])
  t.true(stdout.startsWith(`ROOT/${PROJECT} may then use:\n  the variable H\t`))
  t.true(stdout.includes(`  ${command}\tROOT`))
  writeFileSync(join(root, 'project/get.sh'), 'echo other')
  env.H = 'other'
  const again = await run('config', 'trust')
  t.is(again.status, 2)
  t.deepEqual(again.stdout.split('\n').slice(0, 3), [
    `ROOT/${PROJECT}:2:3: aliases.logs: leads to https://other.xn--xample-ouf, certificate not verified (verify: false) now; when you trusted the file it led elsewhere`,
    `ROOT/${PROJECT}:3:3: aliases.run: the file ROOT/project/get.sh, which it uses, has changed since you trusted it`,
    `ROOT/${PROJECT} may then use:`,
  ])
})

test('an alias that leads elsewhere than when its file was trusted is refused, with what to do', async t => {
  const { run, env } = house(t, { [PROJECT]: 'aliases: { default: { node: "http://localhost:${PORT}" } }' })
  env.PORT = '9'
  t.is((await run('config', 'trust', '--yes')).status, 0)
  t.is((await run('ping')).status, 7)
  env.PORT = '19'
  const change = `ROOT/${PROJECT}:1:12: aliases.default: leads to http://localhost:19 now; when you trusted the file it led elsewhere`
  t.deepEqual(await run('ping'), {
    status: 78,
    stdout: '',
    stderr: [change, 'if that is right: esconn config trust, which shows where everything goes now'],
  })
  t.deepEqual((await run('aliases')).stdout.split('\t')[2], `ROOT/${PROJECT}:1 (not trusted)\n`)
  t.regex((await run('config', 'check')).stdout, /leads to http:\/\/localhost:19 now/)
  t.is((await run('config', 'trust', '--yes')).stdout.split('\n')[0], change)
  t.is((await run('ping')).status, 7)
})

test('config trust refuses --config, whose file needs no trust', async t => {
  const { run } = house(t, { [PROJECT]: 'aliases: { default: { node: http://h } }' })
  for (const command of ['trust', 'untrust'])
    t.like(await run('config', command, '--config', 'other.yaml'), {
      status: 2,
      stderr: [
        'a file that --config names needs no trust',
        "esconn config trust FILE trusts a project's file",
      ],
    })
})

test('config trust: a path that cannot be a file', async t => {
  const { run } = house(t, {})
  const { status, stderr } = await run('config', 'trust', join('x'.repeat(300), PROJECT))
  t.is(status, 78)
  t.regex(stderr[0] ?? '', /^ROOT.*x.*: cannot be read \(ENAMETOOLONG: name too long\)$/)
})

test('config trust: a file that needs none', async t => {
  const { run } = house(t, { [PROJECT]: 'aliases: { default: { node: http://h } }' })
  t.deepEqual(await run('config', 'trust'), {
    status: 0,
    stdout: '',
    stderr: [`ROOT/${PROJECT}: uses nothing that needs trust`],
  })
})

test('an alias that cannot be used is not replaced by one of the same name elsewhere', async t => {
  const { run, env } = house(t, {
    [PROJECT]: 'aliases: { logs: { node: "http://${H}" } }',
    [USER]: 'aliases: { logs: { node: http://localhost:9 }, default: { node: http://localhost:9 } }',
  })
  env.H = 'h'
  t.is((await run('ping', '-a', 'logs')).status, 78)
  t.is((await run('ping')).status, 7)
})

test('config without a command', async t => {
  const { run } = house(t, {})
  const { status, stdout, stderr } = await run('config')
  t.deepEqual([status, stdout], [2, ''])
  t.regex(
    stderr.join('\n'),
    /^config: a command is missing\ncommands: path, show, check, .*; see esconn config --help$/,
  )
})
