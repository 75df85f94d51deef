import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { load } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { authority, days, encrypted } from '../../support/certificates.ts'
import { configured } from '../../support/configured.ts'
import { esconn, sink } from '../../support/esconn.ts'
import { ESCONN, ended } from '../../support/process.ts'
import { proxy, withLogin } from '../../support/proxy.ts'
import { hang, nobody, raw, reply, type Script } from '../../support/raw.ts'
import { inTime } from '../../support/time.ts'
import { answers, type ReportedCheck, root } from '../doctor/_doctor.ts'

const eachServer = onServers(test)

eachServer('a real cluster without faults, and its indices', async (t, { url, kind, version }) => {
  const index = uniqueName('doctor')
  await load(url, index, ['{"text":"words"}'])
  const query = { term: { text: 'words' } }
  const logs = { node: url, indices: { entry: index, view: { index, query }, none: `${index}-*` } }
  const cwd = configured(t, { aliases: { logs } })
  const { status, stdout, stderr } = await esconn(['doctor', 'logs'], { cwd })
  t.deepEqual([status, stderr], [0, []])
  const product = kind === 'opensearch' ? 'OpenSearch' : 'Elasticsearch'
  const lines = stdout.split('\n').map(line => line.replace(/\(\d+ms\)/, '(0ms)').replace(/ +$/, ''))
  const [, , , , , , node, ...rest] = lines
  t.is(lines[0], 'logs')
  t.is(node, `  ${url}`)
  const { port } = new URL(url)
  t.deepEqual(
    rest.map(line => line.replace(/, node .*/, '')),
    [
      '    ok       name         127.0.0.1 is an IP address',
      `    ok       port         ${port} is open (0ms)`,
      '    ok       proxy        none used',
      '    ok       tls          not used: the URL begins with http://',
      `    ok       reply        ${product} answers (0ms)`,
      '    ok       credentials  none needed: the cluster has no security',
      `    ok       version      ${product} ${version}`,
      "    ok       clock        within 5s of this machine's clock",
      '  ok       cluster      the alias has one node',
      `  ok       indices      entry (${index}): can be searched (1 shard)`,
      `  ok       indices      view (${index}): can be searched (1 shard)`,
      `  warning  indices      none (${index}-*): matches no index that this user may read`,
      '                        check the expression in `indices` of the alias',
      '',
    ],
  )
})

eachServer('two URLs of one node, and https:// for a server without TLS', async (t, { url }) => {
  const cwd = configured(t, {
    aliases: {
      twice: { nodes: [url, url.replace('127.0.0.1', 'localhost')] },
      secure: { node: url.replace('http:', 'https:') },
    },
  })
  const twice = await esconn(['doctor', 'twice'], { cwd })
  t.regex(twice.stdout, /\n {2}ok {7}cluster {6}2 nodes of /)
  t.is(twice.status, 0)
  const secure = await esconn(['doctor', 'secure'], { cwd })
  t.regex(secure.stdout, /\n {4}failed {3}tls .*\n.*http:\/\//)
  t.is(secure.status, 35)
})

/** Aliases with different outcomes. */
async function several(t: ExecutionContext) {
  const good = await raw(t, answers({ '/': root() }))
  const odd = await raw(t, reply('<html>', 200, { 'content-type': 'text/html' }))
  const aliases = { good: { node: good.url }, odd: { node: odd.url }, gone: { node: await nobody() } }
  return configured(t, { aliases: { ...aliases, default: 'good' } })
}

test('the status is that of the first alias, in the order named, that failed', async t => {
  const cwd = await several(t)
  const statusOf = async (...argv: string[]) => (await esconn(['doctor', ...argv], { cwd })).status
  t.is(await statusOf(), 0)
  t.is(await statusOf('good', 'odd', 'gone'), 8)
  t.is(await statusOf('gone', 'good', 'odd'), 7)
  t.is(await statusOf('nope', 'gone'), 78)
})

test('which aliases: those of the arguments, else of -a or the environment, else default', async t => {
  const cwd = await several(t)
  const heads = async (argv: string[], env = {}) => {
    const { stdout } = await esconn(argv, { cwd, env })
    return stdout.split('\n').filter(line => /^\w/.test(line))
  }
  t.deepEqual(await heads(['doctor']), ['default'])
  t.deepEqual(await heads(['doctor'], { ESCONN_ALIAS: 'good' }), ['good'])
  t.deepEqual(await heads(['-a', 'good,gone', 'doctor']), ['good', 'gone'])
  t.deepEqual(await heads(['doctor', 'odd', 'good', 'odd', '-a', 'gone']), ['odd', 'good'])
})

/** The text report, made from the JSON document. */
function text(document: { alias: string; checks: ReportedCheck[] }[]): string {
  const blocks = document.map(({ alias, checks }) => {
    let shown: string | undefined
    const lines = checks.flatMap(({ node, step, outcome, message, advice }) => {
      const indent = node === undefined ? '  ' : '    '
      const heading = node !== undefined && node !== shown ? [`  ${node}`] : []
      shown = node
      const first = `${indent}${outcome.padEnd(9)}${step.padEnd(13)}${message}`
      return [...heading, first, ...(advice === undefined ? [] : [`${indent}${' '.repeat(22)}${advice}`])]
    })
    return `${[alias, ...lines].join('\n')}\n`
  })
  return blocks.join('\n')
}

test('--format json is one document with the same content', async t => {
  const cwd = await several(t)
  const argv = ['doctor', 'good', 'nope', 'gone']
  const people = await esconn(argv, { cwd })
  const scripts = await esconn([...argv, '--format', 'json', '--color', 'always'], { cwd })
  const document = JSON.parse(scripts.stdout)
  const timeless = (output: string) => output.replace(/\(\d+ms\)/g, '')
  t.is(timeless(text(document)), timeless(people.stdout))
  t.deepEqual(
    document.map(({ alias, status }: { alias: string; status: number }) => [alias, status]),
    [
      ['good', 0],
      ['nope', 78],
      ['gone', 7],
    ],
  )
  t.is(scripts.status, 78)
  t.deepEqual([people.stderr, scripts.stderr], [[], []])
})

test('lines are not wider than the terminal', async t => {
  const node = (await raw(t, reply('<html>', 403))).url
  const cwd = configured(t, {
    aliases: { default: { node, auth: { bearer: '${LONG_NAME_OF_A_VARIABLE}' } } },
  })
  for (const columns of [60, 80]) {
    const written: Buffer[] = []
    const stdout = Object.assign(sink(written), { isTTY: true, columns })
    await esconn(['doctor', '--config', '.esconnrc', '--color', 'never'], { cwd, stdout })
    const lines = Buffer.concat(written)
      .toString()
      .split('\n')
      .filter(line => !line.includes('.esconnrc:'))
    t.true(lines.some(line => /^ {24}\S/.test(line)))
    for (const line of lines) t.true(line.length <= columns, line)
  }
})

test('colors on a terminal only, and as --color says', async t => {
  const cwd = await several(t)
  const shown = async (argv: string[], { isTTY = false, env = {} } = {}) => {
    const written: Buffer[] = []
    const stdout = Object.assign(sink(written), { isTTY }) as Writable & { isTTY: boolean }
    await esconn(['doctor', 'good', 'gone', ...argv], { cwd, env, stdout })
    return Buffer.concat(written).toString()
  }
  const plain = await shown([])
  t.false(plain.includes('\u001b'))
  const painted = await shown([], { isTTY: true })
  for (const part of [
    '\u001b[1mgood',
    '\u001b[32mok',
    '\u001b[33mwarning',
    '\u001b[31mfailed',
    '\u001b[2mskipped',
  ])
    t.is(painted.includes(part), part !== '\u001b[33mwarning', part)
  t.false((await shown([], { isTTY: true, env: { NO_COLOR: '1' } })).includes('\u001b'))
  t.false((await shown(['--color', 'never'], { isTTY: true })).includes('\u001b'))
  t.true((await shown(['--color', 'always'])).includes('\u001b'))
})

const FORMATS = ['text', 'json']

for (const format of FORMATS)
  test(`it ends when its reader is gone, though all output is written and a node still hangs: ${format}`, async t => {
    const [gone, hangs] = [await nobody(), await raw(t, hang)]
    const cwd = configured(t, { aliases: { default: { nodes: [gone, hangs.url], timeout: '1h' } } })
    // A shell pipe whose reader ends on a signal: after the request to the node that hangs.
    const piped = 'format="$0"; { "$@" doctor --format "$format"; echo $? >&2; } | { read -r word <told; }'
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(cwd, 'told')])
    const shell = spawn('sh', ['-c', piped, format, ...ESCONN], {
      cwd,
      env: { PATH: process.env.PATH, HOME: '/nonexistent' },
      detached: true,
    })
    t.teardown(() => shell.exitCode ?? process.kill(-(shell.pid as number), 'SIGKILL'))
    while (hangs.requests.length === 0) await sleep(20)
    writeFileSync(join(cwd, 'told'), 'go\n')
    t.is((await ended(shell)).stderr, '141\n')
  })

for (const format of FORMATS)
  test(`--max-time ends it, and what was found by then is printed: ${format}`, async t => {
    const hangs = await raw(t, hang)
    const good = await raw(t, answers({ '/': root() }))
    const cwd = configured(t, { aliases: { slow: { nodes: [hangs.url, good.url] } } })
    const run = async (limit: string) => {
      const argv = ['doctor', 'slow', '--format', format, '--max-time', limit]
      const { status, stdout, stderr } = await esconn(argv, { cwd })
      t.deepEqual([status, stderr], [28, [`slow: not done within --max-time ${limit}`]])
      return stdout
    }
    // A node that answers gets more requests, and the first result is known by then.
    const stdout = await inTime(run, () => hangs.requests.length > 0 && good.requests.length > 1)
    for (const found of ['file', hangs.url, good.url, 'Elasticsearch answers'])
      t.true(stdout.includes(found), `${found} in ${stdout}`)
    if (format === 'json') t.is(JSON.parse(stdout)[0].status, 28)
  })

test('options that make no sense are refused: --dry-run, another format', async t => {
  const cwd = await several(t)
  for (const argv of [['--dry-run'], ['--curl'], ['--format', 'yaml']]) {
    const { status, stdout } = await esconn(['doctor', ...argv], { cwd })
    t.deepEqual([status, stdout], [2, ''], argv.join(' '))
  }
})

test('-v logs each request', async t => {
  const cwd = await several(t)
  const { stderr } = await esconn(['doctor', '-v'], { cwd })
  t.regex(stderr[0] ?? '', /^GET http:\S+ -> (?:200|405) /)
})

/** Repeats the whole request in its reply. */
const echo =
  (status: number, make: (request: string) => object): Script =>
  (socket, request) =>
    reply(make(JSON.stringify(request)), status)(socket, request)

test('no secret is shown, whatever a server says', async t => {
  const ca = await authority({ until: days(100) })
  const own = await ca.issue({ name: 'ada' })
  const node = await ca.issue({ until: days(100) })
  const tls = { ...node, ca: ca.pem, requestCert: true }
  const accept = answers({
    '/': echo(200, text => ({ version: { number: '9.5.3' }, cluster_name: text, name: text })),
    '/_security/_authenticate': echo(200, text => ({ username: text, roles: [text] })),
    '/a/_search': echo(403, text => ({ error: { type: 'security_exception', reason: text } })),
  })
  const reject = echo(401, text => ({ error: { type: 'security_exception', reason: text } }))
  const [accepting, rejecting] = [await raw(t, accept, { tls }), await raw(t, reject)]
  const real = await proxy(t, { login: 'walter:S3CRET-proxy' })
  const cwd = configured(t, {})
  writeFileSync(join(cwd, 'key.pem'), encrypted(own.key, 'S3CRET-passphrase'), { mode: 0o600 })
  writeFileSync(join(cwd, 'token'), 'S3CRET-file\n', { mode: 0o600 })
  const secure = { ca: ca.pem, cert: own.cert, key: 'key.pem', passphrase: 'S3CRET-passphrase' }
  const headers = { 'X-Token': '${TOKEN_OF_LOGS}', 'X-Other': { command: ['echo', 'S3CRET-command'] } }
  const connection = {
    proxy: withLogin(real, 'walter:S3CRET-proxy'),
    tls: secure,
    headers,
    indices: { a: 'a' },
  }
  const aliases = {
    basic: { node: accepting.url, auth: { username: 'ada', password: 'S3CRET-"password' }, ...connection },
    bearer: { node: accepting.url, auth: { bearer: { file: 'token' } }, ...connection },
    key: { node: rejecting.url, auth: { apiKey: { id: 'id', key: 'S3CRET-key' } }, headers },
    url: { node: rejecting.url.replace('//', '//ada:S3CRET-url@') },
    wrong: { node: accepting.url, auth: { apiKey: '${SPACED}' } },
    absent: { node: accepting.url, auth: { bearer: { command: ['S3CRET-absent', 'S3CRET-argument'] } } },
    broken: {
      node: rejecting.url,
      auth: { bearer: { command: ['sh', '-c', 'echo S3CRET-output; exit 1'] } },
    },
  }
  writeFileSync(join(cwd, 'config.json'), JSON.stringify({ aliases }), { mode: 0o644 })
  const env = { TOKEN_OF_LOGS: 'S3CRET-variable', SPACED: 'S3CRET spaced', PATH: process.env.PATH ?? '' }
  for (const more of [['--format', 'json'], ['-v']]) {
    const argv = ['doctor', ...Object.keys(aliases), '--config', 'config.json', ...more]
    const { stdout, stderr } = await esconn(argv, { cwd, env })
    const output = stdout + stderr.join('\n')
    t.regex(output, /credentials[\s\S]*\[redacted\]/)
    const encoded = ['ada:S3CRET-"password', 'id:S3CRET-key', 'ada:S3CRET-url', 'walter:S3CRET-proxy'].map(
      login => Buffer.from(login).toString('base64'),
    )
    for (const secret of encoded) t.false(output.includes(secret), secret)
    t.is(
      output.split('\n').find(line => line.includes('S3CRET') && !line.includes('S3CRET-absent')),
      undefined,
    )
    t.true(accepting.requests.length > 0 && rejecting.requests.length > 0)
  }
})
