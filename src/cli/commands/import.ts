import { resolve } from 'node:path'
import { Option, type Command as Parser } from 'commander'
import { similarName } from '../../config/mistakes.ts'
import type { Connection } from '../../connection.ts'
import { UsageError } from '../../errors.ts'
import { resolveName } from '../../query/index-names.ts'
import { type BulkOperation, bulkCall } from '../../walk/bulk-request.ts'
import { findWriteTarget, type WriteTarget } from '../../walk/write-target.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import type { Context } from '../context.ts'
import { withFileLocks } from '../file-lock.ts'
import { LINE_KINDS } from '../import/documents.ts'
import { Importer, type ImportOptions, type ImportParts } from '../import/importer.ts'
import { ImportInput } from '../import/input.ts'
import { tellOutcome } from '../import/outcome.ts'
import { reportRejected } from '../import/rejects.ts'
import { openFiles } from '../import/state.ts'
import { countOption, type ProgressChoice, progressOption, sizeOption } from '../options.ts'
import { withProgress } from '../output/progress.ts'
import type { Task } from '../state-file.ts'

const OPERATIONS = ['index', 'create'] as const satisfies readonly BulkOperation[]

interface ImportFlags extends ImportOptions {
  state?: string
  rejects?: string
  progress?: ProgressChoice
}

export const importCommand: Command = {
  completers: [indexNames],
  movesIndices: true,
  declare,
  run: async (context, options: ImportFlags, name, file = '-') => {
    refuseFlags(context, options, file)
    const connection = await context.session.connect()
    const target = await targetOf(context, connection, name)
    const paths = [options.state, options.rejects].map(path => path && resolve(context.io.cwd, path))
    const [state, rejects] = paths
    return await withFileLocks(paths, async () => {
      const input = await ImportInput.open(file, { io: context.io, signal: context.io.signal })
      try {
        const task = taskOf(connection, target, options)
        const files = await openFiles({ state, rejects }, { task, target, input, alias: connection.alias })
        const parts = { context, connection, target, options, input, files }
        return await withProgress(context, { when: options.progress, isPrinted: false }, progress =>
          importAll({ ...parts, progress }),
        )
      } finally {
        input.close()
      }
    })
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
    .option(
      '--state <file>',
      'keep there how far the import has come: the same command goes on after a failure, and later adds what the file has more',
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
  name: string,
): Promise<WriteTarget> {
  const { transport, alias, names } = connection
  const call = bulkCall({ path: connection.indexPath(name) }, Buffer.alloc(0))
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

/** What a state of an import belongs to. */
function taskOf({ alias }: Connection, { path }: WriteTarget, options: ImportFlags): Task {
  const { op, lines, idField, routingField, pipeline } = options
  const given = Object.entries({ lines, idField, routingField, pipeline }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return { command: 'import', alias, index: decodeURIComponent(path), op, ...Object.fromEntries(given) }
}

/** Imports everything, and says what became of it. */
async function importAll(parts: ImportParts): Promise<number> {
  const { context, connection, progress, files } = parts
  const { state, rejects, beginning } = files
  const print = (text: string) => context.messages.print(`${connection.alias}: ${text}`)
  if (beginning.isResumed) print(`goes on after line ${beginning.lines}`)
  const importer = new Importer(parts)
  const { alias } = connection
  const { place } = await tellOutcome({ context, alias, progress, rejects, state }, importer)
  const { rejected } = importer
  return reportRejected(context, alias, { rejected, unit: 'line', place, hasState: state !== undefined })
}
