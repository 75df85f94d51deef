import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { realFile, replaceFile } from '../config/files/write.ts'
import { InputError, UsageError } from '../errors.ts'
import { shorten } from '../text.ts'
import type { WalkBatch } from '../walk/walk.ts'
import type { WriteTarget } from '../walk/write-target.ts'
import type { OutputFile } from './output/file.ts'
import { outputError } from './output/streams.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const stateSchema = v.strictObject({
  esconn_state: v.literal(1),
  task: v.record(v.string(), v.string()),
  started: v.pipe(v.string(), v.isoTimestamp()),
  documents: count,
  complete: v.boolean(),
  rejected: v.optional(count),
  targets: v.optional(v.record(v.string(), v.array(v.string()))),
  out: v.optional(v.strictObject({ file: v.string(), length: count, hash: v.string(), part: v.boolean() })),
  block: v.optional(count),
  input: v.optional(v.strictObject({ size: count, sha256: v.string(), lines: count, run: v.string() })),
  checkpoint: v.strictObject({
    indices: v.record(
      v.string(),
      v.strictObject({
        uuid: v.string(),
        shards: v.record(
          v.string(),
          v.strictObject({ history_uuid: v.string(), seq_no: v.pipe(v.number(), v.safeInteger()) }),
        ),
      }),
    ),
  }),
})

/** What a run does, by which its state is recognized: command, alias, index, query, … */
export type Task = Readonly<Record<string, string>>

/** Where the reading of an index stands; what a state file holds besides its version. */
export interface State {
  task: Task
  /** When the first run began, as ISO 8601: relative times are counted from then. */
  started: string
  /** Of all runs. */
  documents: number
  /** Whether the last run gave everything that there was. */
  complete: boolean
  /** How many documents were rejected, if the run writes them to a cluster. */
  rejected?: number | undefined
  /** The UUIDs of the indices that are written to, by name, as far as the cluster tells them. */
  targets?: Readonly<Record<string, readonly string[]>> | undefined
  /**
   * The file that the documents, or those that were rejected, are in: `file` is relative to the state, `hash` that of its last bytes, `part` whether it
   * is still called FILE.part.
   */
  out?: { file: string; length: number; hash: string; part: boolean } | undefined
  /** Of a plan: how many sequence numbers a block has. */
  block?: number | undefined
  /**
   * Of an import: the size of the file and a digest of it, how many of its lines are settled, and what the ids of documents
   * without their own are made of.
   */
  input?: v.InferOutput<typeof stateSchema>['input']
  checkpoint: v.InferOutput<typeof stateSchema>['checkpoint']
}

/** A file that holds where a run stands, so that another one can go on from there. */
export class StateFile {
  readonly path: string
  /** What the file held when it was read; undefined where there was none. */
  readonly saved: State | undefined

  /**
   * @throws {UsageError} for what is there and is no file
   * @throws {InputError} for a file that is no state, or cannot be read
   * @throws {EsconnError} `output` for a file in no directory
   */
  static read(path: string): StateFile {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
      throw new UsageError(`${path} is no file, which a state must be`)
    const text = readIfThere(path)
    if (text === undefined && !existsSync(dirname(path)))
      throw outputError(Object.assign(new Error(), { code: 'ENOENT' }), path)
    return new StateFile(realFile(path), text === undefined ? undefined : parseState(text, path))
  }

  private constructor(path: string, saved: State | undefined) {
    this.path = path
    this.saved = saved
  }

  /** A file as seen from the directory of the state: both can be moved together. */
  relative(file: string): string {
    return relative(dirname(this.path), realFile(file))
  }

  /**
   * @param flag by which it was named
   * @throws {InputError} if the state is that of another task
   */
  refuseOther(task: Task, flag = '--state'): void {
    if (this.saved === undefined) return
    const { task: own } = this.saved
    const key = [...new Set([...Object.keys(own), ...Object.keys(task)])].find(key => own[key] !== task[key])
    if (key === undefined) return
    const shown = (value: string | undefined) => (value === undefined ? `no ${key}` : shorten(value))
    throw new InputError(
      `${this.path} belongs to something else: its ${key} is ${shown(own[key])}, here it is ${shown(task[key])}`,
      { advice: `name another file with ${flag}, or all else as before` },
    )
  }

  /** @throws {InputError} if an index that earlier runs wrote to is gone, or was made anew */
  refuseNewTargets(targets: readonly WriteTarget[], alias: string): void {
    const { targets: known = {}, documents = 0 } = this.saved ?? {}
    for (const { path, exists, uuids } of targets) {
      const index = decodeURIComponent(path)
      const before = known[index]
      const isOther = uuids.length > 0 && before && !before.some(uuid => uuids.includes(uuid))
      const isGone = !exists && (before !== undefined || (targets.length === 1 && documents > 0))
      if (isGone || isOther)
        throw new InputError(
          `${isGone ? 'there is no index' : 'not the same any more is'} ${index}, to which an earlier run has written`,
          { alias, advice: 'begin anew, with another --state' },
        )
    }
  }

  /**
   * What it holds before anything is written in this run.
   *
   * @param out the file that is written to besides
   */
  begin(
    task: Task,
    {
      started = new Date().toISOString(),
      out,
      targets,
    }: Pick<State, 'targets'> & { started?: string; out?: string | undefined },
  ): State {
    const file =
      out === undefined ? {} : { out: { file: this.relative(out), length: 0, hash: '', part: true } }
    const { documents = 0, checkpoint = { indices: {} } } = this.saved ?? {}
    const since = this.saved?.started ?? started
    return { task, started: since, documents, complete: false, ...file, targets, checkpoint }
  }

  /** @throws {EsconnError} `output`; what the file held is still in it then */
  save(state: State): void {
    const text = `${JSON.stringify({ esconn_state: 1, ...state }, undefined, 1)}\n`
    replaceFile(this.path, text, 0o600, `${this.path}.new`)
  }
}

/** How often progress is saved, in milliseconds. */
const EVERY = 1000

/** Keeps in a state file how far the documents of a run have been written. */
export class StateWriter {
  readonly #file: StateFile
  /** What the documents are written to, if that is a file. */
  readonly #out: OutputFile | undefined
  #state: State
  #saved: State | undefined
  #savedAt = Number.NEGATIVE_INFINITY
  #hasWritten = false

  constructor(file: StateFile, first: State, out: OutputFile | undefined) {
    this.#file = file
    this.#state = first
    this.#out = out
  }

  /** Of all runs. */
  get documents(): number {
    return this.#state.documents
  }

  /** Whether anything was written in this run. */
  get hasWritten(): boolean {
    return this.#hasWritten
  }

  /** Whether there is a state from which another run can go on. */
  get isSaved(): boolean {
    return this.#hasWritten || this.#file.saved !== undefined
  }

  /** Passes batches on; when the next one is asked for, the one before has been written. */
  async *after<End>(
    batches: AsyncGenerator<WalkBatch, End, undefined>,
  ): AsyncGenerator<WalkBatch, End, undefined> {
    try {
      let next = await batches.next()
      for (; !next.done; next = await this.#savingMeanwhile(batches.next())) {
        if (next.value.count > 0) await this.#begin()
        yield next.value
        const { count, checkpoint = this.#state.checkpoint } = next.value
        await this.advance({ count, checkpoint })
      }
      return next.value
    } finally {
      await batches.return(undefined as End)
    }
  }

  /** Before a complete file grows the state says that it is not complete: otherwise who has added to it? */
  async #begin(): Promise<void> {
    if (this.#hasWritten || !this.#file.saved?.complete || this.#out?.isPart !== false) return
    this.#hasWritten = true
    await this.save()
  }

  /** Waits for a batch; if none comes for a while, what was written before is saved. */
  async #savingMeanwhile<Next>(next: Promise<Next>): Promise<Next> {
    if (this.#state === this.#saved) return await next
    const late = sleep(EVERY, true, { ref: false })
    if ((await Promise.race([next.then(() => false), late])) === true) await this.save()
    return await next
  }

  /** Keeps how far it has come, with so many documents more. */
  async advance({ count, ...to }: { count: number } & Partial<State>): Promise<void> {
    this.#hasWritten = true
    this.#state = { ...this.#state, ...to, documents: this.#state.documents + count }
    if (performance.now() - this.#savedAt >= EVERY) await this.save()
  }

  /**
   * Saves how far it has come, if there is anything new to say: first the documents, so that a power failure can lose
   * progress and no document.
   *
   * @throws {EsconnError} `output`
   */
  async save({ complete = false } = {}): Promise<void> {
    if (!this.#hasWritten && !complete) return
    const { out } = this.#state
    if (out && this.#out)
      this.#state = { ...this.#state, out: { ...out, ...(await this.#out.sync()), part: this.#out.isPart } }
    this.#state = { ...this.#state, complete }
    this.#file.save(this.#state)
    this.#saved = this.#state
    this.#savedAt = performance.now()
  }

  /** Saves that the file has its name. */
  saveName(): void {
    const { out } = this.#state
    if (!out?.part || !this.#state.complete) return
    this.#state = { ...this.#state, out: { ...out, part: false } }
    this.#file.save(this.#state)
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new InputError(`${path} cannot be read (${message})`, { cause })
  }
}

function parseState(text: string, path: string): State {
  try {
    const { esconn_state: _, ...state } = v.parse(stateSchema, JSON.parse(text))
    return state
  } catch (cause) {
    throw new InputError(`${path} is not a state of esconn, or broken`, {
      cause,
      advice: 'it is left as it is; to begin anew, name a file that does not exist',
    })
  }
}
