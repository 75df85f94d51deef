import { dirname } from 'node:path'
import { anySignal } from '../../../../abort.ts'
import { loadConfig } from '../../../../config/configuration.ts'
import { ConfigMistakes, FieldError, formatPath } from '../../../../config/mistakes.ts'
import { fileSchema } from '../../../../config/schema/alias.ts'
import { validate } from '../../../../config/schema/validate.ts'
import { ConfigError, type EsconnError, UsageError } from '../../../../errors.ts'
import { formatDuration } from '../../../../units.ts'
import { describeIdentity, pingCluster } from '../../../../wire/cluster-identity.ts'
import { ConnectAttempt } from '../../../../wire/connect/attempt.ts'
import { fetchCertificates } from '../../../../wire/connect/certificates.ts'
import { routeTo } from '../../../../wire/connect/route.ts'
import { type CertificateError, isUnknownAuthority } from '../../../../wire/errors/tls-messages.ts'
import { type AliasDraft, toFile, toTrialConfig } from './draft.ts'
import type { InitSession } from './options.ts'

/** Milliseconds that fetching the certificates of one node may take. */
const FETCH_TIMEOUT = 10_000

/** @throws {UsageError} for a draft that is not valid in a file */
export function checkDraft(draft: AliasDraft): void {
  const data = { aliases: { [draft.name]: toFile(draft) } }
  try {
    validate(fileSchema, data, { source: { file: undefined, data, position: () => undefined }, path: [] })
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(describeFailure(error), { cause: error })
    throw error
  }
}

/**
 * Queries the cluster just as the alias will once it is written, and reports what answers.
 *
 * @throws {EsconnError} for whatever keeps the alias from being used
 */
export async function tryConnection(draft: AliasDraft, { context, target }: InitSession): Promise<void> {
  const { createConnections } = await import('../../../../connections.ts')
  const { io, exchangeOptions: exchange, messages } = context
  const connections = createConnections({
    config: toTrialConfig(draft),
    cwd: dirname(target.path),
    env: io.env,
  })
  try {
    const { node, identity, milliseconds } = await pingCluster(connections.get(draft.name), exchange)
    messages.print(
      `${draft.name}: ${describeIdentity(identity)} answers at ${node} (${formatDuration(milliseconds)})`,
    )
  } finally {
    await connections.close()
  }
}

/** What failed; a mistake of the draft, which is in no file yet, by the name of its field alone. */
export function describeFailure(error: EsconnError): string {
  const isField = error instanceof FieldError || error instanceof ConfigMistakes
  return isField ? `${formatPath(error.path.slice(1))}: ${error.what}` : error.message
}

/** Whether trusting one more certificate authority would help. */
export const lacksAuthority = ({ fault, cause }: EsconnError, { tls }: AliasDraft): boolean =>
  fault === 'untrusted' && tls === undefined && isUnknownAuthority(cause as CertificateError)

/** The last certificate in the chain of the first node that presents any. */
export async function topCertificate(draft: AliasDraft, { context: { io }, target }: InitSession) {
  const configuration = loadConfig({ config: toTrialConfig(draft), cwd: dirname(target.path), env: io.env })
  const { settings } = await configuration.resolve(draft.name)
  for (const node of settings.nodes) {
    const signal = anySignal(io.signal, AbortSignal.timeout(FETCH_TIMEOUT))
    const chain = await fetchCertificates(routeTo(node, settings), new ConnectAttempt(signal)).catch(() => [])
    const top = chain.at(-1)
    if (top !== undefined) return top
  }
  return undefined
}
