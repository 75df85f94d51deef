import { clock } from './clock.ts'
import { cluster, type Round } from './cluster.ts'
import { credentials } from './credentials.ts'
import { file } from './file.ts'
import type { Check, Step } from './finding.ts'
import { indices } from './indices.ts'
import { name } from './name.ts'
import type { Patient } from './patient.ts'
import { permissions } from './permissions.ts'
import { port } from './port.ts'
import { proxy } from './proxy.ts'
import { reply } from './reply.ts'
import { secrets } from './secrets.ts'
import { taken } from './steps.ts'
import { tls } from './tls.ts'
import { trust } from './trust.ts'
import { variables } from './variables.ts'
import { version } from './version.ts'
import { Visit } from './visit.ts'

const OF_THE_ALIAS: readonly Step<Patient>[] = [file, trust, permissions, variables, secrets]
const OF_A_NODE: readonly Step<Visit>[] = [name, port, proxy, tls, reply, credentials, version, clock]
const OF_ALL_NODES: readonly Step<Round>[] = [cluster, indices]

/** Everything that can be found out about an alias, in the order in which a person would look. */
export async function* examine(patient: Patient): AsyncGenerator<Check> {
  const { signal } = patient.exchange
  let failed: string | undefined
  for await (const check of taken(OF_THE_ALIAS, patient, { signal })) {
    if (check.outcome === 'failed') failed ??= check.step
    yield check
  }
  if (failed === undefined) yield* examineNodes(patient)
  else yield { step: 'nodes', outcome: 'skipped', message: `because ${failed} failed` }
}

/** The nodes side by side, so that those which hang do so together. */
async function* examineNodes(patient: Patient): AsyncGenerator<Check> {
  const settled = await patient.settled()
  const visits = settled.nodes.map(node => new Visit(patient, settled, node))
  const { signal } = patient.exchange
  try {
    const underWay = visits.map(visit =>
      all(taken(OF_A_NODE, visit, { node: visit.node, signal, clean: visit.clean })),
    )
    for (const one of underWay) one.catch(() => {}) // told when it is its turn
    const admitted: Visit[] = []
    for (const [index, one] of underWay.entries()) {
      const checks = await one
      yield* checks
      if (isAdmitted(checks)) admitted.push(visits[index] as Visit)
    }
    yield* taken(OF_ALL_NODES, { nodes: settled.nodes, admitted }, { signal, clean: visits[0]?.clean })
  } finally {
    await Promise.all(visits.map(visit => visit.close()))
  }
}

const isAdmitted = (checks: readonly Check[]): boolean =>
  checks
    .filter(({ step }) => step === 'credentials')
    .every(({ outcome }) => ['ok', 'warning'].includes(outcome))

async function all(checks: AsyncIterable<Check>): Promise<Check[]> {
  const found: Check[] = []
  for await (const check of checks) found.push(check)
  return found
}
