import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { Interruption } from '../../src/cli/exit-status.ts'
import { configured } from '../support/configured.ts'
import { esconn, type RunOptions } from '../support/esconn.ts'
import { answer, fin, found, hang, head, raw, reply, type Script, send } from '../support/raw.ts'
import { inTime } from '../support/time.ts'

const HIT = '{"_id":"1"}'
const nowhere = (t: ExecutionContext) =>
  configured(t, { aliases: { default: { node: 'http://localhost:9' } } })

/** Runs the command line against a server that does what the script says. */
async function asking(t: ExecutionContext, script: Script | Script[], argv: string[], more: RunOptions = {}) {
  const { url, requests } = await raw(t, script)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { stderr, ...rest } = await esconn(argv, { cwd, ...more })
  return { ...rest, stderr: stderr.map(line => line.replaceAll(url, 'NODE')), requests }
}

const CUT_AT = found([HIT, '{"_id":"2"}']).indexOf('"2"')
const half = found([HIT, '{"_id":"2"}']).slice(0, CUT_AT)
const cut = fin(send(head(200, { 'content-length': 9999 }), half))

test('18, --format json: what arrived, without an end that would look complete', async t => {
  const { status, stdout } = await asking(t, cut, ['search', 'entry', '--format', 'json'])
  t.deepEqual([status, stdout], [18, half.slice(half.indexOf('[{'))])
})

test('18, --format response: what arrived', async t => {
  const { status, stdout } = await asking(t, cut, ['search', 'entry', '--format', 'response'])
  t.deepEqual([status, stdout], [18, half])
})

test('a refused request prints nothing in any format', async t => {
  for (const format of ['ndjson', 'json', 'response']) {
    const { status, stdout } = await asking(t, reply({ error: { type: 'a', reason: 'b' } }, 400), [
      'search',
      'entry',
      '--format',
      format,
    ])
    t.deepEqual([status, stdout], [22, ''], format)
  }
})

test('3, --format json and response: the whole response nevertheless', async t => {
  const partial = { timed_out: true }
  const rows = { json: `[${HIT}]\n`, response: found([HIT], partial) }
  for (const [format, expected] of Object.entries(rows)) {
    const { status, stdout } = await asking(t, answer([HIT], partial), [
      'search',
      'entry',
      '--format',
      format,
    ])
    t.deepEqual([status, stdout], [3, expected])
  }
})

test('3 takes precedence over 1', async t => {
  t.is((await asking(t, answer([], { timed_out: true }), ['search', 'entry', '-e'])).status, 3)
})

test('a connection error takes precedence over 3', async t => {
  const body = found([HIT], { timed_out: true })
  const script = fin(send(head(200, { 'content-length': body.length + 1 }), body))
  t.is((await asking(t, script, ['search', 'entry'])).status, 18)
})

test('56: corrupt compression', async t => {
  const corrupt = gzipSync(found([HIT])).fill(0xff, 20, 40)
  const { status, stdout, stderr } = await asking(t, reply(corrupt, 200, { 'content-encoding': 'gzip' }), [
    'search',
    'entry',
  ])
  t.deepEqual([status, stdout], [56, ''])
  t.true(stderr[0]?.startsWith('default: NODE: the body is not in the encoding that it claims'), stderr[0])
})

test('75: still overloaded after the retries', async t => {
  const { status, stderr, requests } = await asking(
    t,
    reply({ error: 'later' }, 429, { 'retry-after': '0' }),
    ['search', 'entry'],
  )
  t.is(status, 75)
  t.is(stderr.length, 2)
  t.true(stderr[0]?.startsWith('default: later (429)'), stderr[0])
  t.regex(stderr[1] ?? '', /^try again later/)
  t.is(requests.length, 4)
})

test('75: a wait beyond --max-time is not started', async t => {
  const started = performance.now()
  const { status } = await asking(t, reply('', 503, { 'retry-after': '50' }), [
    'search',
    'entry',
    '--max-time',
    '40s',
  ])
  t.is(status, 75)
  t.true(performance.now() - started < 40_000)
})

test('28: --max-time ends an endless reply', async t => {
  let sent = 0
  const script: Script = async socket => {
    socket.write(head(200))
    socket.write(found([HIT]).slice(0, found([HIT]).lastIndexOf(']')))
    for (sent = 0; !socket.destroyed; sent++) {
      socket.write(`,${HIT}`)
      await sleep(20)
    }
  }
  const run = async (limit: string) => {
    const { status, stdout, stderr } = await asking(t, script, ['search', 'entry', '--max-time', limit])
    t.deepEqual([status, stderr], [28, [`default: not done within --max-time ${limit}`]])
    return stdout
  }
  const stdout = await inTime(run, () => sent > 10)
  t.regex(stdout, /^(?:\{"_id":"1"\}\n){2,}$/)
})

const isInterrupted = test.macro(async (t, script: Script) => {
  const controller = new AbortController()
  let answered = false
  const noted: Script = async (socket, request) => {
    await script(socket, request)
    answered = true
  }
  const running = asking(t, noted, ['search', 'entry'], { signal: controller.signal })
  while (!answered) await sleep(20)
  await sleep(100) // the reply has arrived by then, unless the machine is very busy
  controller.abort(new Interruption('SIGINT'))
  const { status, stdout, stderr } = await running
  t.deepEqual({ status, stdout, stderr }, { status: 130, stdout: '', stderr: [] })
})

test('130 before a reply', isInterrupted, hang)
test('130 in the middle of a reply', isInterrupted, send(head(200, { 'content-length': 9999 }), '{'))
test('130 while waiting for the cluster', isInterrupted, reply('', 503, { 'retry-after': '30' }))

test('130 before anything is sent', async t => {
  const signal = AbortSignal.abort(new Interruption('SIGTERM'))
  const { status, requests } = await asking(t, answer([HIT]), ['search', 'entry'], { signal })
  t.deepEqual([status, requests.length], [143, 0])
})

const refuses = test.macro(async (t, argv: string[], stderr: string[]) => {
  t.deepEqual(await esconn(argv, { cwd: nowhere(t) }), { status: 2, stdout: '', stderr })
})
test(
  '2: an argument that is not UTF-8',
  refuses,
  ['search', 'caf\ufffd'],
  ['the argument caf\ufffd is not UTF-8', 'use a UTF-8 locale, or put the text into a file: --body @FILE'],
)
test(
  '2: a second --body',
  refuses,
  ['search', 'a', '--body', '{}', '--body', '{}'],
  ['--body is given twice'],
)

test('66: a body that is not UTF-8', async t => {
  const cwd = nowhere(t)
  writeFileSync(join(cwd, 'latin1.json'), Buffer.from('{"query":{"term":{"text":"Bücher"}}}', 'latin1'))
  const { status, stdout, stderr } = await esconn(['search', 'a', '--body', '@latin1.json'], { cwd })
  t.deepEqual([status, stdout, stderr], [66, '', ['the body is not UTF-8']])
})

test('66: a body that is a directory, or empty', async t => {
  const cwd = nowhere(t)
  const { status, stderr } = await esconn(['search', 'a', '--body', '@.'], { cwd })
  t.deepEqual([status, stderr], [66, [`${cwd} cannot be read (it is a directory)`]])
  t.is((await esconn(['search', 'a', '--body', '-'], { cwd, stdin: '' })).status, 66)
})

test('78: an unknown alias, with the known ones', async t => {
  const { status, stderr } = await esconn(['ping', '-a', 'lgos'], {
    cwd: configured(t, { aliases: { logs: { node: 'http://localhost:9' } } }),
  })
  t.is(status, 78)
  t.true(stderr.join('\n').includes('logs'), stderr.join('\n'))
})

test('ping: 8 for another server, 4 and 7 as for any request', async t => {
  t.is((await asking(t, reply({ hello: 'world' }), ['ping'])).status, 8)
  t.is((await asking(t, reply('<html>'), ['ping'])).status, 8)
  t.is((await asking(t, reply('<html>', 403), ['ping'])).status, 4)
  t.is((await asking(t, reply({ error: 'x', status: 401 }, 401), ['ping'])).status, 4)
  const product = { 'x-elastic-product': 'Elasticsearch' }
  t.is((await asking(t, reply({ error: 'x', status: 405 }, 405, product), ['ping'])).status, 0)
})

const isCalm = test.macro(async (t, body: string) => {
  const { status, stdout, stderr } = await asking(t, reply(body, 200), ['search', 'entry'])
  t.true([8, 18].includes(status), `${status}`)
  t.true(stdout === '' || stdout.endsWith('\n'))
  t.is(stderr.length, 1)
  t.notRegex(stderr.join('\n'), /\bat .*:\d+:\d+|defect/)
})

const WHOLE = found([HIT])
for (const [name, body] of Object.entries({
  'an empty body': '',
  'a number': '1',
  'a list': '[]',
  null: 'null',
  'two responses': WHOLE + WHOLE,
  'hits that are null': WHOLE.replace(`[${HIT}]`, 'null'),
  'hits that are numbers': WHOLE.replace(HIT, '1'),
  'two hits.hits': WHOLE.replace('"hits":[', '"hits":[],"hits":['),
  'no _shards': WHOLE.replace('"_shards"', '"shards"'),
  '_shards of words': WHOLE.replace('"total":1,', '"total":"one",'),
  'timed_out of words': WHOLE.replace('"timed_out":false', '"timed_out":"no"'),
  'a bracket too many': `${WHOLE}}`,
  'a byte order mark': `\ufeff${WHOLE}`,
  'bytes that are no text': `{"\u0000":1}`,
  'an error with status 200': '{"error":{"type":"x","reason":"y"},"status":400}',
})) {
  test(`never a stack trace: ${name}`, isCalm, body)
}

test('text from a server cannot control a terminal', async t => {
  const { stderr } = await asking(
    t,
    reply({ error: { type: 'x', reason: '\u001b[2J\nesconn: all is well\u202e' } }, 400),
    ['search', 'entry'],
  )
  t.deepEqual(stderr, ['default: x: \\u001b[2J esconn: all is well\\u202e (400)'])
})
