import { EsconnError, type Fault, WireError } from '../../errors.ts'
import { formatSize } from '../../units.ts'
import { certificateError, handshakeError, isClientCertificateError } from './tls-messages.ts'

/** An error of Node's sockets, TLS, HTTP parser or zlib. */
type RawError = Error & { code?: string; syscall?: string; reason?: string; rawPacket?: Buffer }

/** Longest headers of a reply, in bytes: Elasticsearch repeats a `Warning` for every deprecated thing. */
export const MAX_HEADERS = 2 ** 20

/**
 * When the error occurred: before the connection was established, before the reply's head, in the same time but with a
 * body that is sent while it is read, or in the reply's body.
 */
export type Phase = 'connect' | 'request' | 'stream' | 'body'

interface ErrorDescription {
  fault: Fault
  what: string
  advice?: string | undefined
}

/** Turns an error of Node into one that says what went wrong; `node` is the URL of the node. */
export function connectionError(raw: unknown, node: string, phase: Phase): EsconnError {
  if (raw instanceof EsconnError) return raw
  const error = raw as RawError
  const { fault, what, advice } = abortDescription(error) ?? DESCRIBE[phase](error, node)
  delete error.rawPacket // whatever the server sent: our secrets too
  return new WireError(fault, what, { node, cause: error, advice })
}

function abortDescription({ name }: RawError): ErrorDescription | undefined {
  return name === 'AbortError' ? { fault: 'aborted', what: 'the request was aborted' } : undefined
}

/** Once the connection is established, the request may have arrived: then no error is `unreachable` or `untrusted`. */
const DESCRIBE: Record<Phase, (error: RawError, node: string) => ErrorDescription> = {
  connect: (error, node) => whileConnecting(error) ?? beforeReply(error, node),
  request: beforeReply,
  stream: (error, node) => {
    const described = beforeReply(error, node)
    return described.fault === 'reset' ? { ...described, advice: TOO_LONG_ADVICE } : described
  },
  body: duringBody,
}

const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'])

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
])

function whileConnecting(error: RawError): ErrorDescription | undefined {
  const { code = '' } = error
  if (UNRESOLVED.has(code)) {
    const advice = 'check the host name in `node` of the alias'
    return { fault: 'unresolved', what: 'host name not found', advice }
  }
  if (UNREACHABLE.has(code)) {
    const what = code === 'ECONNREFUSED' ? 'connection refused' : `cannot connect (${code})`
    const advice = 'is the cluster running, and is `node` of the alias its address?'
    return { fault: 'unreachable', what, advice }
  }
  const untrusted = certificateError(error)
  if (untrusted) return { fault: 'untrusted', ...untrusted }
  const failed = handshakeError(error)
  return failed && { fault: 'tls', ...failed }
}

/** The node may have closed the connection before its refusal was read. */
const TOO_LONG_ADVICE =
  'if the body is larger than `http.max_content_length` of the node (100 MB by default), send it in parts'

/** A node that rejects the client certificate has not read a request. */
function beforeReply(error: RawError, node: string): ErrorDescription {
  const rejected = isClientCertificateError(error) ? handshakeError(error) : undefined
  if (rejected) return { fault: 'tls', ...rejected }
  if (isParserError(error)) return parserError(error)
  const advice = node.startsWith('http:') ? `if the node speaks TLS, ${USE_HTTPS}` : undefined
  return { fault: 'reset', what: brokenConnection(error), advice }
}

const USE_HTTPS = 'write https:// in `node` of the alias'

/** The start of a TLS alert record, which a TLS server may send in reply to plain HTTP. */
const TLS_ALERT = Buffer.from([0x15, 0x03])

/** An error of Node's HTTP parser. */
const isParserError = ({ code }: RawError): boolean => code?.startsWith('HPE_') ?? false

function parserError(error: RawError): ErrorDescription {
  const { rawPacket, code } = error
  if (code === 'HPE_HEADER_OVERFLOW')
    return { fault: 'oversize', what: `the headers of the reply are larger than ${formatSize(MAX_HEADERS)}` }
  if (rawPacket?.subarray(0, 2).equals(TLS_ALERT))
    return { fault: 'foreign', what: 'the server speaks TLS, not plain HTTP', advice: USE_HTTPS }
  if (code === 'HPE_INVALID_CONSTANT')
    return {
      fault: 'foreign',
      what: 'the reply is not HTTP',
      advice: 'check `node` of the alias: its port may be the transport port, or https:// may be needed',
    }
  return { fault: 'foreign', what: invalidHttp(error), advice: INVALID_HTTP_ADVICE }
}

/** The parser's reason is a constant text of Node. */
const invalidHttp = ({ code, reason = code }: RawError): string => `the reply is not valid HTTP (${reason})`

const INVALID_HTTP_ADVICE = 'ask those who run the node, or the proxy before it'

function duringBody(error: RawError): ErrorDescription {
  if (error.code === 'Z_BUF_ERROR' || isCut(error)) return { fault: 'cut', what: 'the reply ended early' }
  if (error.code?.startsWith('Z_'))
    return {
      fault: 'corrupt',
      what: `the body is not in the encoding that it claims (${error.message})`,
      advice: `a proxy in between may have changed it; \`compression: false\` asks for none`,
    }
  return { fault: 'reset', what: isParserError(error) ? invalidHttp(error) : brokenConnection(error) }
}

/** Node's own error for a body that ends before its content-length or its last chunk. */
const isCut = (error: RawError): boolean => error.code === 'ECONNRESET' && error.syscall === undefined

const brokenConnection = ({ code, message }: RawError): string => `the connection broke (${code ?? message})`
