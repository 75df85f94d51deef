import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { gateway } from '../../support/gateway.ts'
import { ended, start } from '../../support/process.ts'

const eachServer = onServers(test)

/** Each hundredth is none that the target takes. */
const documentOf = (n: number, version = 0) =>
  `{"n":${n % 100 === 99 ? '"x"' : n},"version":${version},"text":"${'words '.repeat(20)}"}`

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

async function done(url: string, line: string, body?: string | object): Promise<string> {
  const { status, text } = await request(url, line, body)
  if (status >= 300) throw new Error(`${line}: ${status} ${text.slice(0, 500)}`)
  return text
}

async function write(url: string, index: string, numbers: readonly number[], version = 0): Promise<void> {
  const lines = numbers.map(n => `{"index":{"_id":"${n}"}}\n${documentOf(n, version)}\n`)
  await done(url, `POST /${index}/_bulk`, lines.join(''))
}

/** An index of two shards with so many documents, and one of the other cluster that does not take all of them. */
async function prepared(url: string, other: string, count: number): Promise<string> {
  const index = uniqueName('copied')
  const settings = { number_of_shards: 2, number_of_replicas: 0 }
  await done(url, `PUT /${index}`, { settings, mappings: { properties: { n: { type: 'keyword' } } } })
  await done(other, `PUT /${index}`, { settings, mappings: { properties: { n: { type: 'integer' } } } })
  await write(url, index, upTo(count))
  return index
}

/** The documents that the target takes, each with its version. */
async function versionsIn(url: string, index: string): Promise<string[]> {
  await done(url, `POST /${index}/_refresh`)
  const { hits } = JSON.parse(await done(url, `GET /${index}/_search?size=10000&_source=n,version`)).hits
  return hits
    .map(({ _source }: { _source: { n: unknown; version: number } }) => _source)
    .filter(({ n }: { n: unknown }) => n !== 'x')
    .map(({ n, version }: { n: number; version: number }) => `${n} ${version}`)
    .toSorted()
}

/** How many documents a state knows. */
const savedIn = (cwd: string): number =>
  existsSync(join(cwd, 's')) ? JSON.parse(readFileSync(join(cwd, 's'), 'utf8')).documents : 0

const isBulk = (line: string) => line.endsWith('/_bulk')

eachServer(
  'killed at many instants while the source changes, a copy has the last version of each document',
  async (t, { url }, next) => {
    const { url: other } = await next()
    const index = await prepared(url, other, 4000)
    let [version, kills, known, isDone, child] = [0, 0, 0, false, undefined as ChildProcess | undefined]
    /** Changes a document with each request, and kills a run that has saved more than the one before, before or after a request. */
    const node = await gateway(t, other, async ({ line, pass }) => {
      if (!isBulk(line) || isDone) return await pass()
      await write(url, index, [(version++ % 7) * 50], version)
      const victim = kills < 4 && savedIn(cwd) > known ? child : undefined
      if (victim === undefined && kills < 4) await sleep(100)
      if (kills % 2 === 0) victim?.kill('SIGKILL')
      const answer = await pass()
      victim?.kill('SIGKILL')
      return answer
    })
    const cwd = configured(t, { aliases: { default: { node: url }, to: { node } } })
    const flags = ['--state', 's', '--rejects', 'r', '--page', '20kB', '--batch', '2kB']
    const argv = ['copy', index, `to:${index}`, ...flags]
    for (; !isDone; known = savedIn(cwd)) {
      const running = start(argv, { cwd })
      child = running
      const { signal, status, stderr } = await ended(running)
      isDone = signal === null
      if (isDone) t.is(status, 3, stderr)
      if (kills > 0) t.regex(stderr, /^esconn: to: goes on after [1-9]\d* documents$/m)
      if (isDone)
        t.regex(stderr, /, 40 rejected, .*\n.*to: incomplete: 40 documents rejected\n.*\/r, and import/)
      else kills++
    }
    t.true(kills >= 3, `${kills}`)
    const rejected = readFileSync(join(cwd, 'r'), 'utf8').split('\n').slice(0, -1)
    t.deepEqual(
      rejected.map(line => JSON.parse(line)._id).toSorted(),
      upTo(40)
        .map(n => `${n}99`.replace(/^0/, ''))
        .toSorted(),
      'each once',
    )
    await write(url, index, [1, 2, 5000], 99)
    const later = await esconn(argv, { cwd })
    t.deepEqual([later.status, later.stderr.length], [0, 1], later.stderr.join('\n'))
    t.regex(later.stderr[0] ?? '', /^to: \d{1,2} documents read/, 'only what has changed')
    t.deepEqual(await versionsIn(other, index), await versionsIn(url, index))
    t.regex((await esconn(argv, { cwd })).stderr[0] ?? '', /^to: 0 documents read/)
    for (const one of [url, other]) await request(one, `DELETE /${index}`)
  },
)

eachServer('Ctrl-C: what is done is told, and the same command goes on', async (t, { url }, next) => {
  const { url: other } = await next()
  const index = uniqueName('interrupted')
  await write(url, index, upTo(99))
  let [batches, child] = [0, undefined as ChildProcess | undefined]
  const node = await gateway(t, other, async ({ line, pass }) => {
    if (isBulk(line) && ++batches === 9) child?.kill('SIGINT')
    return await pass()
  })
  const cwd = configured(t, { aliases: { default: { node: url }, to: { node } } })
  const argv = ['copy', index, 'to:*', '--state', 's']
  const interrupted = start([...argv, '--batch', '1kB'], { cwd })
  child = interrupted
  const { signal, stderr } = await ended(interrupted)
  t.is(signal, 'SIGINT')
  t.regex(stderr, /^esconn: to: \d+ documents? read, \d+ written, .*; the same command goes on from there$/m)
  t.like(JSON.parse(readFileSync(join(cwd, 's'), 'utf8')), { complete: false, rejected: 0 })
  const { status, stderr: said } = await esconn(argv, { cwd })
  t.is(status, 0, said.join('\n'))
  t.deepEqual(await versionsIn(other, index), await versionsIn(url, index))
  for (const one of [url, other]) await request(one, `DELETE /${index}`)
})

eachServer('what a state refuses, and leaves as it is', async (t, { url }, next) => {
  const { url: other } = await next()
  const index = await prepared(url, other, 20)
  const cwd = configured(t, { aliases: { default: { node: url }, to: { node: other } } })
  const state = join(cwd, 's')
  const copied = (...argv: string[]) => esconn(['copy', ...argv, '--state', 's'], { cwd })
  t.is((await copied(index, `to:${index}`)).status, 0)
  const before = readFileSync(state, 'utf8')
  const refused = async (argv: string[], message: RegExp) => {
    const { status, stderr } = await copied(...argv)
    t.is(status, 66)
    t.regex(stderr.join('\n'), message)
    t.is(readFileSync(state, 'utf8'), before)
  }
  await refused([index, 'to:another'], /its to is to:\S+, here it is to:another\n/)
  await refused([index, `to:${index}`, '--term', 'n=1'], /its query is \{\}, here it is \{"query"/)
  await request(other, `DELETE /${index}`)
  await refused(
    [index, `to:${index}`],
    /^to: there is no index \S+, to which an earlier run has written\nbegin anew/,
  )
  t.is((await request(other, `GET /${index}`)).status, 404)
  const dry = await esconn(['copy', index, `to:${index}`, '--state', 'new', '--dry-run'], { cwd })
  t.deepEqual([dry.status, existsSync(join(cwd, 'new'))], [0, false])
  writeFileSync(state, before.replace('"command": "copy"', '"command": "export"'))
  t.regex((await copied(index, `to:${index}`)).stderr[0] ?? '', /its command is export, here it is copy$/)
  await request(url, `DELETE /${index}`)
})
