import { duration } from '../duration.ts'
import { WireError } from '../errors.ts'
import type { ExchangeOptions, Tried } from '../wire/exchange.ts'
import type { Globals } from './globals.ts'
import type { Io, Talk } from './io.ts'

/** What the global options say of every request of a command. */
export function exchangeOptions(
  { timeout, maxSize, maxTime, verbose }: Globals,
  io: Io,
  talk: Talk,
): ExchangeOptions {
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(maxTime === undefined ? { signal: io.signal } : limited(maxTime, io.signal)),
    ...(verbose ? { observe: tried => talk.say(described(tried)) } : {}),
  }
}

/** A signal of which the time limit of the whole command is one more cause. */
function limited(maxTime: number, signal: AbortSignal): Pick<ExchangeOptions, 'signal' | 'deadline'> {
  const limit = new AbortController()
  const late = new WireError('timeout', `not done within --max-time ${duration(maxTime)}`)
  setTimeout(() => limit.abort(late), maxTime).unref()
  return { signal: AbortSignal.any([signal, limit.signal]), deadline: Date.now() + maxTime }
}

function described({ method, url, milliseconds, status, error }: Tried): string {
  return `${method} ${url} -> ${error?.message ?? status ?? 'ok'} (${Math.round(milliseconds)} ms)`
}
