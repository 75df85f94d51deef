import { constants } from 'node:os'
import { EsconnError, type Fault } from '../errors.ts'

/** Success, and the answers that are no failures of esconn's. */
export const COMPLETE = 0
export const NEGATIVE = 1

/** A defect of esconn's own. */
const DEFECT = 70

/** The one table from what went wrong to the exit status; curl's numbers where curl has one, else those of sysexits.h. */
const STATUS: Record<Fault, number> = {
  rehearsed: COMPLETE,
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
  untrusted: 60,
  oversize: 63,
  input: 66,
  overloaded: 75,
  config: 78,
  aborted: 130,
  closed: 141,
}

/** The user or the system asked esconn to end: the reason with which everything under way is aborted. */
export class Interruption extends EsconnError {
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('aborted', `ended by ${signal}`)
    this.signal = signal
  }
}

export function statusOf(error: unknown): number {
  if (error instanceof Interruption) return 128 + constants.signals[error.signal]
  return error instanceof EsconnError ? STATUS[error.fault] : DEFECT
}
