import { resolve } from 'node:path'
import { Option, type Command as Parser } from 'commander'
import type { Connection } from '../../connection.ts'
import { InputError, UsageError } from '../../errors.ts'
import { joinReasons } from '../../hits/completeness.ts'
import { memberOf, textAtPath } from '../../json/members.ts'
import { bodyHas } from '../../query/search.ts'
import { count } from '../../text.ts'
import { formatDuration, formatSize } from '../../units.ts'
import { type WalkBatch, walk } from '../../walk/walk.ts'
import type { Call } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import type { Context } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { explainHits, explainNoHits } from '../no-hits.ts'
import { countOption, sizeOption } from '../options.ts'
import { OutputFile } from '../output/file.ts'
import { createFormat, type FormatName } from '../output/formats.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'
import { printBatches, printBody } from '../output/search.ts'
import type { Output } from '../output/streams.ts'
import { type QueryOptions, queryAdditions, queryBody, queryFlags } from '../query-flags.ts'

/** What documents are written as. */
const EXPORT_FORMATS = ['ndjson', 'source', 'ids'] as const satisfies readonly FormatName[]

interface ExportFlags extends QueryOptions {
  out?: string
  parallel?: string
  page?: number
  format: (typeof EXPORT_FORMATS)[number]
}

/** Flags of search that are about an order or a part of the hits. */
const OF_SEARCH = ['sort', 'from', 'size', 'limit', 'all', 'collapse', 'highlight']

export const exportCommand: Command = {
  completers: [indexNames],
  declare,
  run: async (context, options: ExportFlags, name) => {
    const flag = OF_SEARCH.find(flag => flag in options)
    if (flag)
      throw new UsageError(`--${flag} has no meaning for export, which reads whole shards`, {
        hint: { kind: 'search-instead' },
      })
    if (options.parallel === '0') throw new UsageError('--parallel 0: must be 1 or greater')
    const connection = await context.session.connect()
    const { additions, asked } = await queryAdditions(options, name, { connection, context })
    const defaults = new Map(options.format === 'ids' ? [['_source', 'false']] : [])
    const call = connection.searchCall(name, await queryBody(options, context), { ...additions, defaults })
    if (options.showQuery) return await printBody(context, call)
    const { found, missing, place } = await exportAll(context, connection, { call, options })
    if (missing !== undefined) reportIncomplete(context, connection.alias, missing, place)
    else await (found === 0 ? explainNoHits : explainHits)(context, connection, { name, asked, call })
    return COMPLETE
  },
}

function declare(parser: Parser): void {
  parser.argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
  queryFlags(parser)
    .option(
      '--out <file>',
      'write to this file, called FILE.part until it is complete; FILE.gz is compressed',
    )
    .addOption(
      new Option('--format <format>', 'how documents are written').choices(EXPORT_FORMATS).default('ndjson'),
    )
    .option('--parallel <n>', 'how many shards are read at a time (default: 4)', countOption('--parallel'))
    .option('--page <size>', 'how much is read with one request (default: 4MiB)', sizeOption('--page'))
    .addHelpText(
      'after',
      examples(
        'esconn export entry --out entries.ndjson.gz',
        "esconn export 'logs-*' --since 2d --term level=error | zstd > errors.ndjson.zst",
        'esconn export entry --format source | jq -r .title',
      ),
    )
  for (const flag of OF_SEARCH)
    parser.addOption(new Option(`--${flag}${flag === 'all' ? '' : ' <value>'}`).hideHelp())
}

/** What was written, and where it is. */
interface Exported {
  found: number
  /** Why documents are missing. */
  missing: string | undefined
  place: string
}

/** Writes all documents to the file, or to standard output. */
async function exportAll(
  context: Context,
  connection: Connection,
  { call, options }: { call: Call; options: ExportFlags },
): Promise<Exported> {
  const { out: path } = options
  if (path === undefined)
    return { ...(await writeAll(context, connection, { call, options })), place: 'was printed' }
  const file = await OutputFile.open(resolve(context.io.cwd, path))
  try {
    const uncolored = { ...context, out: file, globals: { ...context.globals, color: 'never' as const } }
    const written = await writeAll(uncolored, connection, { call, options })
    const isComplete = written.missing === undefined || context.globals.allowPartial === true
    return { ...written, place: `is in ${await file.end({ isComplete })}` }
  } catch (error) {
    const part = await file.abandon()
    if (part !== undefined) context.messages.print(`${connection.alias}: what arrived is in ${part}`)
    throw error
  }
}

/** Writes all documents to the context's output, and says how many there were. */
async function writeAll(
  context: Context,
  connection: Connection,
  { call, options }: { call: Call; options: ExportFlags },
): Promise<Pick<Exported, 'found' | 'missing'>> {
  const { format: name, parallel = '4', page } = options
  const print = (text: string | undefined) => text && context.messages.print(`${connection.alias}: ${text}`)
  const started = performance.now()
  const out = counted(context.out)
  const format = await createFormat({ name, header: true, csvSafe: false }, { ...context, out })
  const walking = walk(connection, call, {
    ...context.exchangeOptions,
    parallel: Number(parallel),
    pageBytes: page,
    onNotice: print,
  })
  const needsSource = name !== 'ids' && !bodyHas(call, '_source')
  const batches = needsSource ? withSources(walking, connection.alias) : walking
  const { found, end } = await printBatches({ ...context, out }, batches, format)
  print(format.note?.())
  const seconds = formatDuration(Math.round((performance.now() - started) / 100) * 100)
  print(`${count(found, 'document')}, ${formatSize(out.bytes)}, in ${seconds}`)
  return { found, missing: joinReasons([end, format.missing?.()]) }
}

/** Counts the bytes that an output gets. */
function counted(out: Output): Output & { readonly bytes: number } {
  let bytes = 0
  return {
    isTerminal: out.isTerminal,
    columns: out.columns,
    get bytes() {
      return bytes
    },
    write: async data => {
      bytes += Buffer.byteLength(data)
      await out.write(data)
    },
  }
}

/** @throws {InputError} for documents that the index does not keep */
async function* withSources<End>(
  batches: AsyncGenerator<WalkBatch, End, undefined>,
  alias: string,
): AsyncGenerator<WalkBatch, End, undefined> {
  try {
    let next = await batches.next()
    for (; !next.done; next = await batches.next()) {
      const first = next.value.runs[0]?.first
      if (first && memberOf(first, '_source') === undefined)
        throw new InputError(
          `${textAtPath(first, ['_index'])} keeps no _source, so its documents cannot be exported`,
          {
            alias,
            advice: '--format ids prints their ids',
          },
        )
      yield next.value
    }
    return next.value
  } finally {
    await batches.return(undefined as never)
  }
}
