import { type IncomingHttpHeaders, type IncomingMessage, request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { text } from 'node:stream/consumers'

interface PlainReply {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** One request, written like `PUT /entries/_doc/1`; any status is returned. */
export async function request(url: string, line: string, body?: string | object): Promise<PlainReply> {
  const [method, path] = line.split(' ', 2)
  const content = typeof body === 'object' ? JSON.stringify(body) : body
  const headers =
    content === undefined
      ? {}
      : { 'content-type': contentType(path ?? ''), 'content-length': Buffer.byteLength(content) }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.startsWith('https:') ? secure : plain
    const outgoing = send(new URL(url.replace(/\/$/, '') + path), { method, headers }, resolve)
    outgoing.on('error', reject).end(content)
  })
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) }
}

const contentType = (path: string) =>
  /\/_(bulk|msearch)\b/.test(path) ? 'application/x-ndjson' : 'application/json'

/** Indexes documents, each one line of JSON that stays byte for byte; they can be searched afterwards. */
export async function load(url: string, index: string, documents: readonly string[]): Promise<void> {
  const lines = documents.map((document, at) => `{"index":{"_id":"${at}"}}\n${document}\n`)
  const reply = await request(url, `POST /${index}/_bulk?refresh=true`, lines.join(''))
  if (reply.status !== 200 || JSON.parse(reply.text).errors !== false) {
    throw new Error(`${index} was not loaded: ${reply.status} ${reply.text.slice(0, 1000)}`)
  }
}
