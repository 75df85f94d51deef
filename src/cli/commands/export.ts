import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command as Parser } from 'commander'
import { realFile } from '../../config/files/write.ts'
import type { Connection } from '../../connection.ts'
import { EsconnError, InputError, UsageError } from '../../errors.ts'
import { joinReasons } from '../../hits/completeness.ts'
import { bodyHas } from '../../query/search.ts'
import { count } from '../../text.ts'
import { BLOCK, type WalkPart } from '../../walk/part.ts'
import { countShards } from '../../walk/shards.ts'
import { type WalkBatches, walk } from '../../walk/walk.ts'
import type { Call } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import type { Context } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { withFileLocks } from '../file-lock.ts'
import { explainHits, explainNoHits, noIndex } from '../no-hits.ts'
import { type ProgressChoice, progressOption } from '../options.ts'
import { OutputFile } from '../output/file.ts'
import { createFormat } from '../output/formats.ts'
import { type Progress, withProgress } from '../output/progress.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'
import { printBatches, printBody } from '../output/search.ts'
import { withSources } from '../output/sources.ts'
import { queryFlags } from '../query-flags.ts'
import { StateFile, StateWriter, type Task } from '../state-file.ts'
import { refuseWalkFlags, type WalkFlags, walkCall, walkFlags, walkFormat, walkTask } from '../walk-flags.ts'

interface ExportFlags extends WalkFlags {
  out?: string | undefined
  state?: string
  plan?: string
  part?: WalkPart
  progress?: ProgressChoice
}

export const exportCommand: Command = {
  completers: [indexNames],
  movesIndices: true,
  declare,
  run: async (context, options: ExportFlags, name) => {
    const flags = options.out === '-' ? { ...options, out: undefined } : options
    refuseFlags(flags)
    const connection = await context.session.connect()
    const inCwd = (path: string | undefined) =>
      path === undefined ? undefined : resolve(context.io.cwd, path)
    const paths = { out: inCwd(flags.out), state: inCwd(flags.state), plan: inCwd(flags.plan) }
    refuseSameFile(paths)
    return await withFileLocks([paths.state, paths.out], () =>
      runExport({ context, connection, name, options: flags, paths }),
    )
  },
}

/** The files that an export reads and writes. */
interface ExportPaths {
  out: string | undefined
  state: string | undefined
  plan: string | undefined
}

/** Of a state that is being saved, and of an output that is not complete. */
const OTHER_NAMES = ['', '.part', '.new']

function refuseSameFile(paths: ExportPaths): void {
  const files = Object.values(paths).flatMap(path => (path === undefined ? [] : realFile(path)))
  const names = files.flatMap(file => OTHER_NAMES.map(suffix => file + suffix))
  if (new Set(names).size < names.length)
    throw new UsageError(
      '--out, --state and --plan must be different files, also with .part and .new at the end',
    )
}

async function runExport({
  paths,
  ...asked
}: Pick<ExportRun, 'context' | 'connection' | 'name' | 'options' | 'paths'>): Promise<number> {
  const { context, connection, name, options } = asked
  const [state, plan] = [paths.state, paths.plan].map(path =>
    path === undefined ? undefined : StateFile.read(path),
  )
  if (plan && !plan.saved && options.part)
    throw new InputError(`there is no plan ${plan.path}`, {
      advice: 'the same command without --part and --out writes one',
    })
  const { started = new Date().toISOString() } = state?.saved ?? plan?.saved ?? {}
  const { call, asked: fields } = await walkCall(options, { context, connection, name, started })
  if (options.showQuery) return await printBody(context, call)
  const run = { ...asked, paths, call, state, plan, started }
  refuseOthers(run)
  if (plan && !options.part) return await writePlan(run, plan)
  const isPrinted = paths.out === undefined && context.out.isTerminal
  return await withProgress(context, { when: options.progress, isPrinted }, async progress => {
    const { found, missing, place } = await exportAll(run, progress)
    context.messages.print(`${connection.alias}: ${progress.summary}`)
    const question = { name, asked: fields, call }
    if (missing !== undefined) reportIncomplete(context, connection.alias, missing, place)
    else if (!state?.saved) await (found === 0 ? explainNoHits : explainHits)(context, connection, question)
    return COMPLETE
  })
}

function declare(parser: Parser): void {
  parser.argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
  queryFlags(parser)
    .option(
      '--out <file>',
      'write to this file, called FILE.part until it is complete; FILE.gz is compressed',
    )
    .option(
      '--state <file>',
      'keep there how far the export has come: the same command goes on after a failure, and later adds what has changed',
    )
  walkFlags(parser)
    .option(
      '--part <i/n>',
      'only one of n parts, counted from 0: each can be read by another machine',
      partOption,
    )
    .option(
      '--plan <file>',
      'without --part: write down there what there is now; with it: read up to that, so that the parts fit together',
    )
    .addOption(progressOption())
    .addHelpText(
      'after',
      examples(
        'esconn export entry --out entries.ndjson.gz',
        'esconn export entry --out entries.ndjson.gz --state entries.state   # again later: adds what has changed',
        "esconn export 'logs-*' --since 2d --term level=error | zstd > errors.ndjson.zst",
        'esconn export entry --format source | jq -r .title',
        'esconn export entry --format csv --fields slug,author,rating --out entries.csv',
      ),
    )
}

/** Reads `0/3`, the first of three parts. */
function partOption(typed: string): WalkPart {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(typed) ?? []
  if (Number(index) < Number(of)) return { index: Number(index), of: Number(of) }
  throw new UsageError(`--part ${typed}: not a part`, {
    advice: 'for example: 0/3, 1/3 and 2/3, the three parts of a whole',
  })
}

function refuseFlags(options: ExportFlags): void {
  const { plan, part, state, out } = options
  refuseWalkFlags(options, 'export')
  if (plan && !part && (state ?? out) !== undefined)
    throw new UsageError('--plan without --part only writes the plan, and takes neither --out nor --state')
  if (part && state !== undefined && !plan)
    throw new UsageError('--part with --state needs --plan, so that the parts fit together', {
      advice: 'write the plan first: the same command with --plan FILE alone',
    })
  const [, suffix] = /\.(zst|zstd|bz2|xz|lz4|zip|7z)$/.exec(out ?? '') ?? []
  if (suffix)
    throw new UsageError(`--out ${out}: only FILE.gz is compressed`, {
      advice: `for another format use a pipe: | zstd > FILE.zst`,
    })
}

/** One export: what is read, and where it goes. */
interface ExportRun {
  context: Context
  connection: Connection
  /** What the user calls the index. */
  name: string
  call: Call
  options: ExportFlags
  paths: ExportPaths
  state: StateFile | undefined
  plan: StateFile | undefined
  started: string
}

function taskOf({ options, ...query }: ExportRun): Task {
  const { part } = options
  const task = walkTask('export', query, options)
  return part ? { ...task, part: `${part.index}/${part.of}` } : task
}

/** @throws {InputError} for a state or a plan of something else */
function refuseOthers(run: ExportRun): void {
  const { part: _, ...whole } = taskOf(run)
  run.state?.refuseOther(taskOf(run))
  if (run.options.part) run.plan?.refuseOther(whole, '--plan')
}

/** Writes down where an export stands that has everything up to now. */
async function writePlan(run: ExportRun, plan: StateFile): Promise<number> {
  const { context, connection, name, started } = run
  if (plan.saved)
    throw new UsageError(`${plan.path} exists already`, { advice: '--part I/N reads what it has planned' })
  const checkpoint = await connection.checkpoint(name, context.exchangeOptions)
  const shards = Object.values(checkpoint.indices).flatMap(index => Object.keys(index.shards))
  if (shards.length === 0) throw new InputError(`${noIndex(name, name)}: there is nothing to plan`)
  plan.save({ task: taskOf(run), started, documents: 0, complete: true, block: BLOCK, checkpoint })
  context.messages.print(
    `${connection.alias}: planned: ${count(shards.length, 'shard')}; add --part I/N to read one of N parts of it`,
  )
  return COMPLETE
}

/** What was written, and where it is. */
interface Exported {
  found: number
  /** Why documents are missing. */
  missing: string | undefined
  place: string
}

/** Where documents go, and what keeps how far that has come. */
interface ExportTarget {
  file: OutputFile | undefined
  writer: StateWriter | undefined
  progress: Progress
}

/** Writes all documents to the file, or to standard output. */
async function exportAll(run: ExportRun, progress: Progress): Promise<Exported> {
  const { context, connection, state } = run
  const file = await openFile(run)
  const first = state?.begin(taskOf(run), { started: run.started, out: run.paths.out })
  const writer = state && first && new StateWriter(state, first, file)
  try {
    const { found, missing } = await writeAll(run, { file, writer, progress })
    if (found === 0) await refuseNothing(run)
    const isComplete = missing === undefined || context.globals.allowPartial === true
    await writer?.save({ complete: isComplete })
    const place = file ? `is in ${await file.end({ isComplete })}` : 'was printed'
    writer?.saveName()
    return { found, missing, place }
  } catch (error) {
    const left = await leave({ file, writer }, error)
    if (left !== undefined) context.messages.print(`${connection.alias}: ${left}`)
    throw error
  }
}

/** @throws {InputError} where the name means no index: an empty file would take the place of another one */
async function refuseNothing({ context, connection, name }: ExportRun): Promise<void> {
  const path = connection.indexPath(name)
  const { shards } = await countShards(connection, path, context.exchangeOptions)
  if (shards > 0) return
  throw new InputError(`${noIndex(name, decodeURIComponent(path))}: there is nothing to export`, {
    alias: connection.alias,
  })
}

/** @throws {InputError} for a file that is not the one of the state */
async function openFile({ paths: { out: path }, state }: ExportRun): Promise<OutputFile | undefined> {
  const { saved } = state ?? {}
  if (saved?.out && path !== undefined && saved.out.file === state?.relative(path))
    return await OutputFile.continue(path, { ...saved.out, complete: saved.complete })
  if (saved?.out && !saved.complete)
    throw new InputError(`${state?.path} is that of an export to ${saved.out.file}, which is not complete`, {
      advice: `finish it first, with --out ${saved.out.file}`,
    })
  if (path === undefined) return undefined
  if (state && existsSync(path))
    throw new InputError(`${path} exists, and is not the file of ${state.path}`, {
      advice: saved
        ? 'what has changed is written to a new file, or added to the one of the state'
        : 'remove it, or name another one with --out: a new state begins a new file',
    })
  return await OutputFile.create(path)
}

async function writeAll(
  run: ExportRun,
  { file, writer, progress }: ExportTarget,
): Promise<Pick<Exported, 'found' | 'missing'>> {
  const { context, connection, options } = run
  const print = (text: string | undefined) => text && context.messages.print(`${connection.alias}: ${text}`)
  const out = progress.watchOutput(file ?? context.out)
  const printing: Context = file
    ? { ...context, out, globals: { ...context.globals, color: 'never' } }
    : { ...context, out }
  print(whereItStands(run))
  const header = file ? file.length === 0 : run.state?.saved?.complete !== false
  const format = await createFormat(walkFormat(options, header), printing)
  const batches = progress.watch(batchesOf(run, { writer, notice: print }))
  const { found, end } = await printBatches(printing, batches, format)
  print(format.note?.())
  return { found, missing: joinReasons([end, format.missing?.()]) }
}

/** What is said before an export goes on that was not complete. */
function whereItStands({ state, options }: ExportRun): string | undefined {
  if (state?.saved?.complete !== false) return undefined
  const twice =
    options.out === undefined ? '; only the rest is printed, and the last of them may come twice' : ''
  return `${state.path}: goes on after ${count(state.saved.documents, 'document')}${twice}`
}

function batchesOf(
  { context, connection, call, options, state, plan }: ExportRun,
  { writer, notice }: { writer: StateWriter | undefined; notice: (text: string) => void },
): WalkBatches {
  const { parallel = '4', page, part, format } = options
  if (part && !plan) notice(UNPLANNED)
  const walking = walk(connection, call, {
    ...context.exchangeOptions,
    after: state?.saved?.checkpoint,
    through: plan?.saved?.checkpoint,
    part: part && { ...part, block: plan?.saved?.block },
    ...(state ? { resumable: true } : {}),
    parallel: Number(parallel),
    pageBytes: page,
    onNotice: notice,
  })
  const needsSource = format !== 'ids' && !bodyHas(call, '_source')
  const batches = needsSource ? withSources(walking, connection.alias) : walking
  return writer ? writer.after(batches) : batches
}

const UNPLANNED =
  'the parts fit together only while nothing is written to the index; --plan FILE makes them fit where something is'

/** Closes the file after a failure; returns what the user should know of what was written. */
async function leave(
  { file, writer }: Omit<ExportTarget, 'progress'>,
  error: unknown,
): Promise<string | undefined> {
  const { fault } = error instanceof EsconnError ? error : {}
  if (fault !== 'output' && fault !== 'closed') await writer?.save().catch(() => {}) // the first error is the one to tell
  const name = await file?.abandon({ keep: writer?.isSaved === true })
  const where = name ? `what arrived is in ${name}` : undefined
  const canGoOn = writer?.hasWritten || (writer?.isSaved && fault === 'aborted')
  if (!writer || !canGoOn || fault === 'closed') return where
  const again = 'the same command goes on from there'
  if (file) return `${where ?? 'nothing new arrived'}; ${again}`
  return `${count(writer.documents, 'document')} were printed; ${again}: it prints the rest, and may print the last of them again`
}
