import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ExecutionContext } from 'ava'
import { configured } from './configured.ts'
import { ended, PEAK, start } from './process.ts'
import { JSON_TYPE } from './raw.ts'

const PIECE = Buffer.from(`{"_source":{"n":9007199254740993,"s":"${'x'.repeat(65_000)}"}},`)

/** JSON of this many pieces, each of 65 KB. */
const longJson = (pieces: number): Readable =>
  Readable.from(
    (function* () {
      yield Buffer.from('{"hits":{"hits":[')
      for (let n = 0; n < pieces; n++) yield PIECE
      yield Buffer.from('{}]}}')
    })(),
  )

async function hashOf(stream: NodeJS.ReadableStream): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(stream, hash)
  return hash.digest('hex')
}

/** Answers GET with such JSON, and anything else with the hash of what it received. */
const server =
  (pieces: number): RequestListener =>
  async (request, response) => {
    response.writeHead(200, JSON_TYPE)
    if (request.method === 'GET') await pipeline(longJson(pieces), response)
    else response.end(JSON.stringify(await hashOf(request)))
  }

/** Sends and receives such JSON by the command `request`; the process must stay below `peak`, in MiB. */
export async function staysFlat(t: ExecutionContext, pieces: number, peak: number): Promise<void> {
  const http = createServer(server(pieces))
  await once(http.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => http.close().closeAllConnections())
  const cwd = configured(t, {
    aliases: { default: { node: `http://127.0.0.1:${(http.address() as AddressInfo).port}` } },
  })
  const expected = await hashOf(longJson(pieces))
  const run = async (...argv: string[]) => {
    const child = start(['request', '--max-size', '4GiB', ...argv], {
      cwd,
      env: PEAK,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const end = ended(child)
    if (argv.includes('-')) await pipeline(longJson(pieces), child.stdin as NodeJS.WritableStream)
    else child.stdin?.end()
    return { child, end }
  }
  const received = await run('GET', '/_search')
  t.is(await hashOf(received.child.stdout as Readable), expected)
  const sent = await run('POST', '/_bulk', '--body', '-')
  const hash = createHash('sha256').update(JSON.stringify(expected)).digest('hex')
  t.is(await hashOf(sent.child.stdout as Readable), hash)
  for (const { end } of [received, sent]) {
    const { status, stderr } = await end
    t.is(status, 0, stderr)
    t.true(Number(stderr) / 1024 < peak, `${stderr.trim()} KiB`)
  }
}
