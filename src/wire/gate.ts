import type { TransportRequestOptions, TransportRequestParams } from '@elastic/elasticsearch'
import type { ExchangeOptions } from './exchange.ts'
import { repeatable } from './idempotent.ts'
import type { NodePool, Target } from './pool.ts'
import { refuseWrite } from './readonly.ts'
import { rehearsed } from './rehearsal.ts'
import type { Policy } from './retry.ts'

/** How often a request is sent, who hears of it, and what goes with it. */
export type Wishes = Omit<ExchangeOptions, 'accepts'> &
  Pick<TransportRequestOptions, 'querystring' | 'headers'>

/** Attempts after the first in all, refused connections not counted. */
const RETRIES = 3

/** How often a request may be sent again, and what ends that. */
export function policyFor(
  params: TransportRequestParams,
  wishes: Wishes,
  { target, closing }: Pick<NodePool, 'target' | 'closing'>,
): Policy {
  const signal = wishes.signal ? AbortSignal.any([wishes.signal, closing]) : closing
  const retries = wishes.retries ?? target.retries ?? RETRIES
  return { deadline: wishes.deadline, ...repeatable(params, wishes), retries, signal }
}

/**
 * Lets a request pass that may be sent to the cluster.
 *
 * @throws {WireError} `denied` for what a readonly alias refuses, `rehearsed` where the request was only to be seen
 */
export async function passed(params: TransportRequestParams, wishes: Wishes, target: Target): Promise<void> {
  if (target.readonly) refuseWrite(params, wishes)
  if (wishes.rehearse) await rehearsed(wishes.rehearse, params, target)
}
