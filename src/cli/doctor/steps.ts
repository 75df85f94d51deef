import { EsconnError } from '../../errors.ts'
import { visible } from '../../hits/visible.ts'
import { type Check, type Finding, failures, type Step, skipped } from './finding.ts'

/** Of what the steps are, and how its words are shown. */
interface Circumstances {
  node?: string
  signal?: AbortSignal | undefined
}

/**
 * Goes through steps in their order. One whose needs were not met is skipped, as are those that need it.
 *
 * @throws what ended the whole command, or a defect of our own
 */
export async function* taken<Subject>(
  steps: readonly Step<Subject>[],
  subject: Subject,
  { node, signal }: Circumstances = {},
): AsyncGenerator<Check> {
  const causes = new Map<string, string>()
  for (const step of steps) {
    const cause = step.needs?.map(need => causes.get(need)).find(found => found !== undefined)
    const findings = cause === undefined ? await found(step, subject) : [skipped(`because ${cause} failed`)]
    signal?.throwIfAborted()
    if (findings.some(({ outcome }) => outcome === 'failed')) causes.set(step.name, step.name)
    else if (cause !== undefined) causes.set(step.name, cause)
    for (const { message, advice, ...rest } of findings) {
      const words = { message: visible(message), advice: advice && visible(advice) }
      yield { ...rest, ...words, node, step: step.name }
    }
  }
}

async function found<Subject>({ look }: Step<Subject>, subject: Subject): Promise<Finding[]> {
  try {
    return await look(subject)
  } catch (error) {
    if (error instanceof EsconnError) return failures(error)
    throw error
  }
}
