import test from 'ava'
import { configured } from '../support/configured.ts'
import { ended, PEAK, start } from '../support/process.ts'
import { head, JSON_TYPE, raw, reply, type Script, send, trickle } from '../support/raw.ts'

const MIB = 2 ** 20

/** The beginning, and then the same bytes until the client closes the connection. */
const endless =
  (start: string | Buffer, more: Buffer): Script =>
  async socket => {
    socket.write(start)
    while (!socket.destroyed) await new Promise(sent => socket.write(more, sent))
  }

interface Limited {
  argv?: string[]
  status: number
  /** The first line of standard error, if there is any. */
  said?: string
  /** The most memory, in MiB, that the process may ever have used. */
  peak: number
  /** The longest that it may take, in milliseconds. */
  time?: number
}

const isLimited = test.macro(
  async (t, script: Script, { argv = ['search', 'x'], status, said, peak, time = 60_000 }: Limited) => {
    t.timeout(120_000)
    const { url } = await raw(t, script)
    const cwd = configured(t, { aliases: { default: { node: url, retries: 0 } } })
    const started = performance.now()
    const child = start(argv, { cwd, env: PEAK })
    child.stdout?.resume()
    const outcome = await ended(child)
    const [used = '', ...lines] = outcome.stderr.trimEnd().split('\n').reverse()
    t.deepEqual([outcome.status, lines.at(-1)?.replace(url, 'NODE')], [status, said && `esconn: ${said}`])
    t.true(Number(used) > 0 && Number(used) / 1024 < peak, `${used} KiB`)
    t.true(performance.now() - started < time, `${performance.now() - started} ms`)
  },
)

const OK = head(200, JSON_TYPE)
const FULL = Buffer.alloc(64 * 1024, 'x')
const ENVELOPE = '{"took":1,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0}'

test('a hit without end', isLimited, endless(`${OK}{"hits":{"hits":[{"_id":"`, FULL), {
  status: 63,
  said: 'default: the reply is too large: a hit has more than 256MiB',
  peak: 450,
})
const small = { status: 63, peak: 250 }
for (const [title, beginning] of Object.entries({
  'a key without end': '{"',
  'a scalar without end': '{"took":1',
  'a member without end that says whether the response is complete': '{"_shards":{"',
}))
  test(
    title,
    isLimited,
    endless(OK + beginning, title.includes('scalar') ? Buffer.alloc(65_536, '1') : FULL),
    {
      ...small,
      said: 'default: the reply is too large: a part besides the hits has more than 8.0MiB',
    },
  )
test(
  'failures without end, which are parsed',
  isLimited,
  endless(`${OK}{"_shards":{"failures":[{}`, Buffer.from(',{}'.repeat(20_000))),
  { ...small, said: 'default: the reply is too large: a part besides the hits has more than 8.0MiB' },
)
test(
  'failures of almost that size',
  isLimited,
  reply(
    `{"_shards":{"total":1,"successful":0,"failed":1,"failures":[{}${',{}'.repeat(2_700_000)}]}}`,
    200,
    JSON_TYPE,
  ),
  {
    ...small,
    status: 8,
    said: 'default: the reply is not an Elasticsearch search response: it has no hits.hits',
    peak: 600,
  },
)
test(
  'a part that nobody needs passes in any size',
  isLimited,
  reply(`${ENVELOPE},"x":"${'x'.repeat(32 * MIB)}","hits":{"hits":[]}}`, 200, JSON_TYPE),
  { ...small, status: 0 },
)

const GZIP = head(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
const bytes = (...values: number[]) => Buffer.from(values)
const NO_DATA = { status: 56, said: 'default: NODE: the compressed body contains no data', peak: 200 }
test(
  'a gzip header without end',
  isLimited,
  endless(Buffer.concat([Buffer.from(GZIP), bytes(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3)]), FULL),
  NO_DATA,
)
test(
  'compressed blocks without content',
  isLimited,
  endless(
    Buffer.concat([Buffer.from(GZIP), bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)]),
    Buffer.concat(Array(13_107).fill(bytes(0, 0, 0, 0xff, 0xff))),
  ),
  NO_DATA,
)

const late = (argv: string[]) => ({
  argv: [...argv, '--timeout', '2s'],
  status: 28,
  said: 'default: NODE: the reply did not arrive in full within 2s',
  peak: 200,
  time: 15_000,
})
const dripping =
  (status: number): Script =>
  async (socket, request) => {
    await send(head(status, JSON_TYPE), '{"a":"')(socket, request)
    await trickle('x', 50)(socket, request)
  }
test('ping: a short reply that drips does not outwait the timeout', isLimited, dripping(200), late(['ping']))
test('info: the same', isLimited, dripping(200), late(['info']))
test('search: the same for an error', isLimited, dripping(400), late(['search', 'x']))
