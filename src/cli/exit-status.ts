import { constants } from 'node:os'
import { EsconnError, type Fault } from '../errors.ts'

/** Everything that the user asked for was delivered. */
export const COMPLETE = 0
/** The answer is no: `search -e` without a hit, documents that differ, a question answered with no. */
export const NEGATIVE = 1

/** A bug in esconn itself. */
const INTERNAL_ERROR = 70

/** The exit status of each fault: curl's number where curl has one, else that of sysexits.h. */
const STATUS: Record<Fault, number> = {
  usage: 2,
  incomplete: 3,
  denied: 4,
  unresolved: 6,
  unreachable: 7,
  foreign: 8,
  cut: 18,
  refused: 22,
  output: 23,
  timeout: 28,
  tls: 35,
  reset: 56,
  corrupt: 56,
  untrusted: 60,
  oversize: 63,
  input: 66,
  overloaded: 75,
  config: 78,
  aborted: 130,
  closed: 141,
}

/** The user or the system asked esconn to end; the reason with which everything in progress is aborted. */
export class Interruption extends EsconnError {
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('aborted', `ended by ${signal}`)
    this.signal = signal
  }
}

export function exitStatusOf(error: unknown): number {
  if (error instanceof Interruption) return 128 + constants.signals[error.signal]
  return error instanceof EsconnError ? STATUS[error.fault] : INTERNAL_ERROR
}
