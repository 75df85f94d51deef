import { dirname } from 'node:path'
import { EsconnError } from '../../../../errors.ts'
import { confirmed } from '../../../ask.ts'
import { statusOf } from '../../../exit.ts'
import { type Reached, reach } from '../../../reach.ts'
import { asTried, type Draft } from './draft.ts'
import { mend } from './mend.ts'
import { messageOf, type Session } from './session.ts'

/**
 * Asks the cluster by way of the alias, as it would be asked once it is written. On a terminal the user may mend what
 * is wrong, or have it written all the same.
 *
 * @returns what is to be written, or the status of the failure for which nothing is
 */
export async function trial(draft: Draft, session: Session): Promise<Draft | number> {
  for (let tried = draft; ; ) {
    const failure = await failureOf(tried, session)
    if (failure === undefined) return tried
    session.context.talk.say(messageOf(failure))
    const mended = session.asks ? await mend(failure, tried, session) : undefined
    if (mended === undefined) return (await isWanted(failure, session)) ? tried : statusOf(failure)
    tried = mended
  }
}

/** Whether an alias that failed is to be written. */
async function isWanted(failure: EsconnError, session: Session): Promise<boolean> {
  const { talk, io } = session.context
  if (failure.advice) talk.say(failure.advice)
  if (session.asks && (await confirmed('Write it all the same?', io))) return true
  talk.say(session.asks ? 'nothing was written' : `nothing was written; ${hint(failure)}`)
  return false
}

function hint({ fault, status }: EsconnError): string {
  const otherwise = '--no-test writes without asking the cluster'
  if (fault === 'untrusted') return `--ca or --ca-fingerprint says what to trust, ${otherwise}`
  return status === 401 ? `--auth says how to log in, ${otherwise}` : otherwise
}

/** @throws whatever is no failure of the alias: an interruption, a defect */
async function failureOf(draft: Draft, { context, target }: Session): Promise<EsconnError | undefined> {
  const { io, exchange, talk } = context
  const { createConnections } = await import('../../../../connections.ts')
  const connections = createConnections({ config: asTried(draft), cwd: dirname(target.path), env: io.env })
  try {
    const reached = await reach(connections.get(draft.name), exchange)
    talk.say(`${draft.name}: ${said(reached)}`)
    return undefined
  } catch (error) {
    if (!(error instanceof EsconnError) || error.fault === 'aborted') throw error
    return error
  } finally {
    await connections.close()
  }
}

const said = ({ node, identity, milliseconds }: Reached): string =>
  `${identity} answers at ${node} (${milliseconds} ms)`
