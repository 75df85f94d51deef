import { Mistakes } from '../../config/mistakes.ts'
import type { EsconnError } from '../../errors.ts'
import { statusOf } from '../exit.ts'

/** How a check came out. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped'

/** What a step found. */
export interface Finding {
  outcome: Outcome
  message: string
  /** The mend. */
  advice?: string | undefined
  /** The exit status of what failed. */
  status?: number
}

/** A finding as it is reported: of which step, and of which node where it is about one. */
export interface Check extends Finding {
  node?: string | undefined
  step: string
}

/** One thing that a person would look at; `Subject` is what it looks at. */
export interface Step<Subject> {
  name: string
  /** The steps without which there is nothing to look at. */
  needs?: readonly string[]
  /** An EsconnError that it throws is a finding that failed. */
  look: (subject: Subject) => Finding[] | Promise<Finding[]>
}

export const ok = (message: string): Finding => ({ outcome: 'ok', message })

export const warning = (message: string, advice?: string): Finding => ({
  outcome: 'warning',
  message,
  advice,
})

export const skipped = (reason: string): Finding => ({ outcome: 'skipped', message: reason })

/** The findings that an error stands for: of several mistakes in a file each is one. */
export function failures(error: EsconnError): Finding[] {
  const advice = error instanceof Mistakes ? undefined : error.advice
  const status = statusOf(error)
  const lines = error instanceof Mistakes ? error.lines : [error.message]
  return lines.map(message => ({ outcome: 'failed', message, advice, status }))
}
