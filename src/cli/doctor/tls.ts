import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { EsconnError, type Fault } from '../../errors.ts'
import { failure } from '../../wire/failure.ts'
import { Opening } from '../../wire/opening.ts'
import { type Certificate, presented } from '../../wire/probe.ts'
import { hostOf, isSecure } from '../../wire/way.ts'
import { type Finding, ok, type Step, warning } from './finding.ts'
import { within } from './limit.ts'
import type { Visit } from './visit.ts'

/** Whether the node's certificate is trusted, for whom it is, and for how long. */
export const tls: Step<Visit> = {
  name: 'tls',
  needs: ['proxy'],
  look: async visit => {
    const [answered, shown] = await Promise.allSettled([visit.root(), chainOf(visit)])
    if (answered.status === 'rejected' && isAboutTls(answered.reason)) throw answered.reason
    if (!isSecure(visit.way.node)) return [unused(visit)]
    if (shown.status === 'rejected') throw shown.reason
    return [
      trusted(visit, shown.value),
      named(visit, shown.value),
      dated(shown.value),
      printed(shown.value),
    ].flat()
  },
}

function unused({ definition: { tls } }: Visit): Finding {
  const what = 'not used: the URL begins with http://'
  return tls ? warning(what, 'the alias has `tls`: should the URL begin with https://?') : ok(what)
}

const CONCERNED: ReadonlySet<Fault> = new Set(['tls', 'untrusted', 'config'])

/** What is wrong with a request shows whether its handshake was. */
const isAboutTls = (error: unknown): boolean => error instanceof EsconnError && CONCERNED.has(error.fault)

async function chainOf(visit: Visit): Promise<Certificate[]> {
  try {
    return await within(visit.limits, 'no end of the TLS handshake', signal =>
      presented(visit.way, new Opening(signal)),
    )
  } catch (error) {
    throw visit.told(failure(error, visit.address, 'connect'))
  }
}

function trusted({ settled: { tls } }: Visit, chain: readonly Certificate[]): Finding {
  const top = chain.at(-1)
  if (!tls.verify) {
    const mend = top ? `tls: { caFingerprint: "${top.fingerprint}" }` : '`tls.ca`'
    return warning(
      'the certificate is not checked (tls.verify is false): anybody could be in between',
      `in place of \`verify\`, if the owner of the cluster confirms it: ${mend}`,
    )
  }
  if (tls.caFingerprint !== undefined) return ok('trusted by tls.caFingerprint')
  return ok(tls.ca === undefined ? 'trusted by the authorities that Node.js knows' : 'trusted by tls.ca')
}

function named({ way, settled }: Visit, [own]: readonly Certificate[]): Finding {
  if (own === undefined) return warning('the node shows no certificate')
  const host = settled.tls.serverName ?? hostOf(way.node)
  const certificate = new X509Certificate(own.pem)
  const isFor = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)
  const names = own.names.join(', ') || own.subject
  return isFor === undefined
    ? warning(`the certificate is for ${names}, and not for ${host}`, '`tls.serverName` can name one of them')
    : ok(`the certificate is for ${names}`)
}

const DAY = 86_400_000
const SOON = 30

/** Of a chain the first certificate that ends counts. */
function dated(chain: readonly Certificate[]): Finding[] {
  const [first] = chain.toSorted((one, other) => one.validTo.getTime() - other.validTo.getTime())
  if (first === undefined) return []
  const days = (first.validTo.getTime() - Date.now()) / DAY
  const date = first.validTo.toISOString().slice(0, 10)
  if (days < 0)
    return [warning(`${first.subject} has expired on ${date}`, 'the node needs a new certificate')]
  const left = days < 2 ? `${Math.ceil(days * 24)} hours` : `${Math.floor(days)} days`
  if (days >= SOON) return [ok(`valid until ${date} (${left} from now)`)]
  return [
    warning(
      `${first.subject} ends on ${date}, ${left} from now`,
      'the node needs a new certificate before that',
    ),
  ]
}

/** What `tls.caFingerprint` could hold. */
function printed(chain: readonly Certificate[]): Finding[] {
  const top = chain.at(-1)
  return top ? [ok(`topmost of what it shows is ${top.subject}, SHA-256 ${top.fingerprint}`)] : []
}
