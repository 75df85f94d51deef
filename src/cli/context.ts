import { anySignal } from '../abort.ts'
import type { Configuration } from '../config/configuration.ts'
import type { Connections } from '../connections.ts'
import { UsageError, WireError } from '../errors.ts'
import type { SearchOptions } from '../query/search.ts'
import { formatDuration } from '../units.ts'
import type { AttemptResult } from '../wire/exchange.ts'
import type { GlobalOptions } from './options.ts'
import type { Io, Messages, Output } from './output/streams.ts'

/** What a command works with. */
export interface Context {
  io: Io
  out: Output
  messages: Messages
  globals: GlobalOptions
  /** The configuration and its connections, each loaded when it is first needed. */
  session: Session
  /** Limits, signal and listeners for every request. */
  exchangeOptions: CommandLimits
}

/** Configuration and connections for one command, or for several in a row: each part is loaded when it is first needed. */
export class Session {
  readonly #globals: GlobalOptions
  readonly #io: Io
  readonly #messages: Messages
  #loaded: Promise<Configuration> | undefined
  #connections: Connections | undefined

  constructor(globals: GlobalOptions, io: Io, messages: Messages) {
    this.#globals = globals
    this.#io = io
    this.#messages = messages
  }

  /** The aliases that the user named with --alias or ESCONN_ALIAS, else `default`. */
  get aliases(): string[] {
    return aliasesIn([this.#globals.alias ?? (this.#io.env.ESCONN_ALIAS || 'default')])
  }

  /** @throws {UsageError} where the user named several */
  get alias(): string {
    const [alias = 'default', ...others] = this.aliases
    if (others.length === 0) return alias
    throw new UsageError(`this command takes one alias, not ${others.length + 1}`, {
      advice: 'run it once for each alias',
    })
  }

  /** @throws {ConfigError} for a mistake in a configuration file that applies here */
  configuration(): Promise<Configuration> {
    this.#loaded ??= this.#load()
    return this.#loaded
  }

  async connect(alias = this.alias) {
    const configuration = await this.configuration()
    const { connectionsOf } = await import('../connections.ts')
    this.#connections ??= connectionsOf(() => configuration)
    return this.#connections.get(alias)
  }

  async close(): Promise<void> {
    await this.#connections?.close()
  }

  async #load(): Promise<Configuration> {
    const { loadConfig } = await import('../config/configuration.ts')
    const { cwd, env } = this.#io
    const configuration = loadConfig({ cwd, env, config: this.#globals.config })
    for (const { location, what, advice } of configuration.warnings)
      this.#messages.print(`${location}: ${what} (${advice})`)
    if (configuration.implicit)
      this.#messages.print('no configuration found: the alias default is http://localhost:9200')
    return configuration
  }
}

/** The options of every request of a command; the signal ends all of it. */
type CommandLimits = Omit<SearchOptions, 'delivers'> & { signal: AbortSignal }

/** What the global options set for every request of a command. */
export function requestLimits(
  { timeout, maxSize, maxHit, maxTime, verbose }: GlobalOptions,
  io: Io,
  messages: Messages,
): CommandLimits {
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(maxHit === undefined ? {} : { maxHit }),
    ...(maxTime === undefined ? { signal: io.signal } : withDeadline(maxTime, io.signal)),
    ...(verbose ? { observe: logAttempts(messages) } : {}),
  }
}

/** Aborts the signal also at the time limit of the whole command. */
function withDeadline(maxTime: number, signal: AbortSignal): Pick<CommandLimits, 'signal' | 'deadline'> {
  const limit = new AbortController()
  const late = new WireError('timeout', `not done within --max-time ${formatDuration(maxTime)}`)
  setTimeout(() => limit.abort(late), maxTime).unref()
  return { signal: anySignal(signal, limit.signal), deadline: Date.now() + maxTime }
}

/** How long output that is ready may still take when the time of the whole command is over, in milliseconds. */
const OUTPUT_GRACE = 2000

/** Aborted when `signal` is: at once by an interruption, and by the time limit only after a moment for the output. */
export function outputSignal(signal: AbortSignal): AbortSignal {
  const output = new AbortController()
  const end = () => {
    if (signal.reason instanceof WireError)
      setTimeout(() => output.abort(signal.reason), OUTPUT_GRACE).unref()
    else output.abort(signal.reason)
  }
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return output.signal
}

/** The observer for `-v`: it prints each attempt, and each warning of the cluster once. */
export function logAttempts(messages: Messages): (result: AttemptResult) => void {
  const printed = new Set<string>()
  return ({ method, url, milliseconds, status, error, warnings = [] }) => {
    messages.print(
      `${method} ${url} -> ${error?.message ?? status ?? 'ok'} (${formatDuration(Math.round(milliseconds))})`,
    )
    for (const warning of new Set(warnings))
      if (!printed.has(warning)) messages.print(`the cluster warns: ${warning}`)
    for (const warning of warnings) printed.add(warning)
  }
}

/** The configuration file that the user named, to be read instead of those that would be found. */
export const configFile = ({ globals, io }: Context): string | undefined =>
  globals.config ?? (io.env.ESCONN_CONFIG || undefined)

/**
 * The aliases that are named by words; several may be in one word, joined by commas.
 *
 * @throws {UsageError} for a blank name
 */
export function aliasesIn(words: readonly string[]): string[] {
  const names = words.flatMap(word => word.split(',').map(name => name.trim()))
  if (names.includes('')) throw new UsageError('the name of an alias is blank')
  return [...new Set(names)]
}

/** Whether the user wants the request shown instead of sent. */
export const isDryRun = ({ globals }: Pick<Context, 'globals'>): boolean =>
  globals.dryRun === true || globals.curl === true
