import { EsconnError, type Fault, WireError } from '../errors.ts'
import { handshake, isRefusal } from './handshake.ts'
import { untrusted } from './untrusted.ts'

/** An error of Node's sockets, TLS, HTTP parser or zlib. */
type RawError = Error & { code?: string; syscall?: string; rawPacket?: Buffer }

/** When the error came: before the connection stood, before the head of the reply, or while its body was read. */
export type Phase = 'connect' | 'request' | 'body'

interface Judgement {
  fault: Fault
  words: string
  advice?: string | undefined
}

/** Turns what Node says of a broken request to `node` (its URL) into what it means for the user. */
export function failure(raw: unknown, node: string, phase: Phase): EsconnError {
  if (raw instanceof EsconnError) return raw
  const error = raw as RawError
  const { fault, words, advice } = JUDGES[phase](error, node)
  return new WireError(fault, `${node}: ${words}`, { cause: error, advice })
}

/** What is said of the way to a node only holds until the connection stands: then the request may have arrived. */
const JUDGES: Record<Phase, (error: RawError, node: string) => Judgement> = {
  connect: (error, node) => aborted(error) ?? onTheWay(error) ?? beforeTheReply(error, node),
  request: (error, node) => aborted(error) ?? beforeTheReply(error, node),
  body: error => aborted(error) ?? inTheBody(error),
}

function aborted({ name }: RawError): Judgement | undefined {
  return name === 'AbortError' ? { fault: 'aborted', words: 'the request was aborted' } : undefined
}

function onTheWay(error: RawError): Judgement | undefined {
  const { code = '' } = error
  if (UNRESOLVED.has(code)) {
    const advice = 'check the name in `node` of the alias'
    return { fault: 'unresolved', words: 'the name has no address', advice }
  }
  if (UNREACHABLE.has(code)) {
    const words = code === 'ECONNREFUSED' ? 'connection refused' : `no connection (${code})`
    return {
      fault: 'unreachable',
      words,
      advice: 'is the cluster running, and is `node` of the alias its address?',
    }
  }
  const distrust = untrusted(error)
  if (distrust) return { fault: 'untrusted', ...distrust }
  const failed = handshake(error)
  return failed && { fault: 'tls', ...failed }
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
])
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'])

/** Who refuses our certificate has not read a request. */
function beforeTheReply(error: RawError, node: string): Judgement {
  const refusal = isRefusal(error) ? handshake(error) : undefined
  if (refusal) return { fault: 'tls', ...refusal }
  if (error.code?.startsWith('HPE_')) return noHttp(error)
  const advice = node.startsWith('http:') ? HTTPS : undefined
  return { fault: 'reset', words: broke(error), advice }
}

const HTTPS = 'if the node speaks TLS, write https:// in `node` of the alias'

/** What every TLS server says to plain HTTP, if it says anything: a record of an alert. */
const ALERT = Buffer.from([0x15, 0x03])

function noHttp({ rawPacket }: RawError): Judgement {
  return rawPacket?.subarray(0, 2).equals(ALERT)
    ? {
        fault: 'foreign',
        words: 'the reply is TLS, no plain HTTP',
        advice: 'write https:// in `node` of the alias',
      }
    : {
        fault: 'foreign',
        words: 'the reply is no HTTP',
        advice: 'check `node` of the alias: its port may be the transport port, or https:// may be needed',
      }
}

function inTheBody(error: RawError): Judgement {
  return error.code === 'Z_BUF_ERROR' || isCut(error)
    ? { fault: 'cut', words: 'the reply ended early' }
    : { fault: 'reset', words: broke(error) }
}

/** Node's own error for a body that ends before its content-length or its last chunk. */
const isCut = (error: RawError): boolean => error.code === 'ECONNRESET' && error.syscall === undefined

const broke = ({ code, message }: RawError): string => `the connection broke (${code ?? message})`
