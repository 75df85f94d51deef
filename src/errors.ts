/**
 * What went wrong, in one word. The command line turns each into an exit status (src/cli/exit-status.ts);
 * a program can branch on `error.fault` without parsing messages.
 */
export type Fault =
  | 'usage' // a flag, a name or a query that makes no sense
  | 'config' // the configuration is missing, malformed or refused
  | 'input' // a body that is missing or malformed
  | 'output' // output could not be written
  | 'closed' // the reader of the output closed it early
  | 'incomplete' // hits arrived, but not from every shard
  | 'denied' // 401, 403
  | 'refused' // any other 4xx or 5xx
  | 'overloaded' // 429, 502, 503, 504 after the retries
  | 'foreign' // not an Elasticsearch reply
  | 'unresolved' // DNS has no address for the host name
  | 'unreachable' // no connection to any node
  | 'tls' // the handshake failed
  | 'untrusted' // the certificate is not trusted
  | 'timeout' // no byte in time, or 408
  | 'cut' // the body ended early
  | 'reset' // the connection broke
  | 'corrupt' // the body is not in the encoding that it claims
  | 'oversize' // the response is larger than allowed
  | 'aborted' // the caller's signal ended the request

/**
 * What the user can do about an error where that depends on who asks: the command line advises a flag or a command
 * (src/cli/hints.ts), a program sets a field or calls a function.
 */
export type Hint =
  | { kind: 'list-mistakes' } // list all mistakes of the file
  | { kind: 'trust-file' } // trust the project's file
  | { kind: 'trust-again' } // trust it with what has changed around it
  | { kind: 'name-file' } // name the file instead of having it found
  | { kind: 'write-config' } // write a first configuration
  | { kind: 'store-secret'; alias: string } // put the missing secret into the keyring
  | { kind: 'name-alias' } // name another alias than `default`
  | { kind: 'wait-longer' } // raise the timeout
  | { kind: 'allow-larger' } // raise the size limit
  | { kind: 'allow-larger-hit' } // raise the size limit of one hit
  | { kind: 'read-all' } // read all hits, page by page
  | { kind: 'without-state' } // walk without checkpoints
  | { kind: 'begin-anew' } // walk from the beginning
  | { kind: 'search-instead' } // search, where the order or more than hits is wanted

/** Everything about an error besides what happened. */
export interface ErrorDetails {
  /** The alias that was used. */
  alias?: string | undefined
  /** The address of the node, without credentials. */
  node?: string | undefined
  /** Where in the configuration the mistake is: `file:line:column: aliases.logs.tls`. */
  location?: string | undefined
  /** What the user can do about it: one line, which names fields of the configuration and no flags. */
  advice?: string | undefined
  hint?: Hint | undefined
  /** HTTP status, where a reply arrived. */
  status?: number | undefined
  /** The reply's `Retry-After` header. */
  retryAfter?: string | undefined
  cause?: unknown
}

/**
 * The base of every error that esconn throws on purpose. `message` is made of the fields: alias, node, location,
 * what happened, and the earlier attempts.
 */
export class EsconnError extends Error {
  readonly fault: Fault
  /** What happened, without the names of alias and node. */
  readonly what: string
  readonly node: string | undefined
  readonly location: string | undefined
  readonly advice: string | undefined
  readonly hint: Hint | undefined
  readonly status: number | undefined
  readonly retryAfter: string | undefined
  alias: string | undefined
  /** What failed before this, where a request was sent more than once. */
  attempts: { count: number; earlier: readonly string[] } | undefined

  constructor(fault: Fault, what: string, details: ErrorDetails = {}) {
    super(what, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.fault = fault
    this.what = what
    this.node = details.node
    this.location = details.location
    this.advice = details.advice
    this.hint = details.hint
    this.status = details.status
    this.retryAfter = details.retryAfter
    this.alias = details.alias
    this.attempts = undefined
    this.message = this.#describe()
  }

  /** Adds the alias to the message, unless the error names one already. */
  addAlias(alias: string): this {
    this.alias ??= alias
    this.message = this.#describe()
    return this
  }

  /** Adds what the user can do, unless the error says that already. */
  addAdvice(advice: string, hint?: Hint): this {
    if (this.advice === undefined) Object.assign(this as Changeable, { advice, hint })
    return this
  }

  /** Removes secrets from what happened and from the advice. */
  redact(redact: (text: string) => string): this {
    const own = this as Changeable
    own.what = redact(this.what)
    own.advice = this.advice && redact(this.advice)
    this.message = this.#describe()
    return this
  }

  /** Adds the number of attempts and the errors of the earlier ones to the message. */
  addAttempts(count: number, earlier: readonly string[]): this {
    this.attempts = { count, earlier }
    this.message = this.#describe()
    return this
  }

  #describe(): string {
    const parts = [this.alias, this.node, this.location, this.what].filter(part => part !== undefined)
    const { count = 1, earlier = [] } = this.attempts ?? {}
    const before = earlier.length > 0 ? `; before: ${earlier.join('; ')}` : ''
    return parts.join(': ') + (count > 1 ? `, after ${count} attempts${before}` : '')
  }
}

/** For our own methods: to others these fields are read-only. */
type Changeable = { -readonly [Field in 'what' | 'advice' | 'hint']: EsconnError[Field] }

/** The configuration is missing, malformed or refused; or an alias is not in it. */
export class ConfigError extends EsconnError {
  constructor(what: string, details?: ErrorDetails) {
    super('config', what, details)
  }
}

/** A flag, a name or a query that makes no sense. */
export class UsageError extends EsconnError {
  constructor(what: string, details?: ErrorDetails) {
    super('usage', what, details)
  }
}

/** Input, a body for example, is missing or malformed. */
export class InputError extends EsconnError {
  constructor(what: string, details?: ErrorDetails) {
    super('input', what, details)
  }
}

/** A request failed, or its reply is not usable; `fault` says how. */
export class WireError extends EsconnError {}

/** The reply arrived, but hits are missing from it. */
export class IncompleteError extends EsconnError {
  constructor(reason: string, details?: ErrorDetails) {
    super('incomplete', `incomplete: ${reason}`, details)
  }
}
