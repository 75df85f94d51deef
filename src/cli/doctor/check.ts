import { ConfigMistakes } from '../../config/mistakes.ts'
import { EsconnError } from '../../errors.ts'
import { escapeControls, shorten } from '../../text.ts'
import { exitStatusOf } from '../exit-status.ts'
import { adviceFor } from '../hints.ts'

/** One step of `esconn doctor`; `Subject` is what it checks. */
export interface CheckStep<Subject> {
  name: string
  /** The steps that must have succeeded before; without them this one is skipped. */
  requires?: readonly string[]
  /** An EsconnError that is thrown becomes a failed finding. */
  run: (subject: Subject) => Finding[] | Promise<Finding[]>
}

export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped'

/** What a step found. */
export interface Finding {
  outcome: Outcome
  message: string
  /** How to fix it. */
  advice?: string | undefined
  /** Exit status, if it failed. */
  status?: number
}

/** A finding as it is reported: with its step, and with the node if it is about one. */
export interface Check extends Finding {
  node?: string | undefined
  step: string
}

export const ok = (message: string): Finding => ({ outcome: 'ok', message })

export const warning = (message: string, advice?: string): Finding => ({
  outcome: 'warning',
  message,
  advice,
})

export const skipped = (reason: string): Finding => ({ outcome: 'skipped', message: reason })

/** The failed findings for an error: one for each mistake if it lists several. */
export function failedFindings(error: EsconnError): Finding[] {
  const isList = error instanceof ConfigMistakes
  const advice = isList ? undefined : adviceFor(error)
  const status = exitStatusOf(error)
  return (isList ? error.mistakes : [error]).map(({ location, what }) => {
    const message = location === undefined ? what : `${location}: ${what}`
    return { outcome: 'failed', message, advice, status }
  })
}

interface StepOptions {
  /** The node that the steps are about. */
  node?: string
  signal?: AbortSignal | undefined
}

/**
 * Runs steps in order. A step is skipped if one that it requires has failed or was skipped for that reason.
 *
 * @throws the reason for which `signal` was aborted, or an internal error
 */
export async function* runSteps<Subject>(
  steps: readonly CheckStep<Subject>[],
  subject: Subject,
  { node, signal }: StepOptions = {},
): AsyncGenerator<Check> {
  /** By name of a step that failed or was skipped: the step that failed in the first place. */
  const causes = new Map<string, string>()
  for (const step of steps) {
    const cause = step.requires?.map(required => causes.get(required)).find(failed => failed !== undefined)
    const findings = cause === undefined ? await runStep(step, subject) : [skipped(`because ${cause} failed`)]
    signal?.throwIfAborted()
    if (findings.some(({ outcome }) => outcome === 'failed')) causes.set(step.name, step.name)
    else if (cause !== undefined) causes.set(step.name, cause)
    for (const finding of findings) yield { ...escaped(finding), node, step: step.name }
  }
}

async function runStep<Subject>({ run }: CheckStep<Subject>, subject: Subject): Promise<Finding[]> {
  try {
    return await run(subject)
  } catch (error) {
    if (error instanceof EsconnError) return failedFindings(error)
    throw error
  }
}

/** Messages repeat what servers say, which must not control the terminal. */
const escaped = ({ message, advice, ...rest }: Finding): Finding => ({
  ...rest,
  message: escapeControls(shorten(message)),
  advice: advice && escapeControls(advice),
})
