import type { Context } from '../context.ts'
import type { OutputFile } from '../output/file.ts'
import type { Progress } from '../output/progress.ts'
import type { StateWriter } from '../state-file.ts'

export const MERGED = 'hits of several indices are written to one: of equal ids the last one stays'

/** What writes documents to a cluster. */
interface Writing<End> {
  run: () => Promise<End>
  /** What was done, with how many documents were written. */
  readonly done: (written: number) => string
  readonly rejected: number
  /** Up to where all is settled, in words; undefined where nothing is. */
  readonly place?: string | undefined
}

/** Where it writes to besides, and what is told. */
interface WritingParts {
  context: Context
  /** Of the cluster that gets the documents. */
  alias: string
  progress: Progress
  rejects: OutputFile | undefined
  state: { writer: StateWriter } | undefined
}

/** Writes documents, and says what became of them; returns where those are that were rejected. */
export async function tellOutcome<End>(
  { context, alias, progress, rejects, state }: WritingParts,
  writing: Writing<End>,
): Promise<{ end: End; place: string | undefined }> {
  const print = (text: string) => context.messages.print(`${alias}: ${text}`)
  const summary = () =>
    progress.summaryOf(written => {
      const { rejected } = writing
      return `${writing.done(written)}${rejected > 0 ? `, ${rejected} rejected` : ''}`
    })
  const end = await writing.run().catch(async error => {
    const kept = await rejects?.abandon({ keep: state !== undefined })
    const { place, rejected } = writing
    const parts = [
      summary(),
      place ?? [],
      state ? 'the same command goes on from there' : [],
      kept === undefined ? [] : `what was rejected is in ${kept}`,
    ]
    if (place !== undefined || rejected + progress.average().documents > 0) print(parts.flat().join('; '))
    throw error
  })
  const place = await rejects?.end({ isComplete: true })
  state?.writer.saveName()
  print(summary())
  return { end, place }
}
