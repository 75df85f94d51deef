import { resolve } from 'node:path'
import { Option, type Command as Parser } from 'commander'
import { similarName } from '../../config/mistakes.ts'
import type { Connection } from '../../connection.ts'
import { IncompleteError, UsageError } from '../../errors.ts'
import { resolveName } from '../../query/index-names.ts'
import { count } from '../../text.ts'
import { type BulkOperation, bulkCall } from '../../walk/bulk-request.ts'
import { findWriteTarget, type WriteTarget } from '../../walk/write-target.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import type { Context } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { LINE_KINDS } from '../import/documents.ts'
import { Importer, type ImportOptions, type ImportParts } from '../import/importer.ts'
import { ImportInput } from '../import/input.ts'
import { countOption, type ProgressChoice, progressOption, sizeOption } from '../options.ts'
import { OutputFile } from '../output/file.ts'
import { withProgress } from '../output/progress.ts'

const OPERATIONS = ['index', 'create'] as const satisfies readonly BulkOperation[]

interface ImportFlags extends ImportOptions {
  rejects?: string
  progress?: ProgressChoice
}

export const importCommand: Command = {
  completers: [indexNames],
  declare,
  run: async (context, options: ImportFlags, name, file = '-') => {
    refuseFlags(context, options, file)
    const connection = await context.session.connect()
    const target = await targetOf(context, connection, { name, options })
    const input = await ImportInput.open(file, { io: context.io, signal: context.io.signal })
    const isPrinted = false
    return await withProgress(context, { when: options.progress, isPrinted }, progress =>
      importAll({ context, connection, target, options, input, progress }, options.rejects),
    )
  },
}

function declare(parser: Parser): void {
  parser
    .argument('<name>', 'a name in `indices` of the alias, or an index')
    .argument('[file]', 'what to import, plain or gzip (default: standard input)')
    .addOption(
      new Option(
        '--lines <kind>',
        'what the lines are: hits as `export` writes them, or documents alone (default: what the first line is)',
      ).choices(LINE_KINDS),
    )
    .option('--id-field <field>', "the field that is a document's id")
    .option('--routing-field <field>', "the field that is a document's routing")
    .addOption(
      new Option('--op <operation>', 'whether a document replaces one of the same id, or is rejected then')
        .choices(OPERATIONS)
        .default('index'),
    )
    .option('--pipeline <name>', 'the ingest pipeline that the documents go through')
    .option('--merge', 'write hits of several indices to one')
    .option(
      '--rejects <file>',
      'keep there what the cluster does not take, with the reasons: a file to repair and import',
    )
    .option('--skip-malformed', 'reject lines that are not JSON, instead of ending there')
    .option('--parallel <n>', 'how many requests are sent at a time (default: 4)', countOption('--parallel'))
    .option('--batch <size>', 'how much is sent with one request (default: 5MB)', sizeOption('--batch'))
    .addOption(progressOption())
    .addHelpText(
      'after',
      examples(
        'esconn import entry entries.ndjson.gz',
        'esconn import entry entries.ndjson.gz --rejects rejects.ndjson',
        'jq -c .[] people.json | esconn import people --id-field email',
      ),
    )
}

function refuseFlags({ io }: Context, { parallel }: ImportFlags, file: string): void {
  if (parallel === '0') throw new UsageError('--parallel 0: must be 1 or greater')
  if (file === '-' && (io.stdin as NodeJS.ReadStream).isTTY)
    throw new UsageError('there is nothing to import', {
      advice: 'name a file, or pipe lines to the command',
    })
}

/** @throws {WireError} `denied` for an alias that is readonly */
async function targetOf(
  { exchangeOptions, messages }: Context,
  connection: Connection,
  { name, options }: { name: string; options: ImportFlags },
): Promise<WriteTarget> {
  const { transport, alias, names } = connection
  const call = bulkCall({ path: connection.indexPath(name) }, [], options.op)
  await transport.preview(call, exchangeOptions) // before anything else is sent, or written to a file
  const target = await findWriteTarget(
    connection,
    { name, target: resolveName(name, names) },
    { ...exchangeOptions, whole: true },
  )
  if (!target.exists) {
    const meant = names.has(name) ? undefined : similarName(name, [...names.keys()])
    const question = meant === undefined ? '' : `; did you mean \`${meant}\`?`
    messages.print(`${alias}: there is no index ${decodeURIComponent(target.path)} yet${question}`)
  }
  return target
}

/** Imports everything, and says what became of it. */
async function importAll(
  parts: Omit<ImportParts, 'rejectsFile'>,
  rejects: string | undefined,
): Promise<number> {
  const { context, connection, progress } = parts
  const rejectsFile =
    rejects === undefined ? undefined : await OutputFile.create(resolve(context.io.cwd, rejects))
  const importer = new Importer({ ...parts, rejectsFile })
  const say = (...more: readonly string[]) => {
    const { count: rejected } = importer.rejects
    const done = (written: number) =>
      `${count(written, 'document')} written${rejected > 0 ? `, ${rejected} rejected` : ''}`
    context.messages.print([`${connection.alias}: ${progress.summaryOf(done)}`, ...more].join('; '))
  }
  try {
    await importer.run()
    const place = await rejectsFile?.end({ isComplete: true })
    say()
    return reportRejected(parts, importer.rejects.count, place)
  } catch (error) {
    if (error instanceof IncompleteError) throw error
    const place = await rejectsFile?.abandon({ keep: false })
    const { settledLines } = importer
    say(
      ...(settledLines === 0 ? [] : [`done up to line ${settledLines}`]),
      ...(place === undefined ? [] : [`those rejected are in ${place}`]),
    )
    throw error
  }
}

/** @throws {IncompleteError} where lines were rejected, unless --allow-partial was given */
function reportRejected(
  { context: { globals, messages }, connection: { alias } }: Pick<ImportParts, 'context' | 'connection'>,
  rejected: number,
  place: string | undefined,
): number {
  if (rejected === 0) return COMPLETE
  const where =
    place === undefined
      ? '--rejects FILE keeps them, to be repaired and imported'
      : `repair them in ${place}, and import that file`
  const error = new IncompleteError(`${count(rejected, 'line')} rejected`, {
    alias,
    advice: `${where}; with --allow-partial this is not a failure`,
  })
  if (!globals.allowPartial) throw error
  messages.print(error.message)
  return COMPLETE
}
