import type { Connection } from '../../connection.ts'
import { forEachBatch } from '../../hits/batches.ts'
import { searchBatches } from '../../query/search.ts'
import type { Call } from '../../wire/exchange.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { printRequest } from './dry-run.ts'
import { createFormat, type FormatName, prettyPrinter } from './formats.ts'
import { reportIncomplete } from './report-incomplete.ts'

/** Prints the body that a search would be sent with: on a terminal indented, else its bytes and a line feed. */
export async function printBody(context: Context, { body = '{}' }: Call): Promise<number> {
  const bytes = Buffer.from(body)
  const text = prettyPrinter(context)?.format(bytes) ?? bytes
  await context.out.write(Buffer.concat([Buffer.from(text), Buffer.from('\n')]))
  return COMPLETE
}

/**
 * Sends a search and prints its hits as they arrive; with --dry-run and --curl the request instead.
 *
 * @returns how many hits were printed; undefined where nothing was sent
 * @throws {IncompleteError} after the last hit, where some are missing and --allow-partial was not given
 */
export async function printSearch(
  context: Context,
  connection: Connection,
  call: Call,
  formatName: FormatName,
): Promise<number | undefined> {
  if (isDryRun(context)) {
    await printRequest(context, connection, call)
    return undefined
  }
  const { out, messages, exchangeOptions: exchange } = context
  const format = createFormat(formatName, context)
  let found = 0
  const { missing, otherResults } = await forEachBatch(
    searchBatches(connection, call, { ...exchange, delivers: format.delivers }),
    async batch => {
      found += batch.hits.length
      await out.write(format.batch(batch))
    },
  )
  await out.write(format.end)
  const note = format.note?.()
  if (note) messages.print(`${connection.alias}: ${note}`)
  if (otherResults.length > 0 && formatName !== 'response')
    messages.print(
      `${connection.alias}: the response also contains ${otherResults.join(' and ')}: --format response prints everything`,
    )
  if (missing !== undefined) reportIncomplete(context, connection.alias, missing)
  return found
}
