import { InputError, UsageError } from '../../errors.ts'
import { indexPath, resolveName } from '../../query/index-names.ts'
import { firstTen } from '../../text.ts'
import { bulkCall } from '../../walk/bulk-request.ts'
import { newIndexCall } from '../../walk/new-index.ts'
import { findShards } from '../../walk/shards.ts'
import { findWriteTarget, readSettings, type WriteTarget } from '../../walk/write-target.ts'
import type { Call, ExchangeOptions } from '../../wire/exchange.ts'
import type { NamedSide } from '../alias-name.ts'
import { SAME_NAMES } from '../compared-sides.ts'
import { noIndex } from '../no-hits.ts'
import type { StateFile } from '../state-file.ts'

/** What is copied, and to where. */
export interface CopySides {
  from: NamedSide
  to: NamedSide
  /** Whether several indices may go to one. */
  merge: boolean
}

/** What documents are written to. */
export interface CopyTargets {
  /** One index, as a segment of a path; undefined where each document goes to the index of its own name. */
  path: string | undefined
  all: readonly WriteTarget[]
  /** The indices that are copied. */
  indices: readonly string[]
  /** The requests that create those that are missing. */
  creations: readonly Call[]
}

/**
 * Finds what documents are written to; creates nothing.
 *
 * @param state where an earlier run stands
 * @throws {UsageError} for indices that cannot be copied there
 * @throws {InputError} where there is nothing to copy, or what an earlier run has written is gone
 * @throws {WireError} `denied` for a target alias that is readonly, before anything is sent
 */
export async function findTargets(
  sides: CopySides,
  state: StateFile | undefined,
  options: ExchangeOptions,
): Promise<CopyTargets> {
  const { from, to } = sides
  await to.connection.transport.preview(bulkCall({ path: undefined }, Buffer.alloc(0)), options)
  const path = from.connection.indexPath(from.name)
  const indices = (await findShards(from.connection, path, options)).indices.toSorted()
  const isToSameNames = to.name === SAME_NAMES
  refuseIndices(sides, indices)
  const names = isToSameNames ? indices.map(index => ({ name: index, target: { index } })) : [named(to)]
  const all: WriteTarget[] = []
  for (const name of names) all.push(await findWriteTarget(to.connection, name, options))
  await refuseSameIndex(sides, { path, indices, all }, options)
  state?.refuseNewTargets(all, to.connection.alias)
  const creations: Call[] = []
  for (const target of all.filter(({ exists }) => !exists)) {
    const like = isToSameNames ? target.path : path
    creations.push(await newIndexCall(from.connection, { from: like, to: target.path }, options))
  }
  return { path: isToSameNames ? undefined : all[0]?.path, all, indices, creations }
}

const named = ({ connection, name }: NamedSide) => ({ name, target: resolveName(name, connection.names) })

function refuseIndices({ from, to, merge }: CopySides, indices: readonly string[]): void {
  const { alias, names } = from.connection
  if (indices.length === 0)
    throw new InputError(
      `${noIndex(from.name, resolveName(from.name, names).index)}: there is nothing to copy`,
      { alias },
    )
  const part = to.name === SAME_NAMES && indices.find(index => index.startsWith('.ds-'))
  if (part)
    throw new UsageError(`${part} is a part of a data stream, which cannot be copied by itself`, {
      alias,
      advice: 'copy the data stream to one index, or to another data stream, with --merge',
    })
  if (to.name === SAME_NAMES || merge || indices.length === 1) return
  throw new UsageError(`${from.name} is ${indices.length} indices: ${firstTen(indices)}`, {
    alias,
    advice: `${to.connection.alias}:* copies them under the same names, --merge to one index`,
  })
}

/** Written to while it is read, an index could lose changes; two aliases may lead to the same one. */
async function refuseSameIndex(
  { from, to }: CopySides,
  { path, indices, all }: { path: string; indices: readonly string[]; all: readonly WriteTarget[] },
  options: ExchangeOptions,
): Promise<void> {
  const { uuids } = await readSettings(from.connection, path, options)
  const [source, target] = await Promise.all(
    [from, to].map(({ connection }) => connection.transport.preview({ method: 'GET', path: '/' }, options)),
  )
  const isSame = (one: WriteTarget) =>
    one.uuids.some(uuid => uuids.includes(uuid)) ||
    (source?.url === target?.url && indices.some(index => indexPath(index) === one.path))
  const same = all.find(isSame)
  if (same)
    throw new UsageError(`${decodeURIComponent(same.path)} would be copied to itself`, {
      alias: to.connection.alias,
    })
}
