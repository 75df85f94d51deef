import { InputError } from '../errors.ts'
import { firstTen } from '../text.ts'

/** Where a walk stands in one shard. */
export interface ShardCheckpoint {
  /** Of the shard's history: in another one, after a restore for example, its numbers mean something else. */
  history_uuid: string
  /** All changes up to this sequence number have been given out; -1 for none. */
  seq_no: number
}

/** Where a walk stands in one index: the index itself, and its shards by number. */
interface IndexCheckpoint {
  uuid: string
  shards: { readonly [shard: string]: ShardCheckpoint }
}

/** Where a walk stands; plain data, which JSON can keep. */
export interface Checkpoint {
  indices: { readonly [index: string]: IndexCheckpoint }
}

/** A shard by its index and number, and by what tells both from others of the same name. */
export interface ShardIdentity {
  index: string
  shard: number
  uuid: string
  history: string
}

/** The checkpoint with another number for a shard. */
export function withShard(
  { indices }: Checkpoint,
  { index, shard, uuid, history }: ShardIdentity,
  seqNo: number,
): Checkpoint {
  const known = indices[index]
  const others = known?.uuid === uuid ? known.shards : {}
  const shards = { ...others, [shard]: { history_uuid: history, seq_no: seqNo } }
  return { indices: { ...indices, [index]: { uuid, shards } } }
}

/** Up to which sequence number a shard has been read; undefined where the checkpoint does not have it. */
export const numberIn = (
  checkpoint: Checkpoint | undefined,
  { index, shard }: Pick<ShardIdentity, 'index' | 'shard'>,
): number | undefined => checkpoint?.indices[index]?.shards[shard]?.seq_no

/**
 * What a checkpoint says of the indices that there still are.
 *
 * @param now the indices there are, and the shards of which more is known
 * @throws {InputError} if the checkpoint is that of other indices or shards of these names
 */
export function fitCheckpoint(
  { indices }: Checkpoint,
  now: { indices: readonly string[]; states: readonly ShardIdentity[] },
  notice: (text: string) => void,
): Checkpoint {
  for (const state of now.states) refuseOther(whyOther({ indices }, state))
  const present = new Set([...now.indices, ...now.states.map(({ index }) => index)])
  const gone = Object.keys(indices).filter(index => !present.has(index))
  if (gone.length > 0) notice(`no longer there: ${firstTen(gone)}`)
  return { indices: Object.fromEntries(Object.entries(indices).filter(([index]) => present.has(index))) }
}

/** What has become of an index or a shard that is another one than that of the checkpoint. */
export function whyOther(
  { indices }: Checkpoint,
  { index, shard, uuid, history }: ShardIdentity,
): string | undefined {
  const known = indices[index]
  const { history_uuid = history } = known?.shards[shard] ?? {}
  if (known === undefined || (known.uuid === uuid && history_uuid === history)) return undefined
  return known.uuid === uuid
    ? `shard ${shard} of ${index} was restored or made anew`
    : `${index} was created anew`
}

function refuseOther(change: string | undefined): void {
  if (change === undefined) return
  throw new InputError(`the checkpoint does not fit: ${change} since`, {
    advice: 'begin anew, without the checkpoint',
    hint: { kind: 'begin-anew' },
  })
}
