import { anySignal } from '../abort.ts'
import { EsconnError, type Fault, WireError } from '../errors.ts'
import { type Context, logAttempts } from './context.ts'
import { COMPLETE, exitStatusOf } from './exit-status.ts'
import type { Messages, Output } from './output/streams.ts'
import { printError } from './print-error.ts'

type PerAlias = (context: Context, alias: string) => Promise<number>

/**
 * Runs a command for several aliases side by side. Their output and messages come in the order in which the aliases
 * are named. An alias that fails is reported, and the others go on.
 *
 * @returns the exit status of the first alias, in that order, that failed
 * @throws what ends the whole command: an interruption, a time limit, closed output, an internal error; with only one
 * alias, every error
 */
export async function fanOut(
  context: Context,
  aliases: readonly string[],
  perAlias: PerAlias,
): Promise<number> {
  const [only] = aliases
  if (only !== undefined && aliases.length === 1)
    return await perAlias(context, only).catch(error => {
      throw named(error, only)
    })
  const stop = new AbortController()
  const runs = aliases.map(alias => start(context, alias, stop.signal, perAlias))
  try {
    return await finishInOrder(runs, context.messages)
  } finally {
    stop.abort()
  }
}

/** A command that is running for one of several aliases. */
interface AliasRun {
  buffer: OutputBuffer
  /** The exit status, or the error with which only this alias has failed. */
  result: Promise<number | EsconnError>
}

function start(context: Context, alias: string, stop: AbortSignal, perAlias: PerAlias): AliasRun {
  const buffer = new OutputBuffer(context)
  const { out, messages } = buffer
  const { observe, signal } = context.exchangeOptions
  const exchange = {
    ...context.exchangeOptions,
    signal: anySignal(stop, signal),
    observe: observe && logAttempts(messages),
  }
  const result = perAlias({ ...context, out, messages, exchangeOptions: exchange }, alias).catch(error => {
    const failure = named(error, alias)
    if (concernsOneAlias(failure) && !signal.aborted) return failure
    throw failure
  })
  result.catch(() => {}) // thrown again when this alias is finished
  return { buffer, result }
}

/** A request may have been ended before its connection could name the alias; other errors name it if they are about it. */
const named = (error: unknown, alias: string): unknown =>
  error instanceof WireError ? error.addAlias(alias) : error

const ENDS_ALL: ReadonlySet<Fault> = new Set(['aborted', 'closed', 'output'])

const concernsOneAlias = (error: unknown): error is EsconnError =>
  error instanceof EsconnError && !ENDS_ALL.has(error.fault)

async function finishInOrder(runs: readonly AliasRun[], messages: Messages): Promise<number> {
  /** A mistake in a configuration file is one error for all aliases. */
  const reported = new Set<EsconnError>()
  let first = COMPLETE
  for (const { buffer, result } of runs) {
    await buffer.release()
    const outcome = await result.catch(error => releaseAll(runs, error))
    if (outcome instanceof EsconnError && !reported.has(outcome)) {
      printError(outcome, messages)
      reported.add(outcome)
    }
    first ||= outcome instanceof EsconnError ? exitStatusOf(outcome) : outcome
  }
  return first
}

/** The command ends: what was printed for the other aliases by then is passed on, unless nobody reads it any more. */
async function releaseAll(runs: readonly AliasRun[], error: unknown): Promise<never> {
  if (error instanceof EsconnError && error.fault === 'timeout')
    for (const { buffer } of runs) await buffer.release()
  throw error
}

/** Keeps what a command prints until it is released, and passes on at once what is printed later. */
class OutputBuffer {
  readonly out: Output
  readonly messages: Messages
  #kept: (() => unknown)[] = []
  #isReleased = false

  constructor({ out, messages }: Pick<Context, 'out' | 'messages'>) {
    const write = (data: Uint8Array | string) => {
      const own = typeof data === 'string' ? data : Buffer.from(data) // it may be kept for longer than it is valid
      return this.#print(() => out.write(own))
    }
    this.out = {
      write,
      get isTerminal() {
        return out.isTerminal
      },
      get columns() {
        return out.columns
      },
    }
    this.messages = { print: line => void this.#print(() => messages.print(line)) }
  }

  async release(): Promise<void> {
    while (this.#kept.length > 0) {
      const kept = this.#kept
      this.#kept = []
      for (const print of kept) await print()
    }
    this.#isReleased = true
  }

  async #print(print: () => void | Promise<void>): Promise<void> {
    if (this.#isReleased) await print()
    else this.#kept.push(print)
  }
}
