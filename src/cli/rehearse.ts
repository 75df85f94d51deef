import { quoted } from '../config/shell.ts'
import { visible } from '../hits/visible.ts'
import type { Sketch } from '../wire/rehearsal.ts'
import type { Globals } from './globals.ts'
import type { Output, Talk } from './io.ts'

/** What prints a request in place of sending it, where that is wanted. */
export function rehearser(
  { curl, dryRun }: Pick<Globals, 'curl' | 'dryRun'>,
  out: Output,
  talk: Talk,
): ((sketch: Sketch) => Promise<void>) | undefined {
  if (!(curl || dryRun)) return undefined
  return async sketch => {
    if (curl) {
      if (sketch.target.tls.caFingerprint !== undefined) talk.say(NO_FINGERPRINT)
      return await out.write(`${curlOf(sketch)}\n`)
    }
    await out.write(headOf(sketch))
    if (sketch.body !== undefined) await out.write(bodyOf(sketch.body, out))
  }
}

const NO_FINGERPRINT =
  'curl cannot trust by `tls.caFingerprint`: it needs --cacert with the PEM file of that certificate'

/** Its very bytes, unless a terminal would take them for commands. */
function bodyOf(body: string | Uint8Array, out: Output): Uint8Array {
  const text = out.isTerminal ? Buffer.from(body).toString().split('\n').map(visible).join('\n') : body
  return Buffer.concat([Buffer.from(text), Buffer.from('\n')])
}

/** The request as HTTP has it. */
function headOf({ method, url, headers, body }: Sketch): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${[`${method} ${url}`, ...lines].map(visible).join('\n')}\n${body === undefined ? '' : '\n'}`
}

/** The request as a command line of curl, to be run once what is redacted is filled in. */
function curlOf(sketch: Sketch): string {
  const { body, proxy, target } = sketch
  const { url, path } = directed(sketch)
  const words = [
    ['curl', '-gsS', ...methodOf(sketch)],
    loginOf(sketch),
    trustOf(sketch),
    path,
    proxy ? ['-p', '-x', proxy] : [],
    headersOf(sketch),
    target.compression ? ['--compressed'] : [],
    [url],
    body === undefined ? [] : ['--data-binary', Buffer.from(body).toString()],
  ]
  return words.flat().map(quoted).join(' ')
}

/** curl judges a certificate by the host of the URL alone, which may then stand for another. */
function directed({ url, target: { tls } }: Sketch): { url: string; path: string[] } {
  if (tls.serverName === undefined || !url.startsWith('https:')) return { url, path: [] }
  const node = new URL(url)
  const port = node.port || '443'
  return {
    url: url.replace(node.host, `${tls.serverName}:${port}`),
    path: ['--connect-to', `${tls.serverName}:${port}:${node.hostname}:${port}`],
  }
}

/** curl posts what has a body. */
const methodOf = ({ method, body }: Sketch): string[] =>
  method === (body === undefined ? 'GET' : 'POST') ? [] : ['-X', method]

function loginOf(sketch: Sketch): string[] {
  if (isSigned(sketch)) return ['--aws-sigv4', awsOf(sketch), '-u', '[redacted]']
  return sketch.user ? ['-u', sketch.user] : []
}

function trustOf({ target: { tls } }: Sketch): string[] {
  const { ca, cert, key } = tls.files ?? {}
  return [
    tls.verify ? [] : ['-k'],
    ca ? ['--cacert', ca] : [],
    cert && key ? ['--cert', cert, '--key', key] : [],
    tls.passphrase === undefined ? [] : ['--pass', '[redacted]'],
  ].flat()
}

/** curl makes the header of a login by itself. */
function headersOf(sketch: Sketch): string[] {
  const own = sketch.user !== undefined || isSigned(sketch)
  const sent = Object.entries(sketch.headers).filter(([name]) => !(own && name === 'authorization'))
  const token = hasToken(sketch) ? ['-H', 'x-amz-security-token: [redacted]'] : []
  return [...sent.flatMap(([name, value]) => ['-H', `${name}: ${value}`]), ...token]
}

const isSigned = ({ target: { auth } }: Sketch): boolean => auth !== undefined && 'aws' in auth

const hasToken = ({ target: { auth } }: Sketch): boolean =>
  auth !== undefined && 'aws' in auth && auth.aws.credentials.sessionToken !== undefined

function awsOf({ target: { auth } }: Sketch): string {
  return auth && 'aws' in auth ? `aws:amz:${auth.aws.region}:${auth.aws.service}` : ''
}
