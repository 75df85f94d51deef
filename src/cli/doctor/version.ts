import { type Finding, ok, type Step, warning } from './finding.ts'
import { type Identity, identityOf } from './identity.ts'
import type { Visit } from './visit.ts'

/** Which product it is, in which version. */
export const version: Step<Visit> = {
  name: 'version',
  needs: ['credentials'],
  look: async visit => [described(await identityOf(visit))],
}

/** The oldest versions that esconn is tried with. */
const OLDEST: Record<string, readonly [number, number]> = { Elasticsearch: [7, 17], OpenSearch: [2, 0] }

function described({ flavour, version, cluster, name }: Identity): Finding {
  if (version === undefined) return ok(`${flavour}, which does not tell its version`)
  const where = [name && `node ${name}`, cluster && `cluster ${cluster}`].filter(Boolean).join(' of ')
  const what = `${flavour} ${version}${where && `, ${where}`}`
  const oldest = OLDEST[flavour]
  return oldest && isBefore(version, oldest)
    ? warning(what, `esconn is tried with ${flavour} ${oldest.join('.')} and later`)
    : ok(what)
}

function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ours = 0, less = 0] = version.split('.').map(Number)
  return ours < major || (ours === major && less < minor)
}
