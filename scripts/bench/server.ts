// The server of the bench, in a process of its own: `server.ts MEGABYTES` answers from memory until its parent ends.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { largeResponse, page, tenHits } from './response.ts'

/** Of Elasticsearch's chunks, and its default level of compression. */
const [CHUNK, LEVEL] = [2 ** 18, 3]

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown

const megabytes = Number(process.argv[2])
const large = largeResponse(megabytes)
let compressed: Buffer | undefined

/** By the first segment of the path: the index, which says how its response is sent. */
const ANSWERS: Record<string, Answer> = {
  '': whole(Buffer.from('{"version":{"number":"9.5.3"}}')),
  ten: whole(tenHits()),
  length: whole(large),
  chunked: response => pipeline(Readable.from(chunks()), response),
  gzip: (...exchange) => {
    compressed ??= gzipSync(large, { level: LEVEL })
    whole(compressed, { 'content-encoding': 'gzip' })(...exchange)
  },
  scroll: response => response.end(page(megabytes, undefined)),
  _search: async (response, request) => {
    const { scroll_id } = (await json(request)) as { scroll_id: string }
    response.end(page(megabytes, scroll_id))
  },
}

function whole(body: Buffer, headers = {}): Answer {
  return response => response.writeHead(200, { ...headers, 'content-length': body.length }).end(body)
}

function* chunks(): Generator<Buffer> {
  for (let at = 0; at < large.length; at += CHUNK) yield large.subarray(at, at + CHUNK)
}

const server = createServer((request, response) => {
  const [, index = ''] = request.url?.split(/[/?]/) ?? []
  response.setHeader('content-type', 'application/json')
  response.setHeader('x-elastic-product', 'Elasticsearch')
  ANSWERS[index]?.(response, request)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
