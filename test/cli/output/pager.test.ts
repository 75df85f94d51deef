import test from 'ava'
import { configured } from '../../support/configured.ts'
import { esconn, sink } from '../../support/esconn.ts'
import { onlyWhere } from '../../support/only.ts'
import { answer, raw } from '../../support/raw.ts'
import { dialogue, hasTerminals, NO_TERMINALS, type Turn } from '../../support/terminal.ts'

const HITS = Array.from({ length: 30 }, (_, id) => `{"_id":"${id}"}`)

const onTerminal = onlyWhere(test, hasTerminals, NO_TERMINALS)

/** A search with 30 hits of 3 lines each, on a terminal. */
const shows = test.macro(
  async (t, argv: string[], env: NodeJS.ProcessEnv, turns: Turn[], expected: [number, RegExp]) => {
    const { url } = await raw(t, answer(HITS))
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const { status, shown } = await dialogue(['search', 'i', ...argv], turns, { cwd, env, size: [10, 60] })
    t.is(status, expected[0])
    t.regex(shown, expected[1])
  },
)

const MARK = { PAGER: 'sed s/^/P:/' }

onTerminal(
  'longer than the screen',
  shows,
  [],
  MARK,
  [],
  [0, /^P:\{\nP: {2}"_id": "0"\nP:\}\n.*"29"\nP:\}\n$/s],
)
onTerminal('it fits', shows, ['--format', 'aggs', '--body', '{"aggs":{}}'], MARK, [], [0, /^\n$/])
onTerminal(
  'messages come after the pager',
  shows,
  ['-v', '--format', 'ids'],
  MARK,
  [],
  [0, /^esconn: POST .*\nP:0\n.*\nP:29\nesconn: default: 30 of 30 hits\n$/s],
)
onTerminal('PAGER=cat', shows, ['--format', 'ids'], { PAGER: 'cat' }, [], [0, /^0\n.*\n29\n$/s])
onTerminal('an empty PAGER', shows, ['--format', 'ids'], { PAGER: '' }, [], [0, /^0\n.*\n29\n$/s])
onTerminal(
  'a pager that is not there',
  shows,
  [],
  { PAGER: 'absent-pager' },
  [],
  [
    23,
    /esconn: the pager absent-pager cannot be run\nesconn: set PAGER to one that is installed, or to cat for none\n$/,
  ],
)
onTerminal('less, left with q', shows, [], {}, [['"2"', 'q']], [0, /^\{\n {2}"_id": "0"\n/])
onTerminal(
  'Ctrl-C does not end less, and then ends the command',
  shows,
  [],
  { LESS: 'RXPsnext>' },
  [
    ['next>', '\x03'],
    ['next>', 'q'],
  ],
  [130, /"2"/],
)

test('the pager writes to the terminal of the command', async t => {
  const { url } = await raw(t, answer(HITS))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const paged = async (rows: number) => {
    const written: Buffer[] = []
    const stdout = Object.assign(sink(written), { isTTY: true, rows, columns: 80 })
    const env = { ...MARK, PATH: String(process.env.PATH) }
    t.is((await esconn(['search', 'i', '--raw-field', '_id'], { cwd, stdout, env })).status, 0)
    return Buffer.concat(written)
      .toString()
      .split('\n')
      .filter(line => line.startsWith('P:')).length
  }
  t.deepEqual([await paged(30), await paged(31)], [30, 0])
})
