import test, { type ExecutionContext } from 'ava'
import { configured } from '../../support/configured.ts'
import { onlyWhere } from '../../support/only.ts'
import { answer, raw, reply, type Script } from '../../support/raw.ts'
import { type Screen, screenOf } from '../../support/screen.ts'
import {
  hasTerminals,
  NO_TERMINALS,
  onTerminal,
  quoted,
  resizable,
  type TerminalSize,
  type Turn,
} from '../../support/terminal.ts'

const eachTerminal = onlyWhere(test, hasTerminals, NO_TERMINALS)

/** Where a script runs, and what the server of its alias answers. */
interface Stage {
  server: Script | Script[]
  size: TerminalSize
  env?: NodeJS.ProcessEnv
  turns?: Turn[]
}

/** What a shell script writes to a terminal. */
async function written(t: ExecutionContext, script: string, { server, size, env = {}, turns = [] }: Stage) {
  const { url } = await raw(t, server)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  return await onTerminal(script, turns, { cwd, env, size })
}

/** What a person sees after it. */
const seen = async (t: ExecutionContext, script: string, stage: Stage): Promise<Screen> =>
  await screenOf(await written(t, script, stage), stage.size)

const PLACES = [
  '{"name":"東京都","note":"ラーメンと温泉が好きな人のための小さな街の案内","people":14047594,"mark":"|","more":"x"}',
  `{"name":"Malmö","note":"Hamnen är full av måsar 🐙🎶 och cyklar","people":325069,"mark":"|","more":"${'y'.repeat(80)}"}`,
  '{"name":"Café a\u0301\u0323 ﾊﾝ","note":"👍 한국","people":3,"mark":"|","more":""}',
].map((source, id) => `{"_id":"${id}","_source":${source}}`)
const TABLE = 'esconn search i --format table --fields name,note,people,mark,more'

/** The table is as wide as the terminal, and a message names the column that does not fit. */
const shows = test.macro(async (t, columns: number, [head, tokyo]: [string, string], hidden?: string) => {
  const { lines, cells } = await seen(t, TABLE, { server: answer(PLACES), size: [24, columns] })
  t.deepEqual(lines.slice(0, 2), [head, tokyo])
  t.deepEqual(
    lines.slice(1, 4).map(line => line.split(' ')[0]),
    ['東京都', 'Malmö', 'Café'],
  )
  const marks = cells.slice(1, 4).map(line => line.findIndex(({ text }) => text === '|'))
  t.deepEqual(marks, Array(3).fill(head.indexOf('mark')), 'aligned')
  const message = `esconn: default: the terminal is too narrow for ${hidden}; --fields names the columns to show`
  t.is(lines.slice(4).join(''), hidden ? message : '')
})

const NARROW: [string, string] = [
  'name       note             people  mark',
  '東京都     ラーメンと温…  14047594  |',
]
eachTerminal('a table on 40 columns', shows, 40, NARROW, 'more')
eachTerminal('a table on 60 columns', shows, 60, [
  'name       note               people  mark  more',
  '東京都     ラーメンと温泉…  14047594  |     x',
])
eachTerminal('a table on 80 columns', shows, 80, [
  'name       note                         people  mark  more',
  '東京都     ラーメンと温泉が好きな人…  14047594  |     x',
])
eachTerminal('a table on 120 columns', shows, 120, [
  'name       note                                             people  mark  more',
  '東京都     ラーメンと温泉が好きな人のための小さな街の案…  14047594  |     x',
])
eachTerminal('a table on 200 columns', shows, 200, [
  'name       note                                              people  mark  more',
  '東京都     ラーメンと温泉が好きな人のための小さな街の案内  14047594  |     x',
])

const SAMPLE = `{"_id":"${'s'.repeat(150)}","key":7}`

const isColored = test.macro(async (t, columns: number) => {
  const { cells } = await seen(t, 'esconn search i', { server: answer([SAMPLE]), size: [24, columns] })
  const colorsOf = (character: string) =>
    new Set(
      cells
        .flat()
        .filter(({ text }) => text === character)
        .map(({ color }) => color),
    )
  const colors = ['k', 's', '7'].map(colorsOf)
  t.deepEqual(
    colors.map(({ size }) => size),
    [1, 1, 1],
  )
  t.is(new Set([undefined, ...colors.flatMap(own => [...own])]).size, 4)
})
eachTerminal('keys, strings and numbers have colors of their own, on 40 columns', isColored, 40)
eachTerminal('keys, strings and numbers have colors of their own, on 200 columns', isColored, 200)

/** What is written is plain text. */
const isPlain = test.macro(async (t, argv: string, env: NodeJS.ProcessEnv, expected: RegExp) => {
  const stage: Stage = { server: answer([SAMPLE]), size: [24, 80], env }
  const bytes = await written(t, `esconn search i ${argv}`, stage)
  t.regex(bytes.toString(), expected)
  t.false(bytes.includes('\u001b'))
})
const INDENTED = /^ {2}"key": 7\r$/m
eachTerminal('NO_COLOR', isPlain, '', { NO_COLOR: '1' }, INDENTED)
eachTerminal('NO_COLOR and a table', isPlain, '--format table --fields _id', { NO_COLOR: '1' }, /^_id\r$/m)
eachTerminal('--color never', isPlain, '--color never', {}, INDENTED)
eachTerminal('a terminal without colors', isPlain, '', { TERM: 'dumb' }, INDENTED)
eachTerminal(
  'a pipe, while messages go to the terminal',
  isPlain,
  '-v | cat',
  {},
  /^\{"_id":"s+","key":7\}\r$/m,
)

/** Would paint, clear and move, set the title and the clipboard, reverse the text, and overwrite it. */
const HOSTILE = [
  '\u001b[31m\u001b[2J\u001b[H',
  '\u001b]0;mine\u0007',
  '\u001b]52;c;bWluZQ==\u0007',
  '\u009b7m\u009d0;mine\u009c\u0090q',
  '\u202e\u2066\u200f',
  '\r\b\u000e\u007f',
].join('')

const visible = (text: string): string =>
  text.replace(/[^ -~]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

const TEXT = visible(HOSTILE)
const JSON_TEXT = visible(JSON.stringify(HOSTILE))
/** In a message any white space is one blank. */
const SAID = visible(HOSTILE.replace('\r', ' '))

/** Exactly these lines are on the screen; title, cursor and colors are what they would be anyway. */
const leaves = test.macro(async (t, argv: string[], server: Script | Script[], expected: string[]) => {
  const script = `printf '\\033]0;before\\007'; esconn ${argv.map(quoted).join(' ')}; printf end`
  const { lines, cells, cursor, title } = await seen(t, script, { server, size: [50, 600] })
  t.deepEqual(lines, [...expected, 'end'])
  t.deepEqual([cursor, title], [[expected.length, 3], 'before'])
  const all = cells.flat()
  t.false(all.some(({ color, isOther }) => isOther || ![undefined, 2, 3, 6].includes(color)))
  t.true(cells.at(-1)?.every(({ color, bold }) => color === undefined && !bold))
})

test('the hostile text controls a terminal that it reaches', async t => {
  const { lines, title } = await screenOf(Buffer.from(`text${HOSTILE}`), [5, 40])
  t.deepEqual([lines, title], [[], 'mine'])
})

const HITS = answer([JSON.stringify({ _id: HOSTILE, _source: { text: HOSTILE, [HOSTILE]: 1 } })])
const asFormat = (format: string): string[] => ['search', 'i', '--format', format]

eachTerminal('a hostile document: pretty', leaves, ['search', 'i'], HITS, [
  '{',
  `  "_id": ${JSON_TEXT},`,
  '  "_source": {',
  `    "text": ${JSON_TEXT},`,
  `    ${JSON_TEXT}: 1`,
  '  }',
  '}',
])
eachTerminal('a hostile document: source', leaves, asFormat('source'), HITS, [
  '{',
  `  "text": ${JSON_TEXT},`,
  `  ${JSON_TEXT}: 1`,
  '}',
])
eachTerminal('a hostile document: ndjson', leaves, asFormat('ndjson'), HITS, [
  `{"_id":${JSON_TEXT},"_source":{"text":${JSON_TEXT},${JSON_TEXT}:1}}`,
])
eachTerminal('a hostile document: csv', leaves, asFormat('csv'), HITS, [`text,"${TEXT}"`, `"${TEXT}",1`])
const TSV_TEXT = TEXT.replace('\\u000d', '\\r')
eachTerminal('a hostile document: tsv', leaves, asFormat('tsv'), HITS, [
  `text    ${TSV_TEXT}`,
  `${TSV_TEXT.padEnd(8 * Math.ceil((TSV_TEXT.length + 1) / 8))}1`,
])
eachTerminal('a hostile document: table', leaves, asFormat('table'), HITS, [
  `${'text'.padEnd(TEXT.length)}  ${TEXT}`,
  `${TEXT}  ${'1'.padStart(TEXT.length)}`,
])
const QUOTED = 'esconn: default: 1 text with control characters, printed as JSON so that each is one line'
eachTerminal('a hostile document: ids', leaves, asFormat('ids'), HITS, [JSON_TEXT, QUOTED])
eachTerminal('a hostile document: one field', leaves, ['search', 'i', '--raw-field', 'text'], HITS, [
  JSON_TEXT,
  QUOTED,
])

const failing = (reason: string) => reply({ error: { type: 'x_exception', reason }, status: 400 }, 400)
eachTerminal('a hostile reason of an error', leaves, ['count', 'i'], failing(HOSTILE), [
  `esconn: default: x_exception: ${SAID} (400)`,
])
eachTerminal('a hostile title of a page', leaves, ['count', 'i'], reply(`<title>${HOSTILE}</title>`, 404), [
  `esconn: default: the reply is not from Elasticsearch or OpenSearch: ${SAID} (404)`,
  'esconn: check `node` of the alias: the server at that address is neither Elasticsearch nor OpenSearch',
])
eachTerminal(
  'a hostile name of an index, and of a field',
  leaves,
  ['search', `i${HOSTILE}`, '--exists', HOSTILE],
  [answer(), reply({ indices: ['i'], fields: {} })],
  ['esconn: default: 0 hits', `esconn: default: no field \`${SAID}\` in i${SAID}`],
)
eachTerminal('a hostile word on the command line', leaves, [HOSTILE], answer(), [
  `esconn: unknown command '${SAID}'`,
  'esconn: see esconn --help',
])
const STATS = {
  cluster_name: HOSTILE,
  status: HOSTILE,
  nodes: { count: { total: 1 } },
  indices: { docs: { count: HOSTILE }, store: { size_in_bytes: 1 } },
}
const IDENTITY = { version: { distribution: 'opensearch', number: HOSTILE } }
eachTerminal(
  'a hostile cluster',
  leaves,
  ['info'],
  [reply(STATS), reply(IDENTITY)],
  [
    'alias      default',
    `cluster    ${TEXT}`,
    `health     ${TEXT}`,
    `version    OpenSearch ${TEXT}`,
    'nodes      1',
    `documents  ${TEXT}`,
    'size       1B',
  ],
)

/** What comes after `next` is a table that fits into 40 columns. */
async function checkTable(t: ExecutionContext, bytes: Buffer): Promise<void> {
  const { lines } = await screenOf(bytes.subarray(bytes.indexOf('next\r\n') + 6), [10, 40])
  t.deepEqual(lines.slice(0, 2), NARROW)
  t.regex(lines[4] ?? '', /^esconn: default: the terminal is too nar/)
}

eachTerminal('a terminal that becomes narrower between two commands', async t => {
  const script = `${TABLE}; stty cols 40; echo next; ${TABLE}`
  await checkTable(t, await written(t, script, { server: answer(PLACES), size: [10, 120] }))
})

eachTerminal('a terminal that becomes narrower while less is open', async t => {
  const { opening, narrow } = resizable(configured(t, ''))
  const bytes = await written(t, `${opening}; esconn search i; echo next; ${TABLE}`, {
    server: answer(PLACES),
    size: [10, 120],
    env: { LESS: 'RXPsmore>' },
    turns: [
      ['more>', narrow],
      ['more>', 'q'],
    ],
  })
  await checkTable(t, bytes)
})

eachTerminal('a terminal that becomes narrower while the cluster is asked', async t => {
  const { opening, narrow } = resizable(configured(t, ''))
  const busy: Script = (...request) => {
    narrow()
    return reply({}, 429, { 'retry-after': 0 })(...request)
  }
  const server = [busy, answer(PLACES)]
  await checkTable(t, await written(t, `${opening}; echo next; ${TABLE}`, { server, size: [10, 120] }))
})

eachTerminal('wide characters fill the screen, so that the pager runs', async t => {
  const firstLine = async (hits: number) => {
    const server = answer(Array(hits).fill(`{"_id":"${'東'.repeat(30)}"}`))
    const stage: Stage = { server, size: [10, 40], env: { PAGER: 'sed s/^/P:/' } }
    const { lines } = await seen(t, 'esconn search i --format ids', stage)
    return lines[0]?.slice(0, 2)
  }
  t.deepEqual([await firstLine(4), await firstLine(5)], ['東東', 'P:'])
})
