import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { HeapProfiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import test, { type ExecutionContext } from 'ava'
import { Lines } from '../src/cli/output/lines.ts'
import { readBatches } from '../src/hits/batches.ts'
import { configured } from './support/configured.ts'
import { EXECUTABLE, ended, PEAK, start } from './support/process.ts'
import { JSON_TYPE } from './support/raw.ts'

const HIT = `{"_index":"logs","_id":"1","_score":1.0,"_source":{"message":"${'words \\"and\\" more '.repeat(30)}","n":9007199254740993,"host":{"name":"é"}}}`
const HEAD =
  '{"took":1,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"hits":['
const IN_A_PIECE = 400

/** A response of about that many bytes, in pieces such as a socket gives them. */
function* response(size: number): Generator<Buffer> {
  const piece = Buffer.from(`${HIT},`.repeat(IN_A_PIECE))
  yield Buffer.from(HEAD)
  for (let sent = 0; sent < size; sent += piece.length) yield piece
  yield Buffer.from('{}]}}')
}

const MB = 1_000_000

test('a hit that is printed as it came takes a few bytes of memory', async t => {
  const printed = async (size: number) => {
    const lines = new Lines()
    let hits = 0
    for await (const { runs, count } of readBatches(Readable.from(response(size)))) {
      lines.of(runs)
      hits += count
    }
    return hits
  }
  await printed(10 * MB) // what is made once
  const allocated = await allocatedBy(() => printed(100 * MB))
  const perHit = allocated.bytes / allocated.result
  t.true(allocated.result > 100_000)
  t.true(perHit < 90, `${perHit.toFixed(1)} bytes a hit`)
})

/** How much memory a function takes of the heap, what is given back included. */
async function allocatedBy<Result>(work: () => Promise<Result>): Promise<{ result: Result; bytes: number }> {
  const session = new Session()
  session.connect()
  const all = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
  await session.post('HeapProfiler.startSampling', { samplingInterval: 1024, ...all })
  const result = await work()
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  return { result, bytes: sizeOf(profile.head) }
}

const sizeOf = ({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number =>
  children.reduce((sum, child) => sum + sizeOf(child), selfSize)

/** The peak memory, in MiB, of a search that prints a response of this size. */
async function peakOf(t: ExecutionContext, size: number): Promise<number> {
  const send = (reply: ServerResponse) =>
    pipeline(Readable.from(response(size)), reply.writeHead(200, JSON_TYPE))
  const server = createServer((_, reply) => void send(reply).catch(() => {}))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const cwd = configured(t, { aliases: { default: { node: `http://127.0.0.1:${port}` } } })
  const child = start(['search', 'logs'], { cwd, env: PEAK })
  let printed = 0
  child.stdout?.on('data', chunk => {
    printed += chunk.length
  })
  const { status, stderr } = await ended(child)
  t.is(status, 0, stderr)
  t.true(printed > size)
  return Number(stderr) / 1024
}

/** In MiB; the executable's runtime lets its heap grow further before it looks for garbage. */
const [MOST, MORE] = EXECUTABLE ? [150, 60] : [120, 40]

test('a response of 1 GB takes as little memory as one of 100 MB', async t => {
  const [small, large] = [await peakOf(t, 100 * MB), await peakOf(t, 1000 * MB)]
  t.true(large < MOST && large - small < MORE, `${small} MiB, then ${large} MiB`)
})
