import { ALIAS_CHECKS } from './alias-checks.ts'
import type { AliasUnderTest } from './alias-under-test.ts'
import { type Check, type CheckStep, runSteps } from './check.ts'
import { CLUSTER_CHECKS } from './cluster-checks.ts'
import { NETWORK_CHECKS } from './network-checks.ts'
import { NodeSession } from './node-session.ts'
import { SERVER_CHECKS } from './server-checks.ts'
import { TLS_CHECK } from './tls-check.ts'

const NODE_CHECKS: readonly CheckStep<NodeSession>[] = [...NETWORK_CHECKS, TLS_CHECK, ...SERVER_CHECKS]

/** Checks the alias, then each of its nodes, then the cluster as a whole. */
export async function* runChecks(subject: AliasUnderTest): AsyncGenerator<Check> {
  const { signal } = subject.exchange
  let failed: string | undefined
  for await (const check of runSteps(ALIAS_CHECKS, subject, { signal })) {
    if (check.outcome === 'failed') failed ??= check.step
    yield check
  }
  if (failed === undefined) yield* checkNodes(subject)
  else yield { step: 'nodes', outcome: 'skipped', message: `because ${failed} failed` }
}

/** Checks the nodes side by side, so that the timeouts of several add up to one, and yields the results in order. */
async function* checkNodes(subject: AliasUnderTest): AsyncGenerator<Check> {
  const settings = await subject.settings()
  const sessions = settings.nodes.map(node => new NodeSession(subject, settings, node))
  const { signal } = subject.exchange
  try {
    const running = sessions.map(session => ({
      session,
      checks: started(runSteps(NODE_CHECKS, session, { node: session.node, signal })),
    }))
    const usable: NodeSession[] = []
    const errors: unknown[] = []
    for (const { session, checks } of running) {
      try {
        const isUsable = yield* passOn(checks)
        if (isUsable) usable.push(session)
      } catch (error) {
        errors.push(error) // what was found about the other nodes by then is reported all the same
      }
    }
    if (errors.length > 0) throw errors[0]
    yield* runSteps(CLUSTER_CHECKS, { nodes: settings.nodes, usable }, { signal })
  } finally {
    await Promise.all(sessions.map(session => session.close()))
  }
}

/** Begins now, and keeps its results until they are read, also those before an error. */
function started(checks: AsyncIterable<Check>): AsyncIterable<Check> {
  const kept: Check[] = []
  let wake = () => {}
  const collect = async () => {
    for await (const check of checks) {
      kept.push(check)
      wake()
    }
  }
  const end = collect().then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  )
  return (async function* () {
    for (let ended: Awaited<typeof end> | undefined; ; ) {
      for (let check = kept.shift(); check; check = kept.shift()) yield check
      if (ended?.error) throw ended.error
      if (ended) return
      const more = new Promise<undefined>(resolve => {
        wake = () => resolve(undefined)
      })
      ended = await Promise.race([more, end])
    }
  })()
}

/** Yields the checks of a node, and returns whether it accepts our credentials. */
async function* passOn(checks: AsyncIterable<Check>): AsyncGenerator<Check, boolean> {
  let isUsable = true
  for await (const check of checks) {
    if (check.step === 'credentials' && !['ok', 'warning'].includes(check.outcome)) isUsable = false
    yield check
  }
  return isUsable
}
