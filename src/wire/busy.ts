import type { TransportResult } from '@elastic/elasticsearch'
import { isOverloaded, refuseStranger } from './refusal.ts'

/**
 * An overloaded node's reply to a caller who asked the client for a stream: it counts as a failure while attempts
 * are left, and is handed on, as the client does, when none is.
 */
export class Busy extends Error {
  readonly statusCode: number
  readonly headers: TransportResult['headers']
  readonly #reply: TransportResult

  constructor(reply: TransportResult) {
    super(`overloaded (${reply.statusCode})`)
    this.statusCode = reply.statusCode ?? 0
    this.headers = reply.headers
    this.#reply = reply
  }

  static handOn(error: unknown): TransportResult {
    if (error instanceof Busy) return error.#reply
    throw error
  }
}

/** A reply that the client may take; one that is asked for as a stream it judges itself in the end. */
export function taken(reply: TransportResult, asStream = false): TransportResult {
  if (asStream && isOverloaded(reply.statusCode ?? 0)) throw new Busy(reply)
  if (!asStream) refuseStranger(reply)
  return reply
}
