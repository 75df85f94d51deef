import type { TransportRequestOptions, TransportRequestParams } from '@elastic/elasticsearch'
import type { ExchangeOptions } from './exchange.ts'
import type { Target } from './pool.ts'
import { refuseWrite } from './readonly.ts'
import { rehearsed } from './rehearsal.ts'

/** How often a request is sent, who hears of it, and what goes with it. */
export type Wishes = Omit<ExchangeOptions, 'accepts'> &
  Pick<TransportRequestOptions, 'querystring' | 'headers'>

/**
 * Lets a request pass that may be sent to the cluster.
 *
 * @throws {WireError} `denied` for what a readonly alias refuses, `rehearsed` where the request was only to be seen
 */
export async function passed(params: TransportRequestParams, wishes: Wishes, target: Target): Promise<void> {
  if (target.readonly) refuseWrite(params, wishes)
  if (wishes.rehearse) await rehearsed(wishes.rehearse, params, target)
}
