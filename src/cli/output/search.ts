import type { Connection } from '../../connection.ts'
import { forEachBatch } from '../../hits/batches.ts'
import type { Total } from '../../hits/response.ts'
import { bodyHas, searchBatches } from '../../query/search.ts'
import type { Call } from '../../wire/exchange.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { printRequest } from './dry-run.ts'
import { createFormat, type FormatChoice, prettyPrinter } from './formats.ts'
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
  choice: FormatChoice,
): Promise<number | undefined> {
  if (isDryRun(context)) {
    await printRequest(context, connection, call)
    return undefined
  }
  const { out, messages, exchangeOptions: exchange } = context
  const format = createFormat(choice, context)
  let found = 0
  const { missing, otherResults, total } = await forEachBatch(
    searchBatches(connection, call, { ...exchange, delivers: format.delivers, pass: format.passes }),
    async batch => {
      found += batch.hits.length
      await out.write(format.batch(batch))
    },
  )
  await out.write(format.end())
  const note = format.note?.()
  if (note) messages.print(`${connection.alias}: ${note}`)
  const counted = total && describeTotal(total, found, { call, verbose: context.globals.verbose })
  if (counted) messages.print(`${connection.alias}: ${counted}`)
  if (otherResults.length > 0 && choice.name !== 'response' && choice.name !== 'aggs')
    messages.print(
      `${connection.alias}: the response also contains ${otherResults.join(' and ')}: --format response prints everything`,
    )
  const lacking = [missing, format.missing?.()].filter(reason => reason !== undefined)
  if (lacking.length > 0) reportIncomplete(context, connection.alias, lacking.join('; '))
  return found
}

/** How many hits there are, where nobody asked for a number and not all were printed; with -v always. */
function describeTotal(
  { value, isExact }: Total,
  found: number,
  { call, verbose = false }: { call: Call; verbose: boolean | undefined },
): string | undefined {
  const isLess = BigInt(value) > found
  const isShort = (isLess || !isExact) && !bodyHas(call, 'size')
  if (!isShort && !verbose) return undefined
  const all = isExact ? value : `at least ${isLess ? value : found}`
  return `${found} of ${all} hits${isShort ? '; --size N prints more' : ''}`
}
