import type { ReadStream } from 'node:fs'
import { REDACTED } from '../../config/secrets/secret-headers.ts'
import type { Connection } from '../../connection.ts'
import { escapeControls, escapeLines, shellQuote } from '../../text.ts'
import { isStream, type StreamCall } from '../../wire/exchange.ts'
import type { RequestPreview } from '../../wire/preview.ts'
import type { Context } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import type { Output } from './streams.ts'

/** Prints a request instead of sending it, as HTTP or as a command line of curl. */
export async function printRequest(
  { globals, out, messages, exchangeOptions: exchange }: Context,
  { transport }: Connection,
  call: StreamCall,
): Promise<number> {
  const preview = await transport.preview(call, exchange)
  if (globals.curl) {
    if (preview.settings.tls.caFingerprint !== undefined) messages.print(FINGERPRINT_NOTE)
    if (isSigned(preview)) messages.print(TOKEN_NOTE)
    await out.write(`${curlOf(preview)}\n`)
  } else {
    await out.write(headOf(preview))
    await printBytes(preview.body, out)
  }
  return COMPLETE
}

const FINGERPRINT_NOTE =
  'curl has no option for `tls.caFingerprint`: use --cacert with the PEM file of that certificate'

const TOKEN_NOTE =
  'leave x-amz-security-token out for AWS keys that have no session token; `aws configure export-credentials` prints both'

/** The body's own bytes and a line feed, except for control characters on a terminal. */
async function printBytes(body: RequestPreview['body'], out: Output): Promise<void> {
  if (body === undefined) return
  for await (const part of isStream(body) ? body : [Buffer.from(body)])
    await out.write(out.isTerminal ? escapeLines(part.toString()) : part)
  await out.write('\n')
}

/** Request line and headers, as in HTTP. */
function headOf({ method, url, headers, body }: RequestPreview): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${[`${method} ${url}`, ...lines].map(escapeControls).join('\n')}\n${body === undefined ? '' : '\n'}`
}

/** The request as a curl command, to be run once the redacted parts are filled in. */
function curlOf(preview: RequestPreview): string {
  const { body, proxy, settings } = preview
  const { url, path } = connectToOptions(preview)
  const words = [
    ['curl', '-gsS', ...methodOf(preview)],
    loginOf(preview),
    trustOf(preview),
    path,
    proxy ? ['-p', '-x', proxy] : [],
    headersOf(preview),
    settings.compression ? ['--compressed'] : [],
    [url],
    body === undefined ? [] : ['--data-binary', dataOf(body)],
  ]
  return words.flat().map(shellQuote).join(' ')
}

/** curl checks a certificate against the host in the URL, so `tls.serverName` goes there and the node to --connect-to. */
function connectToOptions({ url, settings: { tls } }: RequestPreview): { url: string; path: string[] } {
  if (tls.serverName === undefined || !url.startsWith('https:')) return { url, path: [] }
  const node = new URL(url)
  const port = node.port || '443'
  return {
    url: url.replace(node.host, `${tls.serverName}:${port}`),
    path: ['--connect-to', `${tls.serverName}:${port}:${node.hostname}:${port}`],
  }
}

/** What curl reads the body from: a long one is in a file, or comes from standard input. */
const dataOf = (body: NonNullable<RequestPreview['body']>): string =>
  isStream(body) ? `@${(body as Partial<ReadStream>).path ?? '-'}` : Buffer.from(body).toString()

/** curl sends POST where there is a body, and waits for one after `-X HEAD`. */
function methodOf({ method, body }: RequestPreview): string[] {
  if (method === (body === undefined ? 'GET' : 'POST')) return []
  return method === 'HEAD' ? ['-I'] : ['-X', method]
}

function loginOf(preview: RequestPreview): string[] {
  if (isSigned(preview)) return ['--aws-sigv4', awsOf(preview), '-u', REDACTED]
  return preview.user ? ['-u', preview.user] : []
}

function trustOf({ settings: { tls } }: RequestPreview): string[] {
  const { ca, cert, key } = tls.files ?? {}
  return [
    tls.verify ? [] : ['-k'],
    ca ? ['--cacert', ca] : [],
    cert && key ? ['--cert', cert, '--key', key] : [],
    tls.passphrase === undefined ? [] : ['--pass', REDACTED],
  ].flat()
}

/** curl makes the authorization header itself. */
function headersOf(preview: RequestPreview): string[] {
  const own = preview.user !== undefined || isSigned(preview)
  const sent = Object.entries(preview.headers).filter(([name]) => !(own && name === 'authorization'))
  const token = isSigned(preview) ? ['-H', `x-amz-security-token: ${REDACTED}`] : []
  return [...sent.flatMap(([name, value]) => ['-H', `${name}: ${value}`]), ...token]
}

const isSigned = ({ settings: { auth } }: RequestPreview): boolean => auth !== undefined && 'aws' in auth

function awsOf({ settings: { auth } }: RequestPreview): string {
  return auth && 'aws' in auth ? `aws:amz:${auth.aws.region}:${auth.aws.service}` : ''
}
