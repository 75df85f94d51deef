import type { Connection } from '../../connection.ts'
import { UsageError } from '../../errors.ts'
import { joinReasons } from '../../hits/completeness.ts'
import { type Documents, getCall, getDocuments, inGroups, looksLikeOneIndex } from '../../query/get.ts'
import { resolveName } from '../../query/index-names.ts'
import { firstTen } from '../../text.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE, NEGATIVE } from '../exit-status.ts'
import { chooseFormat, type FormatOptions, formatFlags, isRowFormat } from '../format-flags.ts'
import { readLines } from '../input.ts'
import { fieldsOption } from '../options.ts'
import { printRequest } from '../output/dry-run.ts'
import { createFormat, FORMATS, type FormatChoice } from '../output/formats.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'
import { printBatches } from '../output/search.ts'

/** What `_mget` and a search for ids have in common. */
const DOCUMENT_FORMATS = FORMATS.filter(format => format !== 'response' && format !== 'aggs')

export const get: Command = {
  dryRun: 'prints',
  pages: true,
  completers: [indexNames],
  declare: parser => {
    parser
      .argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
      .argument('<id...>', 'ids of documents; - reads them from standard input, one a line')
    formatFlags(parser, DOCUMENT_FORMATS)
      .option(
        '--source <field,field>',
        'only these fields of the documents (repeatable)',
        fieldsOption('--source'),
      )
      .addHelpText(
        'after',
        examples(
          'esconn get entry 17',
          'esconn get entry 17 23 --format source',
          'esconn search entry --all --format ids | esconn get other -',
        ),
      )
  },
  run: async (context, options: FormatOptions & { source?: string[] }, name, ...ids: string[]) => {
    const choice = chooseFormat(options, context)
    if (ids.includes('')) throw new UsageError('an id is blank')
    if (choice.fields && !isRowFormat(choice.name))
      throw new UsageError('--fields are the columns of --format csv, tsv and table', {
        advice: '--source names the fields of the documents',
      })
    const connection = await context.session.connect()
    const target = resolveName(name, connection.names)
    const { source } = options
    const asked = idsIn(ids, context)
    if (isDryRun(context)) {
      const { value = [] } = await inGroups(asked).next()
      return await printRequest(
        context,
        connection,
        getCall(target, value, { source, isOne: looksLikeOneIndex(target) }),
      )
    }
    const documents = getDocuments(connection, target, asked, { ...context.exchangeOptions, source })
    return await printDocuments(context, connection, { documents, choice })
  },
}

/** Prints the documents, and which ids have none. */
async function printDocuments(
  context: Context,
  { alias }: Connection,
  { documents, choice }: { documents: Documents; choice: FormatChoice },
): Promise<number> {
  const format = await createFormat(choice, context, { isOneResponse: false })
  const { notFound, missing } = (await printBatches(context, documents, format)).end
  const note = format.note?.()
  if (note) context.messages.print(`${alias}: ${note}`)
  if (notFound.length > 0)
    context.messages.print(`${alias}: no document with the id ${firstTen(notFound.map(id => `\`${id}\``))}`)
  const reason = joinReasons([missing, format.missing?.()])
  if (reason !== undefined) reportIncomplete(context, alias, reason)
  return notFound.length > 0 ? NEGATIVE : COMPLETE
}

/** The ids that were given, those of standard input where there is a `-`. */
async function* idsIn(words: readonly string[], { io, exchangeOptions }: Context): AsyncGenerator<string> {
  for (const word of words) {
    if (word === '-') yield* readLines(io, exchangeOptions.signal)
    else yield word
  }
}
