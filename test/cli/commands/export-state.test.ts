import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import test from 'ava'
import { lockName } from '../../../src/cli/file-lock.ts'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { ESCONN, EXECUTABLE, ended, start } from '../../support/process.ts'

const eachServer = onServers(test)

const document = (n: number, version = 0) => `{"n":${n},"version":${version},"text":"${'words '.repeat(20)}"}`

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

async function write(url: string, index: string, numbers: readonly number[], version = 0): Promise<void> {
  const lines = numbers.map(n => `{"index":{"_id":"${n}"}}\n${document(n, version)}\n`)
  const { text } = await request(url, `POST /${index}/_bulk`, lines.join(''))
  if (!/"errors":false/.test(text.slice(0, 100))) throw new Error(text.slice(0, 500))
}

/** An index of two shards with so many documents. */
async function loaded(url: string, count: number): Promise<string> {
  const index = uniqueName('state')
  await request(url, `PUT /${index}`, { settings: { number_of_shards: 2, number_of_replicas: 0 } })
  await write(url, index, upTo(count))
  return index
}

const sorted = (text: string): string[] => text.split('\n').slice(0, -1).toSorted()

/** What a directory's file holds; of a compressed one the text. */
function contents(cwd: string, name: string): string {
  const bytes = readFileSync(join(cwd, name))
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}

for (const name of ['all.ndjson', 'all.ndjson.gz'])
  eachServer(
    `killed at many instants, an export to ${name} goes on until all is there`,
    async (t, { url }) => {
      const index = await loaded(url, 4000)
      const cwd = configured(t, { aliases: { default: { node: url } } })
      const argv = ['export', index, '--format', 'source', '--page', '20kB', '--out', name, '--state', 's']
      let kills = 0
      for (let isDone = false; !isDone; ) {
        const child = start(argv, { cwd })
        const killing = sleep(kills < 6 ? 250 + 150 * kills : 60_000, undefined, { ref: false }).then(() =>
          child.kill('SIGKILL'),
        )
        const { signal, stderr } = await ended(child)
        killing.catch(() => {})
        isDone = signal === null
        if (!isDone) kills++
        else t.regex(stderr, /documents?, [\d.]+\w*B, in /)
        t.deepEqual(existsSync(join(cwd, name)), isDone)
      }
      t.true(kills >= 3, `${kills}`)
      t.deepEqual(
        sorted(contents(cwd, name)),
        upTo(4000)
          .map(n => document(n))
          .toSorted(),
      )
      const again = await esconn(argv, { cwd })
      t.regex(again.stderr.join('\n'), /^default: 0 documents/)
      await write(url, index, [1, 2, 5000], 1)
      t.is((await esconn(argv, { cwd })).status, 0)
      const added = [document(1, 1), document(2, 1), document(5000, 1)]
      t.deepEqual(sorted(contents(cwd, name)), [...upTo(4000).map(n => document(n)), ...added].toSorted())
      await write(url, index, [3], 2)
      const other = argv.map(word => (word === name ? `2-${name}` : word))
      t.is((await esconn(other, { cwd })).status, 0)
      t.deepEqual(
        sorted(contents(cwd, `2-${name}`)),
        [document(3, 2)],
        'a new name holds the increment alone',
      )
      t.deepEqual(readdirSync(cwd).toSorted(), ['.esconnrc', name, `2-${name}`, 's'].toSorted())
      await request(url, `DELETE /${index}`)
    },
  )

eachServer('what a state refuses, and leaves as it is', async (t, { url }) => {
  const index = await loaded(url, 20)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const at = (name: string) => join(cwd, name)
  const exported = (...argv: string[]) => esconn(['export', index, '--state', 's', ...argv], { cwd })
  const refused = async (argv: string[], message: RegExp) => {
    const before = existsSync(at('s')) ? readFileSync(at('s'), 'utf8') : undefined
    const { status, stdout, stderr } = await exported(...argv)
    t.deepEqual([status, stdout], [66, ''])
    t.regex(stderr.join('\n'), message)
    t.is(existsSync(at('s')) ? readFileSync(at('s'), 'utf8') : undefined, before)
  }
  for (const text of ['', '{}', '{"esconn_state":1', '{"esconn_state":2}']) {
    writeFileSync(at('s'), text)
    await refused(['--out', 'f'], /^\S+s is not a state of esconn, or broken\nit is left as it is/)
  }
  rmSync(at('s'))
  t.is((await exported('--out', 'f')).status, 0)
  const state = JSON.parse(readFileSync(at('s'), 'utf8'))
  t.like(state, { complete: true, documents: 20, out: { file: 'f', part: false } })
  await refused(
    ['--out', 'f', '--format', 'ids'],
    /s belongs to something else: its format is ndjson, here it is ids/,
  )
  await refused(['--out', 'f', '--term', 'n=1'], /its query is \{\}, here it is \{"query"/)
  writeFileSync(at('g'), '')
  await refused(['--out', 'g'], /g exists, and is not the file of \S+s/)
  rmSync(at('g'))
  const whole = readFileSync(at('f'))
  for (const [changed, message] of [
    [`${whole}more`, /f is longer than the \d+ bytes that were written/],
    [whole.toString().toUpperCase(), /f is another file, or has changed, since it was written/],
  ] as const) {
    writeFileSync(at('f'), changed)
    await refused(['--out', 'f'], message)
    t.is(readFileSync(at('f'), 'utf8'), changed)
  }
  truncateSync(at('f'), 10)
  await refused(['--out', 'f'], /f is shorter: \d+ bytes of it were written before/)
  renameSync(at('f'), at('g'))
  await refused(['--out', 'f'], /f is missing: \d+ bytes/)
  writeFileSync(at('s'), JSON.stringify({ ...state, complete: false, out: { ...state.out, part: true } }))
  await refused([], /s is that of an export to f, which is not complete\nfinish it first, with --out f$/)
  await refused(['--out', 'h'], /which is not complete/)
  writeFileSync(at('s'), JSON.stringify(state))
  await request(url, `DELETE /${index}`)
  await request(url, `PUT /${index}`, { settings: { number_of_shards: 2, number_of_replicas: 0 } })
  await refused(['--out', 'h'], /the checkpoint does not fit: \S+ was created anew since/)
  await request(url, `POST /${index}/_close`)
  const closed = await exported('--out', 'h')
  t.deepEqual([closed.status, existsSync(at('h'))], [22, false], closed.stderr.join('\n'))
  await request(url, `DELETE /${index}`)
})

eachServer('an index that is closed and restored from a snapshot: 66', async (t, { url }) => {
  const index = await loaded(url, 20)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const exported = () => esconn(['export', index, '--state', 's', '--out', 'f'], { cwd })
  const done = async (line: string, body?: object) => {
    const { status, text } = await request(url, line, body)
    t.is(status, 200, text)
  }
  t.is((await exported()).status, 0)
  const { text } = await request(url, 'GET /_nodes/settings?filter_path=nodes.*.settings.path.repo')
  const [location] = /"[^"]*snapshots"/.exec(text) ?? []
  if (location === undefined) {
    t.log('the server has no directory for snapshots')
    return
  }
  const snapshot = `/_snapshot/${index}`
  await done(`PUT ${snapshot}`, { type: 'fs', settings: { location: `${JSON.parse(location)}/${index}` } })
  await done(`PUT ${snapshot}/one?wait_for_completion=true`, { indices: index })
  await write(url, index, [20])
  t.is((await exported()).status, 0)
  await done(`POST /${index}/_close`)
  await done(`POST ${snapshot}/one/_restore?wait_for_completion=true`, { indices: index })
  const { status, stderr } = await exported()
  t.is(status, 66)
  t.regex(stderr[0] ?? '', /the checkpoint does not fit: shard \d of \S+ was restored or made anew since$/)
  t.is(sorted(contents(cwd, 'f')).length, 21)
  await request(url, `DELETE /${index}`)
  await request(url, `DELETE ${snapshot}/one`)
  await request(url, `DELETE ${snapshot}`)
})

eachServer('files that must not be harmed', async (t, { url }) => {
  const index = await loaded(url, 20)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const exported = async (...argv: string[]) => {
    const { status, stderr } = await esconn(['export', index, '--format', 'ids', ...argv], { cwd })
    return [status, stderr[0]]
  }
  const same = '--out, --state and --plan must be different files, also with .part and .new at the end'
  t.deepEqual(await exported('--out', 'x', '--state', 'x'), [2, same])
  t.deepEqual(await exported('--out', 'x', '--state', 'x.part'), [2, same])
  writeFileSync(join(cwd, 'f'), 'mine', { mode: 0o640 })
  const message = `${join(cwd, 'f')} exists, and is not the file of ${join(cwd, 's')}`
  t.deepEqual(await exported('--out', 'f', '--state', 's'), [66, message])
  writeFileSync(join(cwd, 'f.part'), 'of an earlier run')
  const absent = await esconn(['export', `${index}-x`, '--out', 'f'], { cwd })
  t.deepEqual([absent.status, contents(cwd, 'f.part')], [22, 'of an earlier run'])
  t.is((await exported('--out', 'f'))[0], 0)
  t.is(statSync(join(cwd, 'f')).mode & 0o777, 0o640)
  const nothing = await esconn(['export', `${index}-x*`, '--out', 'f'], { cwd })
  t.deepEqual(
    [nothing.status, nothing.stderr.at(-1)],
    [66, `default: ${index}-x* matches no index: there is nothing to export`],
  )
  t.not(contents(cwd, 'f'), '', 'it is as it was')
  execFileSync('mkfifo', [join(cwd, 'pipe')])
  t.deepEqual(await exported('--state', 'pipe'), [
    2,
    `${join(cwd, 'pipe')} is no file, which a state must be`,
  ])
  const inUse = (file: string) => [66, `${join(cwd, file)} is in use by another run of esconn`]
  for (const file of ['s', 'f']) {
    const holder = createServer()
    await once(holder.listen(lockName(join(cwd, file))), 'listening')
    t.teardown(() => holder.close())
  }
  if (process.platform === 'linux' && !EXECUTABLE) {
    t.deepEqual(await exported('--state', 's'), inUse('s'))
    t.deepEqual(await exported('--out', 'f'), inUse('f'))
  }
  await request(url, `DELETE /${index}`)
})

eachServer('between the last save and the name of the file nothing is lost', async (t, { url }) => {
  const index = await loaded(url, 20)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const at = (name: string) => join(cwd, name)
  const exported = () => esconn(['export', index, '--state', 's', '--out', 'f', '--format', 'ids'], { cwd })
  t.is((await exported()).status, 0)
  const state = JSON.parse(readFileSync(at('s'), 'utf8'))
  const unnamed = JSON.stringify({ ...state, out: { ...state.out, part: true } })
  await write(url, index, [20])
  writeFileSync(at('s'), unnamed)
  t.is((await exported()).status, 0, 'renamed, but not saved')
  t.is(sorted(contents(cwd, 'f')).length, 21)
  const later = JSON.parse(readFileSync(at('s'), 'utf8'))
  renameSync(at('f'), at('f.part'))
  writeFileSync(at('s'), JSON.stringify({ ...later, out: { ...later.out, part: true } }))
  await write(url, index, [21])
  t.is((await exported()).status, 0, 'not yet renamed')
  t.is(sorted(contents(cwd, 'f')).length, 22)
  t.deepEqual(readdirSync(cwd).toSorted(), ['.esconnrc', 'f', 's'])
  await request(url, `DELETE /${index}`)
})

eachServer(
  'an interruption, or a full disk, keeps what was written and says how to go on',
  async (t, { url }) => {
    const index = await loaded(url, 3000)
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const argv = ['export', index, '--format', 'source', '--page', '20kB', '--state', 's']
    const whole = upTo(3000)
      .map(n => document(n))
      .toSorted()
    const child = start([...argv], { cwd })
    let printed = ''
    child.stdout?.setEncoding('utf8').on('data', text => {
      printed += text
      if (printed.length === text.length) child.kill('SIGINT')
    })
    const { signal, stderr } = await ended(child)
    t.is(signal, 'SIGINT')
    t.regex(
      stderr,
      /^esconn: default: \d+ documents? were printed; the same command goes on from there: it prints the rest, and may print the last of them again\n$/,
    )
    const rest = await esconn(argv, { cwd })
    t.is(rest.status, 0)
    t.regex(
      rest.stderr[0] ?? '',
      /^default: \S+s: goes on after \d+ documents?; only the rest is printed, and the last of them may come twice$/,
    )
    t.deepEqual([...new Set(sorted(printed.replace(/[^\n]*$/, '') + rest.stdout))].toSorted(), whole)
    rmSync(join(cwd, 's'))
    const toFile = [...argv, '--out', 'f']
    const limited = spawn('sh', ['-c', 'ulimit -f 200; exec "$@"', 'sh', ...ESCONN, ...toFile], { cwd })
    const outcome = await ended(limited)
    t.is(outcome.status, 23)
    const part = join(cwd, 'f.part')
    t.deepEqual(outcome.stderr.split('\n').slice(0, 2), [
      `esconn: default: what arrived is in ${part}; the same command goes on from there`,
      `esconn: ${part} could not be written: file size limit exceeded`,
    ])
    const stopped = start(toFile, { cwd })
    stopped.stderr?.once('data', () => stopped.kill('SIGTERM'))
    const ending = await ended(stopped)
    t.is(ending.signal, 'SIGTERM')
    t.regex(
      ending.stderr,
      /s: goes on after \d+ documents\n.*(?:what arrived is in \S+f\.part|nothing new arrived); the same command goes on/,
    )
    t.is((await esconn(toFile, { cwd })).status, 0)
    t.deepEqual(sorted(contents(cwd, 'f')), whole)
    await request(url, `DELETE /${index}`)
  },
)

eachServer('csv has its header once, and relative times are those of the first run', async (t, { url }) => {
  const index = uniqueName('state')
  const add = async (n: number, minutes: number) => {
    const time = new Date(Date.now() - minutes * 60_000).toISOString()
    await request(url, `POST /${index}/_doc/${n}`, { '@timestamp': time, n })
  }
  await add(1, 5)
  await add(2, 65)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const argv = [index, '--since', '1h', '--format', 'csv', '--fields', '_id,n', '--out', 'f', '--state', 's']
  const exported = () => esconn(['export', ...argv], { cwd })
  t.is((await exported()).status, 0)
  t.is(contents(cwd, 'f'), '_id,n\r\n1,1\r\n')
  const state = JSON.parse(readFileSync(join(cwd, 's'), 'utf8'))
  await add(3, 30)
  const { status, stderr } = await exported()
  t.is(status, 0, stderr.join('\n'))
  t.is(contents(cwd, 'f'), '_id,n\r\n1,1\r\n3,3\r\n')
  t.is(JSON.parse(readFileSync(join(cwd, 's'), 'utf8')).started, state.started)
  await request(url, `DELETE /${index}`)
})

eachServer('a plan, its parts, and what has changed since', async (t, { url }) => {
  const index = await loaded(url, 900)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const exported = async (...argv: string[]) => {
    const { status, stdout, stderr } = await esconn(['export', index, '--format', 'ids', ...argv], { cwd })
    t.is(status, 0, stderr.join('\n'))
    return { ids: stdout.split('\n').slice(0, -1).map(Number), stderr }
  }
  const unplanned = await Promise.all([0, 1].map(part => exported('--part', `${part}/2`)))
  t.regex(unplanned[0]?.stderr[0] ?? '', /^default: the parts fit together only while nothing is written/)
  t.deepEqual(
    unplanned.flatMap(({ ids }) => ids).toSorted((a, b) => a - b),
    upTo(900),
  )
  const { stderr } = await exported('--plan', 'p')
  t.deepEqual(stderr, ['default: planned: 2 shards; add --part I/N to read one of N parts of it'])
  await write(url, index, [3, 901])
  const parts = await Promise.all(
    [0, 1, 2].map(part => exported('--plan', 'p', '--part', `${part}/3`, '--state', `s${part}`)),
  )
  t.deepEqual(
    parts.flatMap(({ ids }) => ids).toSorted((a, b) => a - b),
    upTo(900).filter(n => n !== 3),
  )
  t.deepEqual(
    (await exported('--state', 'p')).ids.toSorted((a, b) => a - b),
    [3, 901],
  )
  const again = await esconn(['export', index, '--format', 'ids', '--plan', 'p'], { cwd })
  t.deepEqual([again.status, again.stderr[0]], [2, `${join(cwd, 'p')} exists already`])
  const none = await esconn(['export', index, '--plan', 'none', '--part', '0/2'], { cwd })
  t.deepEqual([none.status, none.stderr[0]], [66, `there is no plan ${join(cwd, 'none')}`])
  await request(url, `DELETE /${index}`)
})
