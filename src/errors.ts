/**
 * What went wrong, in one word. The command line turns each into an exit status (src/cli/exit.ts);
 * a program can branch on `error.fault` without parsing messages.
 */
export type Fault =
  | 'usage' // a flag, a name or a query that makes no sense
  | 'config' // the configuration is missing, malformed or refused
  | 'input' // a body that is missing or malformed
  | 'output' // what was asked for could not be written
  | 'closed' // the reader of the output went away
  | 'incomplete' // hits arrived, but not from every shard
  | 'denied' // 401, 403
  | 'refused' // any other 4xx or 5xx
  | 'overloaded' // 429, 502, 503, 504 after the retries
  | 'foreign' // not an Elasticsearch reply
  | 'unresolved' // the host's name has no address
  | 'unreachable' // no connection to any node
  | 'tls' // the handshake failed
  | 'untrusted' // the certificate is not trusted
  | 'timeout' // no byte in time, or 408
  | 'cut' // the body ended early
  | 'reset' // the connection broke, or its bytes are corrupt
  | 'oversize' // the response is larger than allowed
  | 'rehearsed' // the request was only to be seen
  | 'aborted' // the caller's signal ended the request

interface Details {
  /** The alias that was asked; it leads the message. */
  alias?: string | undefined
  /** What the user can do about it: one line. */
  advice?: string | undefined
  /** HTTP status, where a reply arrived. */
  status?: number | undefined
  /** The reply's `Retry-After` header. */
  retryAfter?: string | undefined
  cause?: unknown
}

/** The base of every error that esconn throws on purpose. */
export class EsconnError extends Error {
  readonly fault: Fault
  readonly advice: string | undefined
  readonly status: number | undefined
  readonly retryAfter: string | undefined
  alias: string | undefined

  constructor(fault: Fault, what: string, details: Details = {}) {
    super(what, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.fault = fault
    this.advice = details.advice
    this.status = details.status
    this.retryAfter = details.retryAfter
    this.alias = undefined
    if (details.alias !== undefined) this.of(details.alias)
  }

  /** Names the alias at the front of the message, unless one is named already. */
  of(alias: string): this {
    if (this.alias !== undefined) return this
    this.alias = alias
    this.message = `${alias}: ${this.message}`
    return this
  }
}

/** The configuration is missing, malformed or refused; or an alias is not in it. */
export class ConfigError extends EsconnError {
  constructor(what: string, details?: Details) {
    super('config', what, details)
  }
}

/** A name or a query that cannot be sent as it stands. */
export class UsageError extends EsconnError {
  constructor(what: string, details?: Details) {
    super('usage', what, details)
  }
}

/** What the user handed over, a body for example, is missing or malformed. */
export class InputError extends EsconnError {
  constructor(what: string, details?: Details) {
    super('input', what, details)
  }
}

/** A request that did not bring a believable reply; `fault` says how. */
export class WireError extends EsconnError {}

/** The reply arrived, but it does not hold everything that was asked for. */
export class IncompleteError extends EsconnError {
  constructor(reason: string, details?: Details) {
    super('incomplete', `incomplete: ${reason}`, details)
  }
}
