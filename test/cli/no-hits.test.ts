import type { Writable } from 'node:stream'
import test from 'ava'
import { load, request } from '../cluster/request.ts'
import { onServers, uniqueName } from '../cluster/servers.ts'
import { configured } from '../support/configured.ts'
import { esconn, sink } from '../support/esconn.ts'
import { answer, hang, raw, reply, type Script } from '../support/raw.ts'

const eachServer = onServers(test)

const terminal = (): Writable & { isTTY: boolean } => Object.assign(sink([]), { isTTY: true })

const mappings = (flattened: string) => ({
  properties: {
    title: { type: 'text', fields: { raw: { type: 'keyword' }, parts: { type: 'text' } } },
    text: { type: 'text' },
    level: { type: 'keyword' },
    user: { properties: { name: { type: 'keyword' } } },
    labels: { type: flattened },
    people: { type: 'nested', properties: { name: { type: 'keyword' } } },
    when: { type: 'date' },
  },
})

const DOCUMENT =
  '{"title":"The Quick Fox","text":"words","level":"error","user":{"name":"ada"},"when":"2026-01-01"}'

const text = (field: string, flag: string) =>
  `\`${field}\` is analyzed text: --${flag} finds only single words as they are indexed, usually in lower case; try --match ${field}=…`

/** What is said of a query that finds nothing, in a pipe and on a terminal. */
const ANYWHERE: [argv: string[], lines: string[]][] = [
  [['--term', 'titel=x'], ['no field `titel` in entry; did you mean `title`?']],
  [['--match', 'user.nmae=x'], ['no field `user.nmae` in entry; did you mean `user.name`?']],
  [['--term', 'usr=x'], ['no field `usr` in entry']],
  [['--term', 'ids=x'], ['no field `ids` in entry']],
  [['--exists', 'elsewhere'], ['no field `elsewhere` in entry']],
  [['--range', 'rating>=4'], ['no field `rating` in entry']],
  [
    ['--since', '2025-01-01', '--until', '2026-12-31', '--time-field', 'wehn'],
    ['no field `wehn` in entry; did you mean `when`?'],
  ],
  [
    ['--any', '--term', 'aa=1', '--term', 'aa=2', '--term', 'bb=1', '--term', 'cc=1'],
    ['no field `aa` in entry', 'no field `bb` in entry'],
  ],
  [['--term', 'a\u001bb=1'], ['no field `a\\u001bb` in entry']],
  [['--term', 'level=absent'], []],
  [['--term', 'labels.any=x'], []],
  [['--exists', 'absent*'], []],
  [['--term', '_id=absent'], []],
  [['--term', 'level=error', '--not', '--exists', 'title', '--not', '--exists', 'titel'], []],
  [['-q', 'titel:x'], []],
  [['--body', '{"query":{"term":{"titel":"x"}}}'], []],
]

/** What is said on a terminal only. */
const ON_TERMINALS: [argv: string[], lines: string[]][] = [
  [
    ['--term', 'title=The Quick Fox'],
    [`${text('title', 'term')}, or --term title.raw=… for the whole value`],
  ],
  [['--terms', 'title=A,B'], [`${text('title', 'terms')}, or --terms title.raw=… for the whole value`]],
  [['--term', 'text=Words'], [text('text', 'term')]],
  [['--match', 'text=absent'], []],
  [
    ['--term', 'people.name=Ann'],
    ['`people` is nested: its fields are found by a query of the type nested, in --body'],
  ],
]

/** What is said although something is found, since the flags of unknown fields have no effect. */
const FOUND: [argv: string[], lines: string[]][] = [
  [['--not', '--term', 'levl=debug'], ['no field `levl` in entry; did you mean `level`?']],
  [
    ['--any', '--term', 'level=error', '--term', 'levle=warn'],
    ['no field `levle` in entry; did you mean `level`?'],
  ],
  [['--not', '--term', 'level=debug'], []],
  [['--any', '--term', 'level=error'], []],
]

eachServer('what may be wrong with a query that finds nothing', async (t, { url, kind }) => {
  const index = uniqueName('no-hits')
  const flattened = kind === 'elasticsearch' ? 'flattened' : 'flat_object'
  await request(url, `PUT /${index}`, { mappings: mappings(flattened) })
  await load(url, index, [DOCUMENT])
  const indices = { entry: index, gone: `${index}-gone-*` }
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  const says = async (argv: string[], lines: string[], stdout?: Writable) => {
    const found = await esconn(argv, { cwd, ...(stdout ? { stdout } : {}) })
    t.deepEqual([found.status, found.stderr], [0, lines.map(line => `default: ${line}`)], argv.join(' '))
  }
  for (const [argv, lines] of ANYWHERE) await says(['search', 'entry', ...argv], lines)
  for (const [argv, lines] of ON_TERMINALS) {
    await says(['search', 'entry', ...argv], [])
    await says(['search', 'entry', ...argv], ['0 hits', ...lines], terminal())
  }
  for (const [argv, lines] of FOUND) await says(['count', 'entry', ...argv], lines)
  await says(['count', 'entry', '--term', 'titel=x'], ['no field `titel` in entry; did you mean `title`?'])
  await says(['search', 'entry', '--term', 'titel=x', '--dry-run'], [])
  const [pattern, gone] = [`${index}-*`, `gone (${index}-gone-*)`]
  await says(['search', pattern], [`${pattern} matches no index`])
  await says(
    ['count', 'gone', '--term', 'titel=x'],
    [`${gone} matches no index: check \`indices\` of the alias`],
  )
  if (kind === 'elasticsearch')
    await says(
      ['search', 'entry', '--body', '{"runtime_mappings":{"n":{"type":"long"}}}', '--term', 'n=1'],
      [],
    )
  const { status, stderr } = await esconn(['count', 'entry', '--term', 'titel=x', '-e'], { cwd })
  t.deepEqual([status, stderr.length], [1, 1])
})

const asksOnce = test.macro(async (t, script: Script, argv: string[]) => {
  const { url, requests } = await raw(t, script)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  await esconn(['search', 'x', ...argv], { cwd })
  t.is(requests.length, 1)
})
const SOME = { hits: { total: { value: 5, relation: 'eq' }, hits: [] } }
const WHOLE = { timed_out: false, _shards: { total: 1, successful: 1, failed: 0 } }
const TERM = ['--term', 'a=1']
test('no field is asked, and no pattern: nothing is looked up', asksOnce, answer([]), ['--ids', '1'])
test('a hit: nothing is looked up', asksOnce, answer(['{"_id":"1"}']), TERM)
test('hits that were not asked for: nothing is looked up', asksOnce, reply({ ...WHOLE, ...SOME }), TERM)
test('a part is missing: nothing is looked up', asksOnce, answer([], { timed_out: true }), [
  ...TERM,
  '--allow-partial',
])

test('a lookup that fails changes nothing', async t => {
  const stop = new AbortController()
  const abort: Script = () => stop.abort(new Error('interrupted'))
  const scripts: Record<string, Script> = {
    refused: reply({ error: { type: 'security_exception', reason: 'no' } }, 403),
    overloaded: reply('', 429, { 'retry-after': '5' }),
    'not an answer to it': answer([]),
    'a broken connection': socket => socket.destroy(),
    'an interruption': abort,
  }
  for (const [title, script] of Object.entries(scripts)) {
    const { url, requests } = await raw(t, [answer([]), script, hang])
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const found = await esconn(['search', 'x', '--term', 'a=1'], { cwd, signal: stop.signal })
    t.deepEqual(found, { status: 0, stdout: '', stderr: [] }, title)
    t.is(requests.length, 2, title)
  }
})
