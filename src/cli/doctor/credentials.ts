import { BlockList, isIP } from 'node:net'
import { isSecretHeader } from '../../config/schema/headers.ts'
import { refusal } from '../../wire/refusal.ts'
import { hostOf, isSecure } from '../../wire/way.ts'
import { type Finding, failures, ok, type Step, warning } from './finding.ts'
import { type Login, loginOf } from './login.ts'
import type { Visit } from './visit.ts'

/** Whether the cluster lets us in, and as whom. */
export const credentials: Step<Visit> = {
  name: 'credentials',
  needs: ['reply'],
  look: async visit => {
    const { status, text } = await visit.root()
    if (status === 401) return [...refused(visit, text), ...inClear(visit)]
    const login = await loginOf(visit)
    return [said(login, areGiven(visit)), ...inClear(visit)]
  },
}

function refused(visit: Visit, text: string): Finding[] {
  return failures(refusal(401, text, { anonymous: !areGiven(visit) }))
}

function said({ security, user, roles = [], realm, reason }: Login, given: boolean): Finding {
  if (security === 'silent') return warning(`let in, but the cluster does not say as whom: ${reason}`)
  if (security !== 'none') {
    const origin = realm === undefined ? '' : ` of the realm ${realm}`
    return ok(
      `${user}${origin}, ${roles.length > 0 ? `with the roles ${roles.join(', ')}` : 'without any role'}`,
    )
  }
  if (!given) return ok('none are needed: the cluster has no security')
  return warning('the cluster has no security, so that the credentials of the alias say nothing')
}

const areGiven = ({ settled: { auth, headers = {} } }: Visit): boolean =>
  auth !== undefined || Object.keys(headers).some(isSecretHeader)

/** Whoever sees the packets could read them. */
function inClear(visit: Visit): Finding[] {
  const { node } = visit.way
  if (!areGiven(visit) || isSecure(node) || isLoopback(hostOf(node))) return []
  return [
    warning(
      'the credentials are sent in clear, for everybody on the way to read',
      'give the node an https:// URL',
    ),
  ]
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return /(?:^|\.)localhost\.?$/.test(host)
  return LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6')
}
