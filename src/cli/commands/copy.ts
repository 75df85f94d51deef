import { resolve } from 'node:path'
import type { Command as Parser } from 'commander'
import { UsageError } from '../../errors.ts'
import { count, firstTen } from '../../text.ts'
import { createIndex } from '../../walk/new-index.ts'
import type { ComparedSide } from '../../walk/side-reader.ts'
import { uuidsByName } from '../../walk/write-target.ts'
import { type NamedSide, openSide } from '../alias-name.ts'
import { type Command, examples } from '../command.ts'
import { askSide, type ComparedPair, inIndex, nameOf, SAME_NAMES, withBody } from '../compared-sides.ts'
import { type Context, isDryRun } from '../context.ts'
import { Copier, type CopyParts } from '../copy/copier.ts'
import { countDifference } from '../copy/count-check.ts'
import { type CopySides, type CopyTargets, findTargets } from '../copy/targets.ts'
import { COMPLETE } from '../exit-status.ts'
import { withFileLocks } from '../file-lock.ts'
import { MERGED, tellOutcome } from '../import/outcome.ts'
import { openRejects, reportRejected } from '../import/rejects.ts'
import { explainNoHits } from '../no-hits.ts'
import { type ProgressChoice, progressOption, sizeOption } from '../options.ts'
import { printDifferences } from '../output/differences.ts'
import { printRequest } from '../output/dry-run.ts'
import { withProgress } from '../output/progress.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'
import { printBody } from '../output/search.ts'
import { queryFlags } from '../query-flags.ts'
import { StateFile, StateWriter } from '../state-file.ts'
import { refuseShardFlags, type ShardFlags, shardFlags, walkTask } from '../walk-flags.ts'

interface CopyFlags extends ShardFlags {
  merge?: boolean
  state?: string
  rejects?: string
  batch?: number
  verify?: boolean
  progress?: ProgressChoice
}

export const copy: Command = {
  dryRun: 'reads',
  movesIndices: true,
  declare,
  run: async (context, options: CopyFlags, fromTyped, toTyped) => {
    refuseShardFlags(options, 'copy')
    const [from, to] = [await openSide(context.session, fromTyped), await openSide(context.session, toTyped)]
    const sides = { from, to, merge: options.merge === true }
    if (sides.merge && to.name === SAME_NAMES)
      throw new UsageError('--merge writes to one index, which * is not: name it')
    const [state, rejects] = [options.state, options.rejects].map(
      path => path && resolve(context.io.cwd, path),
    )
    return await withFileLocks([state, rejects], () =>
      runCopy({ context, sides, options, paths: { state, rejects } }),
    )
  },
}

function declare(parser: Parser): void {
  parser
    .argument(
      '<from>',
      'what to copy: ALIAS:NAME, or NAME of --alias; a name in `indices` of the alias, or an index expression',
    )
    .argument(
      '<to>',
      'the index to write to, ALIAS:NAME; it is created like the other one where it does not exist. ALIAS:* for the same names',
    )
  queryFlags(parser)
    .option('--merge', 'write several indices to one')
    .option(
      '--state <file>',
      'keep there how far the copy has come: the same command goes on after a failure, and later copies what has changed',
    )
    .option(
      '--rejects <file>',
      'keep there what the cluster does not take, with the reasons: a file to repair and import',
    )
  shardFlags(parser)
    .option('--batch <size>', 'how much is written with one request (default: 5MB)', sizeOption('--batch'))
    .option('--verify', 'then compare both sides, as `diff` does: 1 where documents differ')
    .addOption(progressOption())
    .addHelpText(
      'after',
      examples(
        'esconn copy logs:access backup:access-2',
        'esconn copy logs:access backup:access-2 --state access.state   # again later: copies what has changed',
        "esconn copy 'logs:logs-2026-*' 'backup:*' --verify",
        "esconn copy 'logs:logs-*' backup:errors --merge --term level=error",
        'esconn copy logs:access backup:access-2 --dry-run   # the request that creates the index',
      ),
    )
}

/** One copy that the user asked for. */
interface AskedCopy {
  context: Context
  sides: CopySides
  options: CopyFlags
  paths: { state: string | undefined; rejects: string | undefined }
}

async function runCopy({ context, sides, options, paths }: AskedCopy): Promise<number> {
  const { from, to } = sides
  const file = paths.state === undefined ? undefined : StateFile.read(paths.state)
  const { started = new Date().toISOString() } = file?.saved ?? {}
  const flags = await withBody(options, context)
  const question = { context, command: 'copy', started }
  const { side, asked } = await askSide(flags, from, question)
  const { call } = side
  if (options.showQuery) return await printBody(context, call)
  const target = `${to.connection.alias}:${decodeURIComponent(to.connection.indexPath(to.name))}`
  const task = { ...walkTask('copy', { ...from, call }, { format: 'ndjson' }), to: target }
  file?.refuseOther(task)
  const limits = { ...context.exchangeOptions, whole: true }
  const targets = await findTargets(sides, file, limits)
  if (sides.merge && targets.indices.length > 1) context.messages.print(`${to.connection.alias}: ${MERGED}`)
  if (isDryRun(context)) return await printCreations(context, to, targets)
  const rejects = await openRejects(paths.rejects, file)
  await createAll(context, to, targets)
  const state = file && {
    file,
    writer: new StateWriter(
      file,
      file.begin(task, {
        ...{ started, out: paths.rejects },
        targets: await uuidsByName(to.connection, targets.all, limits),
      }),
      rejects,
    ),
  }
  const shown = { when: options.progress, isPrinted: false }
  const status = await withProgress(context, shown, async progress => {
    const parts = { context, sides, targets, call, options, state, rejects, progress }
    const copier = new Copier(parts)
    const status = await copyAll(parts, copier)
    if (copier.read === 0 && !file?.saved)
      await explainNoHits(context, from.connection, { name: from.name, asked, call })
    return status
  })
  if (!options.verify) return status
  const pairs = await copiedPairs(side, to, targets, async () => (await askSide(flags, to, question)).side)
  return await verify(context, options, { pairs, names: { from: nameOf(from), to: nameOf(to) } })
}

/** What was copied, and to where; `ask` makes the search of one index that was written to. */
async function copiedPairs(
  from: ComparedSide,
  { connection }: NamedSide,
  { path, indices }: CopyTargets,
  ask: () => Promise<ComparedSide>,
): Promise<ComparedPair[]> {
  if (path !== undefined) return [{ from, to: await ask() }]
  return indices.map(index => {
    const side = inIndex(from, index)
    return { from: side, to: { ...side, context: connection } }
  })
}

/** Compares what was copied with what is there now. */
async function verify(
  context: Context,
  { parallel = '4', page, progress: when }: CopyFlags,
  { pairs, names }: { pairs: ComparedPair[]; names: { from: string; to: string } },
): Promise<number> {
  return await withProgress(context, { when, isPrinted: context.out.isTerminal }, async progress => {
    const options = { parallel: Number(parallel), pageBytes: page, names, progress }
    return (await printDifferences(context, pairs, options)).status
  })
}

/** Copies everything, and says what became of it. */
async function copyAll(parts: CopyParts, copier: Copier): Promise<number> {
  const { context, sides, progress, rejects, state } = parts
  const [source, { alias }] = [sides.from.connection, sides.to.connection]
  const { documents, complete = true } = state?.file.saved ?? {}
  if (!complete) context.messages.print(`${alias}: goes on after ${count(documents ?? 0, 'document')}`)
  const outcome = await tellOutcome({ context, alias, progress, rejects, state }, copier)
  const { end: missing, place } = outcome
  if (missing !== undefined) reportIncomplete(context, source.alias, missing, 'was copied')
  const difference = missing === undefined ? await countDifference(parts, copier) : undefined
  if (difference !== undefined) reportIncomplete(context, alias, difference, 'was copied')
  const { rejected } = copier
  const hasState = state !== undefined
  return reportRejected(context, alias, { rejected, unit: 'document', place, hasState })
}

/** The requests that create what is missing; of documents there can be any number of requests. */
async function printCreations(
  context: Context,
  { connection }: NamedSide,
  { creations, all }: CopyTargets,
): Promise<number> {
  for (const call of creations) await printRequest(context, connection, call)
  const existing = all.filter(({ exists }) => exists).map(({ path }) => decodeURIComponent(path))
  if (existing.length > 0) context.messages.print(`${connection.alias}: already there: ${firstTen(existing)}`)
  return COMPLETE
}

async function createAll(
  context: Context,
  { connection }: NamedSide,
  { creations }: CopyTargets,
): Promise<void> {
  for (const call of creations) {
    context.messages.print(`${connection.alias}: ${call.method} ${call.path} ${call.body}`)
    await createIndex(connection, call, context.exchangeOptions)
  }
}
