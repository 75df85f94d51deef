import { resolve } from 'node:path'
import type { Command as Parser } from 'commander'
import type { Connection } from '../../connection.ts'
import { EsconnError, WireError } from '../../errors.ts'
import { bodyHas } from '../../query/search.ts'
import { count } from '../../text.ts'
import { tail as tailBatches } from '../../walk/tail.ts'
import type { WalkBatch } from '../../walk/walk.ts'
import type { Call } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import type { Context } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { withFileLocks } from '../file-lock.ts'
import { explainNoHits } from '../no-hits.ts'
import { countOption, durationOption } from '../options.ts'
import { createFormat } from '../output/formats.ts'
import { printBatches, printBody } from '../output/search.ts'
import { withSources } from '../output/sources.ts'
import { type AskedField, queryFlags } from '../query-flags.ts'
import { StateFile, StateWriter } from '../state-file.ts'
import { refuseWalkFlags, type WalkFlags, walkCall, walkFlags, walkFormat, walkTask } from '../walk-flags.ts'

interface TailFlags extends WalkFlags {
  last?: string
  state?: string
  interval?: number
}

export const tail: Command = {
  completers: [indexNames],
  movesIndices: true,
  declare,
  run: async (context, options: TailFlags, name) => {
    refuseWalkFlags(options, 'tail')
    const connection = await context.session.connect()
    const path = options.state === undefined ? undefined : resolve(context.io.cwd, options.state)
    return await withFileLocks([path], () => tailFrom(path, { context, connection, name, options }))
  },
}

/** Goes on where the state of this path stands, if there is one. */
async function tailFrom(
  path: string | undefined,
  { context, connection, name, options }: Pick<TailRun, 'context' | 'connection' | 'name' | 'options'>,
): Promise<number> {
  const file = path === undefined ? undefined : StateFile.read(path)
  const { started = new Date().toISOString() } = file?.saved ?? {}
  const { call, asked } = await walkCall(options, { context, connection, name, started })
  if (options.showQuery) return await printBody(context, call)
  const task = walkTask('tail', { connection, name, call }, options)
  file?.refuseOther(task)
  const writer = file && new StateWriter(file, file.begin(task, { started }), undefined)
  return await follow({ context, connection, name, call, asked, options, file, writer })
}

function declare(parser: Parser): void {
  parser.argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
  queryFlags(parser)
    .option(
      '-n, --last <n>',
      'how many of the newest documents to print first (default: 10); none where a state goes on',
      countOption('--last'),
    )
    .option('--state <file>', 'keep there how far it has come: the same command goes on from there')
    .option(
      '--interval <duration>',
      'how often to look for changes (default: 1s)',
      durationOption('--interval'),
    )
  walkFlags(parser).addHelpText(
    'after',
    examples(
      'esconn tail entry',
      "esconn tail 'logs-*' --term level=error --format source | jq -r .message",
      'esconn tail entry -n 0 --state entry.state >> entries.ndjson',
      'esconn tail entry --max-time 10m   # ends with 0 after ten minutes',
    ),
  )
}

/** What is followed, and where it stood. */
interface TailRun {
  context: Context
  connection: Connection
  name: string
  call: Call
  asked: AskedField[]
  options: TailFlags
  file: StateFile | undefined
  writer: StateWriter | undefined
}

/** Prints what comes, until the time is up or something ends it; then it says how to go on. */
async function follow(run: TailRun): Promise<number> {
  const { context, connection, options, file, writer } = run
  const format = await createFormat(walkFormat(options, !file?.saved), context)
  const progress = { hasBegun: false }
  const batches = batchesOf(run, progress)
  try {
    await printBatches(context, writer ? writer.after(batches) : batches, format)
  } catch (error) {
    if (isReaderGone(error)) throw error
    await writer?.save().catch(() => {}) // the first error is the one to tell
    if (progress.hasBegun && isTimeUp(error, context)) return COMPLETE
    if (writer?.isSaved) context.messages.print(`${connection.alias}: ${goOn(writer)}`)
    throw error
  }
  return COMPLETE
}

/** What was not written is not saved as written. */
const isReaderGone = (error: unknown): boolean =>
  error instanceof EsconnError && (error.fault === 'output' || error.fault === 'closed')

/** A tail has no other end than its time limit. */
const isTimeUp = (error: unknown, { exchangeOptions: { signal } }: Context): boolean =>
  error instanceof WireError && error === signal.reason

const goOn = ({ documents }: StateWriter): string =>
  `${count(documents, 'document')} were printed; the same command goes on from there, and may print the last of them again`

/** The documents; where there is none at first it is said why that may be. */
async function* batchesOf(
  { context, connection, name, call, asked, options, file }: TailRun,
  progress: { hasBegun: boolean },
): AsyncGenerator<WalkBatch, void, undefined> {
  const { last = '10', interval, parallel = '4', page, timeField, format } = options
  const following = tailBatches(connection, name, call, {
    ...context.exchangeOptions,
    after: file?.saved?.checkpoint,
    last: Number(last),
    timeField,
    interval,
    parallel: Number(parallel),
    pageBytes: page,
    onNotice: text => context.messages.print(`${connection.alias}: ${text}`),
  })
  const needsSource = format !== 'ids' && !bodyHas(call, '_source')
  const batches = needsSource ? withSources(following, connection.alias) : following
  try {
    for (;;) {
      const { value: batch } = await batches.next()
      yield batch
      if (!progress.hasBegun && batch.count === 0 && hasIndices(batch))
        await explainNoHits(context, connection, { name, asked, call })
      progress.hasBegun = true
    }
  } finally {
    await batches.return(undefined as never)
  }
}

const hasIndices = ({ checkpoint }: WalkBatch): boolean => Object.keys(checkpoint?.indices ?? {}).length > 0
