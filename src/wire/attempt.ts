import type { HttpConnection } from '@elastic/elasticsearch'
import type { Limits } from './body.ts'

/** Marks our own entry in the `context` that the client hands from its transport to its connections. */
export const ATTEMPT = Symbol('esconn.attempt')

export interface Seen {
  status?: number
}

/** One sending of a request to one node. */
export interface Attempt {
  node: HttpConnection
  limits: { [Limit in keyof Limits]?: Limits[Limit] | undefined }
  /** Whether the body is handed over as the chunks that arrive, instead of a `Readable` of Node's. */
  chunks: boolean
  /** What is known of the reply once its head has arrived. */
  seen: Seen
  /** Takes the alias's secrets out of what a server says in an error. */
  redact: (text: string) => string
}

// biome-ignore lint/suspicious/noExplicitAny: the client's overloads have no type in common
export type Answer = any

export const attemptOf = (context: unknown): Attempt | undefined =>
  (context as { [ATTEMPT]?: Attempt } | undefined | null)?.[ATTEMPT]
