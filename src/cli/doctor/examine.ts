import { Readable } from 'node:stream'
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

/** The nodes side by side, so that those which hang do so together; each is told of as soon as it is its turn. */
async function* examineNodes(patient: Patient): AsyncGenerator<Check> {
  const settled = await patient.settled()
  const visits = settled.nodes.map(node => new Visit(patient, settled, node))
  const { signal } = patient.exchange
  try {
    const underWay = visits.map(visit => begun(taken(OF_A_NODE, visit, { node: visit.node, signal })))
    const admitted: Visit[] = []
    for (const [index, checks] of underWay.entries()) {
      const isAdmitted = yield* admission(checks)
      if (isAdmitted) admitted.push(visits[index] as Visit)
    }
    yield* taken(OF_ALL_NODES, { nodes: settled.nodes, admitted }, { signal })
  } finally {
    await Promise.all(visits.map(visit => visit.close()))
  }
}

/** More than there are checks of a node. */
const MOST_CHECKS = 1000

/** Goes on by itself, whether or not anybody takes what it brings yet. */
function begun(checks: AsyncIterable<Check>): AsyncIterable<Check> {
  const stream = Readable.from(checks, { objectMode: true, highWaterMark: MOST_CHECKS })
  stream.on('error', () => {}) // told to whoever takes it
  stream.read(0)
  return stream
}

/** Hands the checks of a node on, and answers whether it let us in. */
async function* admission(checks: AsyncIterable<Check>): AsyncGenerator<Check, boolean> {
  let isAdmitted = true
  for await (const check of checks) {
    if (check.step === 'credentials' && !['ok', 'warning'].includes(check.outcome)) isAdmitted = false
    yield check
  }
  return isAdmitted
}
