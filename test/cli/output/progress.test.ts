import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { formatElapsed } from '../../../src/units.ts'
import { configured } from '../../support/configured.ts'
import { esconn, sink } from '../../support/esconn.ts'
import { onlyWhere } from '../../support/only.ts'
import { answer, raw, reply, type Script } from '../../support/raw.ts'
import { screenOf } from '../../support/screen.ts'
import {
  hasTerminals,
  NO_TERMINALS,
  onTerminal,
  resizable,
  type TerminalSize,
  type Turn,
} from '../../support/terminal.ts'

const eachTerminal = onlyWhere(test, hasTerminals, NO_TERMINALS)

/** The states of a shard with 400 changes. */
const STATS = {
  _all: {},
  indices: {
    i: {
      uuid: 'u',
      shards: {
        0: [
          {
            routing: { primary: true, state: 'STARTED', node: 'n' },
            seq_no: { global_checkpoint: 399, max_seq_no: 399 },
            commit: { user_data: { history_uuid: 'h' } },
            retention_leases: { primary_term: 1 },
            refresh: { total: 1, external_total: 1 },
          },
        ],
      },
    },
  },
}

/** What a cluster with one shard answers, by the beginning of the path. */
const REPLIES: [path: string, script: Script][] = [
  ['/i/_pit', reply({ id: 'a' })],
  ['/i/_stats', reply(STATS)],
  ['/i/_search_shards', reply({ indices: { i: {} }, shards: [[{ index: 'i', shard: 0 }]] })],
  ['/i/_refresh', reply({ _shards: { failed: 0 } })],
]

const hits = (from: number): string[] =>
  Array.from(
    { length: 200 },
    (_, n) => `{"_index":"i","_id":"${from + n}","_source":{},"sort":[${from + n},0]}`,
  )

/** A cluster with 400 documents, that gives the second half when `isReady` resolves, or then answers as `second` does. */
async function halves(
  t: ExecutionContext,
  isReady: Promise<unknown>,
  second = answer(hits(200)),
): Promise<string> {
  const pages = [answer(hits(0)), second]
  const { url } = await raw(t, async (socket, asked) => {
    const [, other = answer()] = REPLIES.find(([path]) => asked.path.startsWith(path)) ?? []
    if (asked.path !== '/_search') return other(socket, asked)
    if (pages.length < 2) await isReady
    return (pages.shift() ?? other)(socket, asked)
  })
  return configured(t, { aliases: { default: { node: url } } })
}

const FAILING = reply({ error: { type: 'x_exception', reason: 'no' }, status: 400 }, 400)

/** A promise, and what resolves it. */
function gate() {
  let open = () => {}
  const isOpen = new Promise<void>(resolve => {
    open = resolve
  })
  return { isOpen, open }
}

/** Those 199 of the first half that are known to be all up to their numbers. */
const HALF = /⠋ 199 documents {2}49% {2}\d+ documents\/s {2}\S+B\/s/

const OUT = 'esconn export i --out f'
const WIDE: TerminalSize = [24, 400]

eachTerminal('a line with what is done, below the messages, of which nothing is left at the end', async t => {
  const { isOpen, open } = gate()
  const cwd = await halves(t, isOpen)
  const bytes = await onTerminal(`${OUT} -v; printf end`, [['49%', open]], { cwd, env: {}, size: WIDE })
  t.regex(bytes.toString(), HALF)
  const { lines, cursor } = await screenOf(bytes, WIDE)
  t.true(
    lines.slice(0, -1).every(line => line.startsWith('esconn: ')),
    lines.join('\n'),
  )
  t.regex(
    lines.at(-2) ?? '',
    /^esconn: default: 400 documents, 21KiB, in [\d.]+s(?: \(\d+ documents\/s, [\d.]+KiB\/s\))?$/,
  )
  t.deepEqual([lines.at(-1), cursor], ['end', [lines.length - 1, 3]])
})

eachTerminal('the time that is left, once it can be told', async t => {
  const { isOpen, open } = gate()
  const cwd = await halves(t, isOpen)
  const bytes = await onTerminal(OUT, [['left', open]], { cwd, env: {}, size: WIDE })
  t.regex(bytes.toString(), /199 documents {2}49% {2}\ds left {2}\d+ documents/)
})

eachTerminal('a terminal that becomes narrow has the beginning of it', async t => {
  const { isOpen, open } = gate()
  const cwd = await halves(t, isOpen)
  const { opening, narrow } = resizable(cwd)
  const turns: Turn[] = [
    ['documents/s', narrow],
    ['s left⠋', open], // nothing comes after it on 40 columns
  ]
  const bytes = await onTerminal(`${opening}; ${OUT}; printf end`, turns, { cwd, env: {}, size: WIDE })
  t.regex(bytes.toString(), HALF)
  const { lines } = await screenOf(bytes, WIDE)
  t.regex(lines.join('\n'), /^esconn: default: 400 documents, .*\nend$/)
})

eachTerminal('Ctrl-C, and a cluster that fails, leave nothing of it', async t => {
  const ends = async (second: Script | undefined, then: (open: () => void) => Turn[1]) => {
    const { isOpen, open } = gate()
    const cwd = await halves(t, isOpen, second)
    const turns: Turn[] = [['49%', then(open)]]
    const bytes = await onTerminal(`${OUT}; echo "status $?"`, turns, { cwd, env: {}, size: WIDE })
    const { lines } = await screenOf(bytes, WIDE)
    t.is(lines[0], `esconn: default: what arrived is in ${cwd}/f.part`)
    return lines.slice(1)
  }
  t.deepEqual(await ends(undefined, () => '\x03'), ['status 130'])
  t.deepEqual(await ends(FAILING, open => open), ['esconn: default: x_exception: no (400)', 'status 22'])
})

/** Nothing but plain text is written, though it takes longer than it would be until the line comes. */
const hasNone = test.macro(async (t, argv: string, env: NodeJS.ProcessEnv = {}, size?: TerminalSize) => {
  const cwd = await halves(t, sleep(1800))
  const bytes = await onTerminal(`esconn export i ${argv}`, [], { cwd, env, ...(size ? { size } : {}) })
  t.regex(bytes.toString(), /400 documents, .* in /)
  t.false(bytes.includes('\u001b'))
})
eachTerminal('--progress never', hasNone, '--out f --progress never', {}, WIDE)
eachTerminal('documents on the terminal itself', hasNone, '', {}, WIDE)
eachTerminal('standard error is not the terminal', hasNone, '--out f 2>&1 | cat', {}, WIDE)
eachTerminal('a terminal that cannot update a line', hasNone, '--out f', { TERM: 'dumb' }, WIDE)
eachTerminal('a terminal that does not say how wide it is', hasNone, '--out f')

/** The JSON of an export that goes on once a line has come, and is left when it ends. */
async function jsonOf(t: ExecutionContext, second?: Script) {
  const { isOpen, open } = gate()
  const cwd = await halves(t, isOpen, second)
  const told: Buffer[] = []
  const stderr = sink(told)
  const write = stderr.write.bind(stderr)
  stderr.write = (data: string | Buffer) => {
    if (/^\{"documents":[1-9]/m.test(String(data))) open() // the first second may bring none
    return write(data)
  }
  const { stdout, status } = await esconn(['export', 'i', '--progress', 'json'], { cwd, stderr })
  const lines = Buffer.concat(told)
    .toString()
    .split('\n')
    .filter(line => line.startsWith('{'))
  return { stdout, status, lines: lines.map(line => JSON.parse(line)) }
}

test('--progress json: a line a second, and a last one that says that it is done', async t => {
  const { stdout, lines } = await jsonOf(t)
  const [first, last] = [lines.find(({ documents }) => documents > 0), lines.at(-1)]
  t.like(first, { documents: 199, share: 0.497, seconds_left: undefined, done: undefined })
  t.true(first.seconds >= 1 && first.documents_per_second > 0 && first.bytes_per_second > 0)
  t.true(first.bytes > 0 && first.bytes < stdout.length)
  t.like(last, { documents: 400, bytes: stdout.length, share: 1, done: true })
})

test('--progress json: after a failure the last line does not say that it is done', async t => {
  const { status, lines } = await jsonOf(t, FAILING)
  t.is(status, 22)
  t.like(lines.at(-1), { documents: 199, done: undefined })
  const { status: incomplete, lines: told } = await jsonOf(t, answer([], { timed_out: true }))
  t.is(incomplete, 3)
  t.like(told.at(-1), { done: undefined })
})

const reads = test.macro((t, seconds: number, text: string) => t.is(formatElapsed(seconds), text))
test('less than a second', reads, 0.14, '100ms')
test('seconds with a tenth', reads, 9.44, '9.4s')
test('seconds', reads, 59.4, '59s')
test('a minute', reads, 59.6, '1m')
test('minutes', reads, 125, '2m5s')
test('hours', reads, 3600 + 12 * 60 + 59, '1h12m')
test('days', reads, 3 * 86_400 + 5 * 3600, '3d5h')
