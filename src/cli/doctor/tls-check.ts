import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { EsconnError, type Fault } from '../../errors.ts'
import { ConnectAttempt } from '../../wire/connect/attempt.ts'
import { type Certificate, fetchCertificates } from '../../wire/connect/certificates.ts'
import { hostOf, isSecure } from '../../wire/connect/route.ts'
import { connectionError } from '../../wire/errors/connection.ts'
import { type CheckStep, type Finding, ok, warning } from './check.ts'
import type { NodeSession } from './node-session.ts'
import { withinTime } from './timing.ts'

/** Whether the node's certificate is trusted, which hosts it is for, and how long it is valid. */
export const TLS_CHECK: CheckStep<NodeSession> = {
  name: 'tls',
  requires: ['proxy'],
  run: async session => {
    const [reply, chain] = await Promise.allSettled([session.root(), presentedChain(session)])
    if (reply.status === 'rejected' && isAboutTls(reply.reason)) throw reply.reason
    if (!isSecure(session.route.node)) return [describeNoTls(session)]
    if (chain.status === 'rejected') throw chain.reason
    return [
      describeTrust(session, chain.value),
      describeHosts(session, chain.value),
      describeValidity(chain.value),
      describeFingerprint(chain.value),
    ].flat()
  },
}

const TLS_FAULTS: ReadonlySet<Fault> = new Set(['tls', 'untrusted', 'config'])

const isAboutTls = (error: unknown): boolean => error instanceof EsconnError && TLS_FAULTS.has(error.fault)

function describeNoTls({ definition: { tls } }: NodeSession): Finding {
  const what = 'not used: the URL begins with http://'
  return tls ? warning(what, 'the alias has `tls`: should the URL begin with https://?') : ok(what)
}

/** Fetched by a handshake of its own, whether or not the certificates are trusted. */
async function presentedChain(session: NodeSession): Promise<Certificate[]> {
  const { redact } = session
  try {
    const chain = await withinTime(session.limits, 'TLS handshake not finished', signal =>
      fetchCertificates(session.route, new ConnectAttempt(signal)),
    )
    return chain.map(one => ({ ...one, subject: redact(one.subject), names: one.names.map(redact) }))
  } catch (error) {
    throw connectionError(error, session.address, 'connect')
  }
}

function describeTrust({ settings: { tls } }: NodeSession, chain: readonly Certificate[]): Finding {
  const top = chain.at(-1)
  if (!tls.verify) {
    const replacement = top ? `tls: { caFingerprint: "${top.fingerprint}" }` : '`tls.ca`'
    return warning(
      'the certificate is not verified (tls.verify is false): somebody could intercept the connection',
      `instead of \`verify\`, once the owner of the cluster has confirmed it: ${replacement}`,
    )
  }
  if (tls.caFingerprint !== undefined) return ok('trusted by tls.caFingerprint')
  return ok(tls.ca === undefined ? 'trusted by an authority that Node.js knows' : 'trusted by tls.ca')
}

function describeHosts({ route, settings }: NodeSession, [own]: readonly Certificate[]): Finding {
  if (own === undefined) return warning('the node presents no certificate')
  const host = settings.tls.serverName ?? hostOf(route.node)
  const certificate = new X509Certificate(own.pem)
  const match = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)
  const names = own.names.join(', ') || own.subject
  return match === undefined
    ? warning(`the certificate is for ${names}, not for ${host}`, 'set `tls.serverName` to a name it is for')
    : ok(`the certificate is for ${names}`)
}

const DAY = 86_400_000
/** A certificate that is valid for fewer days is worth a warning. */
const FEW_DAYS = 30

/** How long the certificate of the chain that expires first is valid. */
function describeValidity(chain: readonly Certificate[]): Finding[] {
  const [first] = chain.toSorted((one, other) => one.validTo.getTime() - other.validTo.getTime())
  if (first === undefined) return []
  const days = (first.validTo.getTime() - Date.now()) / DAY
  const date = first.validTo.toISOString().slice(0, 10)
  if (days < 0) return [warning(`${first.subject} expired on ${date}`, 'the node needs a new certificate')]
  const left = days < 2 ? `${Math.ceil(days * 24)} hours` : `${Math.floor(days)} days`
  if (days >= FEW_DAYS) return [ok(`valid until ${date} (${left} left)`)]
  return [
    warning(`${first.subject} expires on ${date}, in ${left}`, 'the node needs a new certificate by then'),
  ]
}

/** What `tls.caFingerprint` could be set to. */
function describeFingerprint(chain: readonly Certificate[]): Finding[] {
  const top = chain.at(-1)
  return top ? [ok(`the top of the presented chain is ${top.subject}, SHA-256 ${top.fingerprint}`)] : []
}
