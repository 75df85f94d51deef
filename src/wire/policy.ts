import type { TransportRequestParams } from '@elastic/elasticsearch'
import type { Seen } from './attempt.ts'
import type { Wishes } from './gate.ts'
import { repeatable } from './idempotent.ts'
import type { Node } from './node.ts'
import type { NodePool } from './pool.ts'

/** What may be sent again, and how often. */
export interface Policy {
  /** Attempts after the first in all, refused connections not counted. */
  retries: number
  /** Whether it may be sent again although it may have been carried out. */
  idempotent: boolean
  /** Whether it may be sent again when the cluster said 429, which proves that nothing was done. */
  afterTooMany: boolean
  /** When the whole command must have ended: milliseconds since the epoch. */
  deadline?: number | undefined
  signal?: AbortSignal | undefined
  /** Finds better words for the last failure. */
  explain: (node: Node, error: Error) => Promise<Error>
}

/** Attempts after the first in all, refused connections not counted. */
const RETRIES = 3

/** How often a request may be sent again, and what ends that. */
export function policyFor(
  params: TransportRequestParams,
  wishes: Wishes,
  { target, closing }: Pick<NodePool, 'target' | 'closing'>,
): Policy & { signal: AbortSignal } {
  const signal = AbortSignal.any([closing, wishes.signal ?? []].flat())
  const retries = wishes.retries ?? target.retries ?? RETRIES
  const explain = (node: Node, error: Error) => node.explained(error, signal)
  return { deadline: wishes.deadline, ...repeatable(params, wishes), retries, signal, explain }
}

/** Sends a request to a node, until the signal is aborted, and notes what it sees of the reply. */
export type Send<T> = (asked: { node: Node; signal: AbortSignal; seen: Seen }) => Promise<T>
