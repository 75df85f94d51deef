import { dirname } from 'node:path'
import type { EsconnError } from '../../../../errors.ts'
import { isUnknown, type TrustError } from '../../../../wire/untrusted.ts'
import { confirmed } from '../../../ask.ts'
import { asTried, type Draft } from './draft.ts'
import { otherLogin } from './login.ts'
import type { Session } from './session.ts'

/** The alias as it may be better, or undefined where nothing can be done, or the user does not want it. */
export async function mend(failure: EsconnError, draft: Draft, session: Session): Promise<Draft | undefined> {
  if (failure.fault === 'untrusted' && draft.tls === undefined && isUnknown(failure.cause as TrustError))
    return await withTrust(draft, session)
  if (failure.status !== 401 || session.target.origin === 'project') return undefined
  const login = await otherLogin(draft, session)
  return login && { ...draft, login }
}

/** Only the user can know whether it is the right certificate: the very one that is asked about is trusted then. */
async function withTrust(draft: Draft, session: Session): Promise<Draft | undefined> {
  const fingerprint = await topmost(draft, session)
  if (fingerprint === undefined) return undefined
  const question = `Trust SHA-256 ${fingerprint} from now on, as the owner of the cluster confirms it?`
  if (!(await confirmed(question, session.context.io))) return undefined
  return { ...draft, tls: { caFingerprint: fingerprint } }
}

/** The fingerprint of the topmost certificate that the first of the nodes shows which shows any. */
async function topmost(draft: Draft, { context: { io }, target }: Session): Promise<string | undefined> {
  const { loadConfig } = await import('../../../../config/resolve.ts')
  const { presented } = await import('../../../../wire/probe.ts')
  const { Opening } = await import('../../../../wire/opening.ts')
  const { wayTo } = await import('../../../../wire/way.ts')
  const configuration = loadConfig({ config: asTried(draft), cwd: dirname(target.path), env: io.env })
  const { settled } = await configuration.resolve(draft.name)
  for (const node of settled.nodes) {
    const signal = AbortSignal.any([io.signal, AbortSignal.timeout(PATIENCE)])
    const chain = await presented(wayTo(node, settled), new Opening(signal)).catch(() => [])
    const top = chain.at(-1)
    if (top !== undefined) return top.fingerprint
  }
  return undefined
}

/** Milliseconds that looking at the certificates of a node may take. */
const PATIENCE = 10_000
