import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { type Context, Session } from '../../src/cli/context.ts'
import { Interruption } from '../../src/cli/exit-status.ts'
import { fanOut } from '../../src/cli/fan-out.ts'
import type { Io } from '../../src/cli/output/streams.ts'
import { ConfigError, EsconnError, WireError } from '../../src/errors.ts'
import { onServers } from '../cluster/servers.ts'
import { configured } from '../support/configured.ts'
import { esconn, pipe, sink } from '../support/esconn.ts'
import { hang, nobody, raw, reply } from '../support/raw.ts'

/** A context that records output and messages, in the order in which they are printed. */
function recorder(signal = new AbortController().signal) {
  const lines: string[] = []
  const io: Io = {
    argv: [],
    stdin: pipe(),
    stdout: sink([]),
    stderr: sink([]),
    env: {},
    cwd: '/',
    signal,
  }
  const messages = { print: (line: string) => void lines.push(`! ${line}`) }
  const out = {
    isTerminal: false,
    columns: undefined,
    write: async (data: Uint8Array | string) => void lines.push(String(data)),
  }
  const session = new Session({}, io, messages)
  const context: Context = { io, out, messages, globals: {}, session, exchangeOptions: { signal } }
  return { context, lines }
}

/** Ends when the signal of its context does. */
async function untilAborted({ exchangeOptions: exchange }: Context): Promise<never> {
  const { signal } = exchange
  if (signal && !signal.aborted) await once(signal, 'abort')
  throw signal?.reason
}

test('aliases run side by side; what they print comes in the order named', async t => {
  const { context, lines } = recorder()
  const running = new Set<string>()
  const status = await fanOut(context, ['slow', 'fast'], async ({ out, messages }, alias) => {
    running.add(alias)
    await out.write(`${alias} 1`)
    messages.print(`${alias} 2`)
    if (alias === 'slow') while (!running.has('fast')) await sleep(5)
    if (alias === 'slow') await sleep(50)
    await out.write(`${alias} 3`)
    return 0
  })
  t.is(status, 0)
  t.deepEqual(lines, ['slow 1', '! slow 2', 'slow 3', 'fast 1', '! fast 2', 'fast 3'])
})

test('what an alias prints in its turn is passed on at once, and what others print is kept', async t => {
  const { context, lines } = recorder()
  await fanOut(context, ['one', 'two'], async ({ out }, alias) => {
    if (alias === 'one') await sleep(20)
    await out.write(alias)
    t.deepEqual(lines, alias === 'one' ? ['one'] : [])
    await sleep(40)
    return 0
  })
  t.deepEqual(lines, ['one', 'two'])
})

test('the status is that of the first alias that failed; each error is printed in its turn', async t => {
  const { context, lines } = recorder()
  const errors: Record<string, EsconnError> = {
    foreign: new WireError('foreign', 'not Elasticsearch', { advice: 'check the address' }),
    refused: new WireError('refused', 'no such index', { alias: 'refused', node: 'http://es1' }),
  }
  const perAlias = async ({ out }: Context, alias: string) => {
    if (alias === 'slow') await sleep(50)
    if (errors[alias]) throw errors[alias]
    await out.write(alias)
    return alias === 'negative' ? 1 : 0
  }
  t.is(await fanOut(context, ['slow', 'foreign', 'refused', 'good'], perAlias), 8)
  t.deepEqual(lines, [
    'slow',
    '! foreign: not Elasticsearch',
    '! check the address',
    '! refused: http://es1: no such index',
    'good',
  ])
  t.is(await fanOut(context, ['good', 'negative', 'refused'], perAlias), 1)
})

test('one alias alone: its error is thrown, with its name', async t => {
  const { context, lines } = recorder()
  const fail = (error: EsconnError) => fanOut(context, ['logs'], () => Promise.reject(error))
  await t.throwsAsync(fail(new WireError('timeout', 'late')), { message: 'logs: late' })
  await t.throwsAsync(fail(new EsconnError('output', 'disk full')), { message: 'disk full' })
  t.deepEqual(lines, [])
})

test('an error that all aliases share is printed once', async t => {
  const { context, lines } = recorder()
  const error = new ConfigError('not a mapping', { location: '/x.yaml:1:1' })
  t.is(await fanOut(context, ['one', 'two'], () => Promise.reject(error)), 78)
  t.deepEqual(lines, ['! /x.yaml:1:1: not a mapping'])
})

test('an interruption, closed output and an internal error end all aliases', async t => {
  const interruption = new AbortController()
  const reasons: [string, Error, () => unknown][] = [
    ['interruption', new Interruption('SIGINT'), () => interruption.abort(reasons[0]?.[1])],
    ['closed', new EsconnError('closed', 'closed'), () => {}],
    ['internal', new TypeError('internal'), () => {}],
  ]
  for (const [name, reason, interrupt] of reasons) {
    const { context, lines } = recorder(name === 'interruption' ? interruption.signal : undefined)
    let ended = 0
    const done = fanOut(context, ['one', 'two', 'three'], async (own, alias) => {
      if (alias === 'one') {
        await sleep(20)
        interrupt()
        if (name !== 'interruption') throw reason
      }
      await own.out.write(alias)
      return await untilAborted(own).finally(() => ended++)
    })
    t.is(await t.throwsAsync(done), reason as Error, name)
    await sleep(0)
    t.is(ended, name === 'interruption' ? 3 : 2, name)
    t.false(lines.includes('two'), name)
  }
})

test('output that is closed in the turn of one alias ends the others', async t => {
  const { context } = recorder()
  const closed = new EsconnError('closed', 'closed')
  let writes = 0
  context.out.write = async () => {
    writes++
    throw closed
  }
  const ended: string[] = []
  const done = fanOut(context, ['one', 'two'], async (own, alias) => {
    if (alias === 'one') await own.out.write(alias)
    return await untilAborted(own).finally(() => ended.push(alias))
  })
  t.is(await t.throwsAsync(done), closed)
  await sleep(0)
  t.deepEqual([writes, ended.includes('two')], [1, true])
})

const eachServer = onServers(test)

eachServer('ping and doctor of several aliases', async (t, { url }) => {
  const aliases = {
    late: { node: (await raw(t, hang)).url, timeout: '1500ms', retries: 0 },
    gone: { node: await nobody(), retries: 0 },
    good: { node: url },
  }
  const cwd = configured(t, { aliases })
  const named = 'late,good,gone,nope'
  const ping = await esconn(['ping', '-a', named], { cwd })
  t.is(ping.status, 28)
  t.regex(ping.stdout, /^good\t[^\n]*\n$/)
  t.deepEqual(
    ping.stderr.map(line => /^(?:\w+: http|unknown alias)/.exec(line)?.[0]).filter(Boolean),
    ['late: http', 'gone: http', 'unknown alias'],
    ping.stderr.join('\n'),
  )
  t.is((await esconn(['ping', '-a', 'good,gone,late'], { cwd })).status, 7)
  const text = await esconn(['doctor', '-a', named], { cwd })
  t.deepEqual([text.status, text.stderr], [28, []])
  t.deepEqual(headings(text.stdout), ['late', 'good', 'gone', 'nope'])
  t.regex(text.stdout, /^late\n[\s\S]*failed {3}reply[\s\S]*\n\ngood\n[\s\S]*\n\ngone\n[\s\S]*failed {3}port/)
  const json = await esconn(['doctor', '-a', named, '--format', 'json'], { cwd })
  t.deepEqual(
    JSON.parse(json.stdout).map(({ alias, status }: { alias: string; status: number }) => [alias, status]),
    [
      ['late', 28],
      ['good', 0],
      ['gone', 7],
      ['nope', 78],
    ],
  )
  t.is(json.status, 28)
})

const headings = (stdout: string): string[] => stdout.split('\n').filter(line => /^\w/.test(line))

test('aliases that hang are waited for side by side', async t => {
  const late = async () => ({ node: (await raw(t, hang)).url, timeout: '4s', retries: 0 })
  const cwd = configured(t, { aliases: { one: await late(), two: await late(), three: await late() } })
  for (const argv of [['ping'], ['doctor']]) {
    const started = performance.now()
    const { status } = await esconn([...argv, '-a', 'one,two,three'], { cwd })
    t.is(status, 28)
    t.true(performance.now() - started < 11_000, argv.join(' '))
  }
})

test('-v logs the requests of an alias in its turn', async t => {
  const slow = await raw(t, async (socket, request) => {
    await sleep(300)
    await good(socket, request)
  })
  const fast = await raw(t, good)
  const cwd = configured(t, { aliases: { slow: { node: slow.url }, fast: { node: fast.url } } })
  const { status, stderr } = await esconn(['ping', '-v', '-a', 'slow,fast'], { cwd })
  t.is(status, 0)
  t.deepEqual(
    stderr.map(line => line.split(' ')[1]),
    [`${slow.url}/`, `${fast.url}/`],
  )
})

const good = reply({ version: { number: '9.5.3' } }, 200, { 'x-elastic-product': 'Elasticsearch' })

test('a mistake in the configuration file is printed once', async t => {
  const cwd = configured(t, { aliases: { one: { nodes: [] }, two: { node: 'http://h' } } })
  const { status, stderr } = await esconn(['ping', '-a', 'one,two'], { cwd })
  t.is(status, 78)
  t.is(stderr.filter(line => line.includes('aliases.one.nodes')).length, 1)
  t.false(stderr.some(line => /^(?:one|two): /.test(line)))
})

test('SIGINT ends the requests of all aliases', async t => {
  const servers = [await raw(t, hang), await raw(t, hang)]
  const [one, two] = servers.map(({ url }) => ({ node: url }))
  const cwd = configured(t, { aliases: { one, two } })
  for (const argv of [['ping'], ['doctor']]) {
    const controller = new AbortController()
    const arrived = async () => {
      while (!servers.every(({ requests }) => requests.length > 0)) await sleep(20)
      controller.abort(new Interruption('SIGINT'))
    }
    for (const { requests } of servers) requests.length = 0
    const [{ status, stderr }] = await Promise.all([
      esconn([...argv, '-a', 'one,two'], { cwd, signal: controller.signal }),
      arrived(),
    ])
    t.deepEqual([status, stderr], [130, []])
    await Promise.all(servers.flatMap(({ requests }) => requests.map(({ closed }) => closed)))
  }
})
