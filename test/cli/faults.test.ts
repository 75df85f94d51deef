import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { Interruption } from '../../src/cli/exit.ts'
import { configured } from '../support/configured.ts'
import { esconn, type Surroundings } from '../support/esconn.ts'
import { answer, fin, found, hang, head, raw, reply, type Script, send } from '../support/raw.ts'

const HIT = '{"_id":"1"}'
const nowhere = (t: ExecutionContext) =>
  configured(t, { aliases: { default: { node: 'http://localhost:9' } } })

/** Runs the command line at a server that does as the script says. */
async function asking(
  t: ExecutionContext,
  script: Script | Script[],
  argv: string[],
  more: Surroundings = {},
) {
  const { url, requests } = await raw(t, script)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { stderr, ...rest } = await esconn(argv, { cwd, ...more })
  return { ...rest, stderr: stderr.map(line => line.replaceAll(url, 'NODE')), requests }
}

const CUT_AT = found([HIT, '{"_id":"2"}']).indexOf('"2"')
const half = found([HIT, '{"_id":"2"}']).slice(0, CUT_AT)
const cut = fin(send(head(200, { 'content-length': 9999 }), half))

test('18, --format json: what there was, and no end that would look like one', async t => {
  const { status, stdout } = await asking(t, cut, ['search', 'entry', '--format', 'json'])
  t.deepEqual([status, stdout], [18, half.slice(half.indexOf('[{'))])
})

test('18, --format response: what there was', async t => {
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

test('3, --format json and response: the whole response all the same', async t => {
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

test('3 goes before 1', async t => {
  t.is((await asking(t, answer([], { timed_out: true }), ['search', 'entry', '-e'])).status, 3)
})

test('a fault of the wire goes before 3', async t => {
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
  t.true(stderr[0]?.startsWith('default: NODE: the connection broke (Z_DATA_ERROR)'), stderr[0])
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
  t.regex(stderr[1] ?? '', /^ask again later/)
  t.is(requests.length, 4)
})

test('75: a wait beyond --max-time is not begun', async t => {
  const started = performance.now()
  const { status } = await asking(t, reply('', 503, { 'retry-after': '50' }), [
    'search',
    'entry',
    '--max-time',
    '40s',
  ])
  t.is(status, 75)
  t.true(performance.now() - started < 15_000)
})

test('28: --max-time ends a reply that goes on and on', async t => {
  const script: Script = async socket => {
    socket.write(head(200))
    socket.write(found([HIT]).slice(0, found([HIT]).lastIndexOf(']')))
    while (!socket.destroyed) {
      socket.write(`,${HIT}`)
      await sleep(20)
    }
  }
  const { status, stdout, stderr } = await asking(t, script, ['search', 'entry', '--max-time', '3s'])
  t.is(status, 28)
  t.deepEqual(stderr, ['default: not done within --max-time 3s'])
  t.regex(stdout, /^(?:\{"_id":"1"\}\n){2,}$/)
})

const isInterrupted = test.macro(async (t, script: Script) => {
  const controller = new AbortController()
  const running = asking(t, script, ['search', 'entry'], { signal: controller.signal })
  await sleep(300)
  controller.abort(new Interruption('SIGINT'))
  const { status, stdout, stderr } = await running
  t.deepEqual({ status, stdout, stderr }, { status: 130, stdout: '', stderr: [] })
})

test('130 before an answer', isInterrupted, hang)
test('130 in the middle of an answer', isInterrupted, send(head(200, { 'content-length': 9999 }), '{'))
test('130 while the cluster is waited for', isInterrupted, reply('', 503, { 'retry-after': '30' }))

test('130 before anything', async t => {
  const signal = AbortSignal.abort(new Interruption('SIGTERM'))
  const { status, requests } = await asking(t, answer([HIT]), ['search', 'entry'], { signal })
  t.deepEqual([status, requests.length], [143, 0])
})

test('66: a body that is no UTF-8', async t => {
  const cwd = nowhere(t)
  writeFileSync(join(cwd, 'latin1.json'), Buffer.from('{"query":{"term":{"text":"Bücher"}}}', 'latin1'))
  const { status, stdout, stderr } = await esconn(['search', 'a', '--body', '@latin1.json'], { cwd })
  t.deepEqual([status, stdout, stderr.length], [66, '', 1])
  t.true(stderr[0]?.startsWith('default: the body is no JSON'), stderr[0])
})

test('66: a body that is a directory, or empty', async t => {
  const cwd = nowhere(t)
  const { status, stderr } = await esconn(['search', 'a', '--body', '@.'], { cwd })
  t.deepEqual([status, stderr], [66, [`${cwd} cannot be read (a directory)`]])
  t.is((await esconn(['search', 'a', '--body', '-'], { cwd, stdin: '' })).status, 66)
})

test('78: an unknown alias, with the known ones', async t => {
  const { status, stderr } = await esconn(['ping', '-a', 'lgos'], {
    cwd: configured(t, { aliases: { logs: { node: 'http://localhost:9' } } }),
  })
  t.is(status, 78)
  t.true(stderr.join('\n').includes('logs'), stderr.join('\n'))
})

test('ping: 8 for a stranger, 4 and 7 as for any request', async t => {
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

test('what a server says cannot command a terminal', async t => {
  const { stderr } = await asking(
    t,
    reply({ error: { type: 'x', reason: '\u001b[2J\nesconn: all is well\u202e' } }, 400),
    ['search', 'entry'],
  )
  t.deepEqual(stderr, ['default: x: \\u001b[2J esconn: all is well\\u202e (400)'])
})
