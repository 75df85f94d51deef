import { anySignal } from '../../abort.ts'
import { type EsconnError, type Fault, WireError } from '../../errors.ts'
import { ConnectAttempt } from '../connect/attempt.ts'
import {
  type Certificate,
  fetchCertificates,
  findPinnedCertificate,
  topOfChain,
} from '../connect/certificates.ts'
import { displayUrl, type Route } from '../connect/route.ts'
import { connectTo, tlsHandshake, tlsOptions } from '../connect/tls.ts'
import {
  CERTIFICATE_REQUIRED,
  type CertificateError,
  certificateError,
  type Explanation,
  handshakeError,
  isClientCertificateError,
  isUnknownAuthority,
} from './tls-messages.ts'

/** Milliseconds that a diagnosis may take. */
const DIAGNOSIS_TIMEOUT = 3000

/** Explains a failed connection to an https:// node by connecting once more; returns the error itself if that finds nothing. */
export async function diagnose(
  error: EsconnError,
  route: Route,
  signal: AbortSignal | undefined,
): Promise<EsconnError> {
  const timeout = AbortSignal.timeout(DIAGNOSIS_TIMEOUT)
  const attempt = new ConnectAttempt(anySignal(signal, timeout))
  const cause = error.cause as Error
  const diagnosis = await DIAGNOSES[error.fault]?.(cause, route, attempt).catch(() => undefined)
  if (!diagnosis) return error
  const { fault = error.fault, what = error.what, advice = error.advice } = diagnosis
  return new WireError(fault, what, { node: displayUrl(route.node), cause, advice })
}

/** What the diagnosis found out; other fields stay those of the error. */
type Diagnosis = Partial<Explanation> & { fault?: Fault }

type Diagnose = (error: Error, route: Route, attempt: ConnectAttempt) => Promise<Diagnosis | undefined>

const DIAGNOSES: Partial<Record<Fault, Diagnose>> = {
  untrusted: async (error, route, attempt) => {
    if (isUnknownAuthority(error))
      return route.tls.caFingerprint === undefined
        ? unknownAuthority(error, (await fetchCertificates(route, attempt)).at(-1), route)
        : NOT_SIGNED_BY_PINNED
    return isOutOfDate(error) ? validityError(error, await fetchCertificates(route, attempt)) : undefined
  },
  tls: async (error, route) => clientCertificateError(error, route),
  reset: async (_, route, attempt) => {
    const found = clientCertificateError(await errorAfterHandshake(route, attempt), route)
    if (found) return { fault: 'tls', ...found }
    return route.tls.cert === undefined
      ? undefined
      : { advice: 'the node may not accept the certificate in `tls.cert` of the alias' }
  },
}

const NOT_SIGNED_BY_PINNED: Diagnosis = {
  what: 'the node presents the certificate of `tls.caFingerprint`, but its own certificate is not signed by it',
  advice: 'someone may be intercepting the connection; nothing was sent',
}

/** Names the last certificate of a chain whose authority is unknown. */
function unknownAuthority(error: Error, top: Certificate | undefined, { tls }: Route): Diagnosis | undefined {
  if (!top) return undefined
  const what = certificateError(error)?.what
  if (tls.ca !== undefined && !top.selfSigned)
    return {
      what: `${what}; the presented chain ends without the certificate of ${top.issuer}`,
      advice: 'the node should send that certificate too; otherwise add its PEM file to `tls.ca`',
    }
  return {
    what: `${what}; ${topOfChain(top)}`,
    advice: `if the owner of the cluster confirms the fingerprint: tls: { caFingerprint: "${top.fingerprint}" }; or put the PEM file of its authority in \`tls.ca\``,
  }
}

const isOutOfDate = ({ code = '' }: CertificateError): boolean =>
  /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(code)

/** Names the certificate of the chain that is expired or not yet valid. */
function validityError({ code }: CertificateError, chain: readonly Certificate[]): Diagnosis | undefined {
  const now = Date.now()
  const expired = chain.find(({ validTo }) => validTo.getTime() < now)
  if (code === 'CERT_HAS_EXPIRED' && expired)
    return { what: `the certificate has expired (${expired.subject}, on ${isoDay(expired.validTo)})` }
  const early = chain.find(({ validFrom }) => validFrom.getTime() > now)
  return code === 'CERT_NOT_YET_VALID' && early
    ? { what: `the certificate is not valid yet (${early.subject}, valid from ${isoDay(early.validFrom)})` }
    : undefined
}

const isoDay = (date: Date): string => date.toISOString().slice(0, 10)

function clientCertificateError(error: Error | undefined, { tls }: Route): Explanation | undefined {
  if (!error || !isClientCertificateError(error)) return undefined
  return tls.cert === undefined ? CERTIFICATE_REQUIRED : handshakeError(error)
}

/** Milliseconds within which a node reports a missing client certificate, once the handshake is done on our side. */
const LATE_ERROR_WAIT = 500

/** The error that a node sends after the handshake of TLS 1.3, although no request was sent. */
async function errorAfterHandshake(route: Route, attempt: ConnectAttempt): Promise<Error | undefined> {
  const pinned = route.tls.caFingerprint === undefined ? {} : await findPinnedCertificate(route, attempt)
  const start = await connectTo(route, attempt)
  const socket = await tlsHandshake({ ...tlsOptions(route), ...pinned, ...start }, attempt.signal)
  let timer: NodeJS.Timeout | undefined
  return await new Promise<Error | undefined>(resolve => {
    socket
      .once('error', resolve)
      .once('close', () => resolve(undefined))
      .resume()
    timer = setTimeout(() => resolve(undefined), LATE_ERROR_WAIT)
    attempt.signal.addEventListener('abort', () => resolve(undefined))
  }).finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}
