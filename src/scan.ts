import type { Index } from './config/settled.ts'
import { EsconnError } from './errors.ts'
import { whyIncomplete } from './hits/envelope.ts'
import { primed, readBatches } from './hits/read.ts'
import type { Batch } from './hits/scanner.ts'
import type { Additions } from './query/body.ts'
import { type Body, searchCall, terminates } from './query/request.ts'
import type { ExchangeOptions, Reply } from './wire/exchange.ts'
import type { WireTransport } from './wire/transport.ts'

/** What a scan takes beside the body. */
export interface ScanOptions extends ExchangeOptions {
  /** What is spliced into the body, flags of the command line for example. */
  additions?: Additions
  /** Whether a batch holds what the caller hands on; a request that broke before that is sent again. */
  delivers?: (batch: Batch) => boolean
}

/** What is known of a response when it has ended. */
export interface Ending {
  /** Why it does not hold everything that was asked for; undefined if it does. */
  missing: string | undefined
  /** Results that it holds beside its hits, `aggregations` for example. */
  beside: readonly string[]
}

/** A response piece by piece, and what is known of it in the end. */
export type Scan = AsyncGenerator<Batch, Ending, undefined>

/** A search from its name to its pieces: query, wire, scanner, judgement. */
export async function* scan(
  connection: { alias: string; transport: WireTransport },
  { target, body }: { target: Index; body: Body | undefined },
  { additions, delivers = hasHits, ...exchange }: ScanOptions,
): Scan {
  try {
    const call = searchCall(target, body, additions)
    const begin = (reply: Reply) => primed(readBatches(reply.chunks), delivers)
    const envelope = yield* await connection.transport.exchange(call, begin, exchange)
    const { redact } = connection.transport
    const missing = whyIncomplete(envelope, { terminateAfter: terminates(call), redact })
    return { missing, beside: envelope.beside }
  } catch (error) {
    throw error instanceof EsconnError ? error.of(connection.alias) : error
  }
}

const hasHits = ({ hits }: Batch): boolean => hits.length > 0
