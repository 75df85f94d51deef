import { quoted } from '../config/shell.ts'
import { visible } from '../hits/visible.ts'
import type { Sketch } from '../wire/rehearsal.ts'
import type { Globals } from './globals.ts'
import type { Output } from './io.ts'

/** What prints a request in place of sending it, where that is wanted. */
export function rehearser(
  { curl, dryRun }: Pick<Globals, 'curl' | 'dryRun'>,
  out: Output,
): ((sketch: Sketch) => Promise<void>) | undefined {
  if (!(curl || dryRun)) return undefined
  return async sketch => {
    if (curl) return await out.write(`${curlOf(sketch)}\n`)
    await out.write(headOf(sketch))
    if (sketch.body !== undefined)
      await out.write(Buffer.concat([Buffer.from(sketch.body), Buffer.from('\n')]))
  }
}

/** The request as HTTP has it. */
function headOf({ method, url, headers, body }: Sketch): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${[`${method} ${url}`, ...lines].map(visible).join('\n')}\n${body === undefined ? '' : '\n'}`
}

/** The request as a command line of curl, to be run once what is redacted is filled in. */
function curlOf(sketch: Sketch): string {
  const { url, body, proxy, target } = sketch
  const words = [
    ['curl', '-gsS', ...methodOf(sketch)],
    loginOf(sketch),
    trustOf(sketch),
    proxy ? ['-p', '-x', proxy] : [],
    headersOf(sketch),
    target.compression ? ['--compressed'] : [],
    [url],
    body === undefined ? [] : ['--data-binary', Buffer.from(body).toString()],
  ]
  return words.flat().map(quoted).join(' ')
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
  return sent.flatMap(([name, value]) => ['-H', `${name}: ${value}`])
}

const isSigned = ({ target: { auth } }: Sketch): boolean => auth !== undefined && 'aws' in auth

function awsOf({ target: { auth } }: Sketch): string {
  return auth && 'aws' in auth ? `aws:amz:${auth.aws.region}:${auth.aws.service}` : ''
}
