import { EsconnError, type Fault } from '../errors.ts'
import { adviceFor } from './hints.ts'
import type { Messages } from './output/streams.ts'

/** What the user asked for or knows already. */
const SILENT_FAULTS: ReadonlySet<Fault> = new Set(['closed', 'aborted'])

/** One line that says what happened, and where it helps a second one that says what to do. */
export function printError(error: unknown, messages: Messages): void {
  if (!(error instanceof EsconnError)) {
    printInternalError(error, messages)
    return
  }
  if (SILENT_FAULTS.has(error.fault)) return
  messages.print(error.message)
  const advice = adviceFor(error)
  if (advice) messages.print(advice)
}

function printInternalError(error: unknown, messages: Messages): void {
  messages.print(`internal error: ${error instanceof Error ? error.message : error}`)
  const line = error instanceof Error ? error.stack?.split('\n')[1]?.trim() : undefined
  messages.print(`please report it${line ? `, with this line: ${line}` : ''}`)
}
