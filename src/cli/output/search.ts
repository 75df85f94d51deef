import type { Connection } from '../../connection.ts'
import { forEachBatch } from '../../hits/batches.ts'
import { joinReasons } from '../../hits/completeness.ts'
import type { Total } from '../../hits/response.ts'
import type { Batch } from '../../hits/scanner.ts'
import { bodyHas, searchBatches } from '../../query/search.ts'
import { allHits, UNPAGED } from '../../walk/all.ts'
import type { Call } from '../../wire/exchange.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { printRequest } from './dry-run.ts'
import { createFormat, type Format, type FormatChoice, prettyPrinter } from './formats.ts'
import { reportIncomplete } from './report-incomplete.ts'

/** Prints the body that a search would be sent with: on a terminal indented, else its bytes and a line feed. */
export async function printBody(context: Context, { body = '{}' }: Call): Promise<number> {
  const bytes = Buffer.from(body)
  const text = prettyPrinter(context)?.format(bytes) ?? bytes
  await context.out.write(Buffer.concat([Buffer.from(text), Buffer.from('\n')]))
  return COMPLETE
}

/** How the hits of a search are printed. */
export interface PrintOptions {
  format: FormatChoice
  /** Reads all hits, page by page, up to a limit if there is one. */
  all?: { limit: number | undefined } | undefined
}

/** What is known of a search that was printed. */
interface PrintedSearch {
  /** Whether no document matches, as far as is known. */
  isEmpty: boolean
  /** Whether no hits are missing. */
  isWhole: boolean
}

/**
 * Sends a search and prints its hits as they arrive; with --dry-run and --curl the request instead.
 *
 * @returns undefined where nothing was sent
 * @throws {IncompleteError} after the last hit, where some are missing and --allow-partial was not given
 */
export async function printSearch(
  context: Context,
  connection: Connection,
  call: Call,
  { format: choice, all }: PrintOptions,
): Promise<PrintedSearch | undefined> {
  if (isDryRun(context)) {
    await printRequest(context, connection, call)
    return undefined
  }
  const { exchangeOptions: exchange } = context
  const format = await createFormat(choice, context, { isOneResponse: all === undefined })
  const batches = all
    ? allHits(connection, call, { ...exchange, ...all })
    : searchBatches(connection, call, { ...exchange, delivers: format.delivers, pass: format.passes })
  const { found, end: summary } = await printBatches(context, batches, format)
  const print = (text: string | undefined) => text && context.messages.print(`${connection.alias}: ${text}`)
  print(format.note?.())
  if (choice.name !== 'response' || context.globals.verbose)
    print(describeTotal(summary.total, found, { call, context }))
  if (choice.name !== 'response' && choice.name !== 'aggs') print(describeOthers(summary.otherResults))
  const missing = joinReasons([summary.missing, format.missing?.()])
  if (missing !== undefined) reportIncomplete(context, connection.alias, missing)
  const isEmpty = found === 0 && (summary.total?.value ?? '0') === '0'
  return { isEmpty, isWhole: missing === undefined }
}

/** Prints hits as they arrive; returns how many there were, and what the generator returns. */
export async function printBatches<End>(
  { out }: Context,
  batches: AsyncGenerator<Batch, End, undefined>,
  format: Format,
): Promise<{ found: number; end: End }> {
  let found = 0
  const printing = forEachBatch(batches, async batch => {
    found += batch.count
    await out.write(format.batch(batch))
  })
  const end = await printing.catch(async error => {
    await out.write(format.atFault?.() ?? '').catch(() => {}) // the first error is the one to tell
    throw error
  })
  await out.write(format.end())
  return { found, end }
}

const describeOthers = (others: readonly string[]): string | undefined =>
  others.length === 0
    ? undefined
    : `the response also contains ${others.join(' and ')}: --format response prints everything${others.includes('aggregations') ? ', --format aggs the aggregations' : ''}`

/** How many hits there are: with -v, for a person who sees none, and where nobody asked for a number and not all were printed. */
function describeTotal(
  total: Total | undefined,
  found: number,
  { call, context }: { call: Call; context: Context },
): string | undefined {
  const { verbose = false } = context.globals
  if (total === undefined || total.value === '0')
    return verbose || (found === 0 && context.out.isTerminal) ? `${found} hits` : undefined
  const isShort = isMore(total, found) && mayReadAll(call)
  return isShort || verbose
    ? `${found} of ${allOf(total, found)} hits${isShort ? '; --all for all of them' : ''}`
    : undefined
}

function allOf({ value, isExact }: Total, found: number): string {
  if (isExact) return value
  return `at least ${BigInt(value) > found ? value : found}`
}

const isMore = ({ value, isExact }: Total, found: number): boolean => BigInt(value) > found || !isExact

/** Whether nobody asked for a part of the hits, or for what they are not. */
const mayReadAll = (call: Call): boolean => !bodyHas(call, 'size', ...UNPAGED)
