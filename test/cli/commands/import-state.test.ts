import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { gateway } from '../../support/gateway.ts'
import { ESCONN, ended, start } from '../../support/process.ts'

const eachServer = onServers(test)

/** Each hundredth is none that the index takes. */
const lineOf = (n: number) => `{"n":${n % 100 === 99 ? '"x"' : n},"text":"${'words '.repeat(20)}"}`

const lines = Array.from({ length: 4000 }, (_, n) => lineOf(n))

async function prepared(url: string): Promise<string> {
  const index = uniqueName('import')
  const settings = { number_of_shards: 2, number_of_replicas: 0 }
  await request(url, `PUT /${index}`, { settings, mappings: { properties: { n: { type: 'integer' } } } })
  return index
}

/** The values of the field `n`. */
async function numbersIn(url: string, index: string): Promise<number[]> {
  await request(url, `POST /${index}/_refresh`)
  const { text } = await request(url, `GET /${index}/_search?size=10000&_source=n`)
  return JSON.parse(text)
    .hits.hits.map((hit: { _source: { n: number } }) => hit._source.n)
    .toSorted((a: number, b: number) => a - b)
}

const taken = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => from + n).filter(n => n % 100 !== 99)

/** The lines of a file with rejects, and the documents in them. */
const rejectsIn = (cwd: string) =>
  readFileSync(join(cwd, 'r'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(text => JSON.parse(text).line)

for (const name of ['docs', 'docs.gz'])
  eachServer(`killed at many instants, an import of ${name} has each document once`, async (t, { url }) => {
    const index = await prepared(url)
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const text = `${lines.join('\n')}\n`
    writeFileSync(join(cwd, name), name === 'docs' ? text : gzipSync(text))
    const argv = [
      'import',
      index,
      name,
      '--state',
      's',
      '--rejects',
      'r',
      '--batch',
      '8kB',
      '--parallel',
      '2',
    ]
    let kills = 0
    for (let isDone = false; !isDone; ) {
      const child = start(argv, { cwd })
      const killing = sleep(kills < 6 ? 250 + 150 * kills : 60_000, undefined, { ref: false }).then(() =>
        child.kill('SIGKILL'),
      )
      const { signal, status, stderr } = await ended(child)
      killing.catch(() => {})
      isDone = signal === null
      if (!isDone) kills++
      else t.is(status, 3, stderr)
    }
    t.true(kills >= 3, `${kills}`)
    t.deepEqual(await numbersIn(url, index), taken(0, 4000))
    t.deepEqual(
      rejectsIn(cwd),
      Array.from({ length: 40 }, (_, n) => 100 * (n + 1)),
      'in the order of the lines',
    )
    const more = Array.from({ length: 10 }, (_, n) => lineOf(4000 + n)).join('\n')
    appendFileSync(join(cwd, name), name === 'docs' ? more : gzipSync(more))
    const { status, stderr } = await esconn(argv, { cwd })
    t.deepEqual([status, stderr.length], [0, 1])
    t.regex(stderr[0] ?? '', /^default: 10 documents written, \d/)
    t.deepEqual(await numbersIn(url, index), taken(0, 4010), 'what was added later')
    t.false(existsSync(join(cwd, 'r.part')))
    await request(url, `DELETE /${index}`)
  })

eachServer('what a state refuses, and how an import goes on', async (t, { url }) => {
  const index = await prepared(url)
  const cwd = configured(t, { aliases: { default: { node: url, indices: { own: index } } } })
  const at = (name: string) => join(cwd, name)
  writeFileSync(at('docs'), `${lines.slice(0, 50).join('\n')}\n{"n":`)
  const imported = (...argv: string[]) => esconn(['import', 'own', ...argv], { cwd })
  const broken = await imported('docs', '--state', 's', '--op', 'create', '--id-field', 'n')
  t.is(broken.status, 66)
  t.regex(
    broken.stderr[0] ?? '',
    /^default: 50 documents written, .*; done up to line 50; the same command goes on from there$/,
  )
  const before = readFileSync(at('s'), 'utf8')
  const refused = async (argv: string[], status: number, message: RegExp) => {
    const result = await imported(...argv)
    t.deepEqual([result.status, result.stdout], [status, ''])
    t.regex(result.stderr.join('\n'), message)
    t.is(readFileSync(at('s'), 'utf8'), before)
  }
  const flags = ['--state', 's', '--op', 'create', '--id-field', 'n']
  await refused(
    ['docs', '--state', 's'],
    66,
    /s belongs to something else: its op is create, here it is index/,
  )
  writeFileSync(at('other'), `${lines.slice(1, 60).join('\n')}\n`)
  await refused(
    ['other', ...flags],
    66,
    /^other is not the file that was imported with \S+s, or has changed since\nname another/,
  )
  await refused(
    ['-', ...flags],
    2,
    /^--state is for a file: standard input cannot be read again after a failure$/,
  )
  writeFileSync(at('docs'), `${lines.slice(0, 40).join('\n')}\n`)
  await refused(['docs', ...flags], 66, /^docs is not the file/)
  writeFileSync(at('docs'), `${lines.slice(0, 50).join('\n')}\n{"n":50}\n`)
  const longer = await imported('docs', ...flags)
  t.is(longer.status, 0, longer.stderr.join('\n'))
  t.is(longer.stderr[0], 'default: goes on after line 50')
  t.regex(longer.stderr[1] ?? '', /^default: 1 document written/)
  t.deepEqual(await numbersIn(url, index), taken(0, 51))
  writeFileSync(at('bad'), `${lineOf(99)}\n`.repeat(30))
  const argv = ['import', 'own', 'bad', '--state', 'bad-state', '--rejects', 'r']
  const limited = spawn('sh', ['-c', 'ulimit -f 2; exec "$@"', 'sh', ...ESCONN, ...argv], { cwd })
  const full = await ended(limited)
  t.is(full.status, 23, full.stderr)
  t.regex(full.stderr, /r\.part could not be written: file size limit exceeded/)
  t.is((await esconn(argv, { cwd })).status, 3)
  t.deepEqual(
    rejectsIn(cwd),
    Array.from({ length: 30 }, (_, n) => n + 1),
  )
  await request(url, `DELETE /${index}`)
})

eachServer('Ctrl-C: what is done is told, and the same command goes on', async (t, { url }) => {
  const index = await prepared(url)
  let batches = 0
  let child: ChildProcess | undefined
  const node = await gateway(t, url, async ({ line, pass }) => {
    if (line.endsWith('/_bulk') && ++batches === 4) child?.kill('SIGINT')
    return await pass()
  })
  const cwd = configured(t, { aliases: { default: { node } } })
  writeFileSync(join(cwd, 'docs'), lines.join('\n'))
  const argv = ['import', index, 'docs', '--state', 's', '--skip-malformed', '--rejects', 'r']
  const interrupted = start([...argv, '--batch', '2kB', '--parallel', '1'], { cwd })
  child = interrupted
  const { signal, stderr } = await ended(interrupted)
  t.is(signal, 'SIGINT')
  t.regex(stderr, /^esconn: default: \d+ documents written, .*; the same command goes on from there/)
  const { status } = await esconn(argv, { cwd })
  t.is(status, 3)
  t.deepEqual(await numbersIn(url, index), taken(0, 4000))
  await request(url, `DELETE /${index}`)
})

eachServer('what an earlier run has lost is not forgotten', async (t, { url }) => {
  const index = await prepared(url)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  writeFileSync(join(cwd, 'docs'), `${lineOf(0)}\n${lineOf(99)}\n`)
  const imported = (file: string, ...argv: string[]) => esconn(['import', index, file, ...argv], { cwd })
  const first = await imported('docs', '--state', 's')
  t.is(first.status, 3)
  t.regex(first.stderr.at(-1) ?? '', /^--rejects FILE keeps them, with another --state, to be repaired/)
  const kept = await imported('docs', '--state', 's', '--rejects', 'r')
  t.deepEqual(
    [kept.status, kept.stderr.at(-1)],
    [66, 'begin anew, with another --state and with --rejects'],
    'the state stands behind it',
  )
  t.is((await imported('docs', '--state', 's')).status, 3, 'it is still not there')
  t.is((await imported('docs', '--state', 's2', '--rejects', 'r')).status, 3)
  t.is((await imported('docs', '--state', 's2', '--rejects', 'r')).status, 0, 'it is kept')

  const hits = ['one', 'two'].map(name => `{"_index":"${name}","_id":"1","_source":{"n":1}}\n`)
  writeFileSync(join(cwd, 'hits'), hits.join(''))
  for (const _ of ['the first line of the other index', 'the same again'])
    t.is((await imported('hits', '--lines', 'hits', '--state', 'h')).status, 2)

  await request(url, `DELETE /${index}`)
  const gone = await imported('docs', '--state', 's2', '--rejects', 'r')
  t.is(gone.status, 66)
  t.regex(gone.stderr.at(-2) ?? '', /^default: there is no index \S+, to which an earlier run has written$/)
  await request(url, `PUT /${index}`)
  t.regex(
    (await imported('docs', '--state', 's2', '--rejects', 'r')).stderr.at(-2) ?? '',
    /^default: not the same/,
  )
  await request(url, `DELETE /${index}`)
})

eachServer('of two imports with one state only one works', async (t, { url }) => {
  const index = await prepared(url)
  let others: Promise<unknown>[] = []
  const node = await gateway(t, url, async ({ line, pass }) => {
    if (!line.endsWith('/_bulk')) return await pass()
    if (others.length === 0) others = [esconn(argv, { cwd })]
    await Promise.all(others)
    return await pass()
  })
  const cwd = configured(t, { aliases: { default: { node } } })
  writeFileSync(join(cwd, 'docs'), lines.slice(0, 50).join('\n'))
  const argv = ['import', index, 'docs', '--state', 's']
  t.is((await esconn(argv, { cwd })).status, 0)
  t.like((await others[0]) as object, { status: 66 })
  t.deepEqual(await numbersIn(url, index), taken(0, 50))
  await request(url, `DELETE /${index}`)
})
