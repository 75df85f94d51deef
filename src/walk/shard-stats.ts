import { elementsOf, memberOf, membersOf, textAtPath } from '../json/members.ts'
import { type ExchangeOptions, readLongObject } from '../wire/exchange.ts'
import type { WireTransport } from '../wire/transport.ts'
import type { ShardIdentity } from './checkpoint.ts'

/** How far the changes of a shard have come, as its primary says. */
export interface ShardState extends ShardIdentity {
  /** Changes to another value when another copy becomes the primary. */
  primary: string
  /** Every in-sync copy has all changes up to this number, which is given to no other change any more. */
  globalCheckpoint: number
  /** The highest number that has been given to a change. */
  maxSeqNo: number
  /** The node of the primary. */
  node: string
  /** How often changes were made visible in the primary. */
  refreshes: number
}

/** Of all that `_stats` says of a shard. */
const PARTS = [
  'routing',
  'seq_no',
  'commit.user_data.history_uuid',
  'retention_leases.primary_term',
  'refresh',
].map(part => `indices.*.shards.*.${part}`)

/**
 * The states of the shards whose primaries are active.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-stats
 *
 * @param path an index expression as a segment of a path
 */
export async function readStates(
  transport: WireTransport,
  path: string,
  exchange: ExchangeOptions,
): Promise<ShardState[]> {
  const querystring = `level=shards&filter_path=indices.*.uuid,${PARTS.join(',')}`
  const call = { method: 'GET', path: `/${path}/_stats/refresh`, querystring }
  const reply = await transport.exchange(call, readLongObject, exchange)
  return valuesOf(memberOf(reply, 'indices')).flatMap(([index, stats]) => {
    const uuid = textAtPath(stats, ['uuid']) ?? ''
    return valuesOf(memberOf(stats, 'shards')).flatMap(([shard, copies]) =>
      elementsOf(copies).flatMap(
        ({ start, end }) => stateOf({ index, shard: Number(shard), uuid }, copies.subarray(start, end)) ?? [],
      ),
    )
  })
}

const valuesOf = (object: Buffer | undefined): [key: string, value: Buffer][] =>
  object ? membersOf(object).map(({ key, start, end }) => [key, object.subarray(start, end)]) : []

/** Undefined for a copy that is not the primary, or does not tell its numbers. */
function stateOf(of: Omit<ShardIdentity, 'history'>, copy: Buffer): ShardState | undefined {
  const text = (path: string) => textAtPath(copy, path.split('.'))
  const [history, node] = [text('commit.user_data.history_uuid'), text('routing.node')]
  const [global, max] = [text('seq_no.global_checkpoint'), text('seq_no.max_seq_no')]
  const isActive = text('routing.primary') === 'true' && text('routing.state') === 'STARTED'
  if (!isActive || !history || !node || !global || !max) return undefined
  const primary = `${node} in term ${text('retention_leases.primary_term')}`
  const numbers = { globalCheckpoint: Number(global), maxSeqNo: Number(max) }
  return { ...of, ...numbers, history, primary, node, refreshes: Number(text('refresh.external_total')) }
}
