import { randomBytes } from 'node:crypto'
import { InputError, UsageError } from '../../errors.ts'
import type { WriteTarget } from '../../walk/write-target.ts'
import type { OutputFile } from '../output/file.ts'
import { StateFile, StateWriter, type Task } from '../state-file.ts'
import type { ImportInput, InputIdentity } from './input.ts'
import { openRejects, rejectedBefore } from './rejects.ts'

/** Where an import stands when it begins. */
interface Beginning {
  /** So many lines are settled. */
  lines: number
  /** So many were rejected, and still count. */
  rejected: number
  /** What the ids of documents without their own are made of. */
  run: string
  /** Whether a run that did not come to its end may have written documents of later lines. */
  isResumed: boolean
}

/** The files that an import writes. */
export interface ImportFiles {
  state: { writer: StateWriter; identity: InputIdentity } | undefined
  rejects: OutputFile | undefined
  beginning: Beginning
}

/** The paths that the user named. */
interface ImportPaths {
  state: string | undefined
  rejects: string | undefined
}

/**
 * Opens the files that an import writes, and finds out where it stands.
 *
 * @throws {InputError} for a state of another import, or of another input
 * @throws {UsageError} for an input that cannot be read again
 * @throws {EsconnError} `output` for a file that cannot be written
 */
export async function openFiles(
  paths: ImportPaths,
  { task, target, input, alias }: { task: Task; target: WriteTarget; input: ImportInput; alias: string },
): Promise<ImportFiles> {
  const begun = { lines: 0, rejected: 0, run: randomBytes(8).toString('hex'), isResumed: false }
  if (paths.state === undefined)
    return { state: undefined, rejects: await openRejects(paths.rejects), beginning: begun }
  const file = StateFile.read(paths.state)
  file.refuseOther(task)
  file.refuseNewTargets([target], alias)
  const identity = await identityOf(input, file)
  const { saved } = file
  const { lines, run } = saved?.input ?? begun
  const isResumed = saved?.complete === false
  const beginning = { lines, rejected: rejectedBefore(file), run, isResumed }
  const rejects = await openRejects(paths.rejects, file)
  const targets = target.uuids.length > 0 ? { [decodeURIComponent(target.path)]: target.uuids } : undefined
  const writer = new StateWriter(file, file.begin(task, { out: paths.rejects, targets }), rejects)
  return { state: { writer, identity }, rejects, beginning }
}

/**
 * By what an input is recognized; it may have become longer since the run before.
 *
 * @throws {InputError} for another one
 */
async function identityOf(input: ImportInput, { path, saved }: StateFile): Promise<InputIdentity> {
  const now = await input.identity()
  if (now === undefined)
    throw new UsageError(`--state is for a file: ${input.name} cannot be read again after a failure`)
  const { size, sha256 } = saved?.input ?? now
  const same = now.size >= size ? await input.identity(size) : undefined
  if (same?.sha256 === sha256) return now
  throw new InputError(`${input.name} is not the file that was imported with ${path}, or has changed since`, {
    advice:
      'name another file with --state to begin anew (documents without ids of their own will be there twice), or import the file as it was',
  })
}
