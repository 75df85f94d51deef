import type { Batch } from '../../hits/scanner.ts'
import { count } from '../../text.ts'
import { formatElapsed, formatSize } from '../../units.ts'
import type { Context } from '../context.ts'
import type { ProgressChoice } from '../options.ts'
import type { Io, Output, OutputStream } from './streams.ts'

/** How far some work has come, with the names of --progress json; what is not known is undefined. */
interface ProgressReport {
  documents: number
  bytes: number
  /** Of all there is to do, from 0 to 1. */
  share: number | undefined
  /** Since the beginning. */
  seconds: number
  /** In the last ten seconds; at the end since the beginning. */
  documents_per_second: number
  bytes_per_second: number
  seconds_left: number | undefined
}

/** Shows how far some work has come, until it is closed. */
interface ProgressDisplay {
  /** Milliseconds between two reports. */
  period: number
  show(report: ProgressReport): void
  /** Leaves nothing on a terminal that would be in the way of other output. */
  close(last: ProgressReport, isDone: boolean): void
}

/**
 * Shows on standard error how far some work has come, while it is done.
 *
 * @param isPrinted whether what it writes goes to the terminal, where a line that is updated would be in its way
 */
export async function withProgress<T>(
  { io }: Context,
  { when = 'auto', isPrinted }: { when: ProgressChoice | undefined; isPrinted: boolean },
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const display = await chooseDisplay(io, when, isPrinted)
  const progress = new Progress()
  const timer = display && setInterval(() => display.show(progress.report()), display.period)
  let isDone = false
  try {
    const result = await work(progress)
    isDone = true
    return result
  } finally {
    clearInterval(timer)
    display?.close(progress.average(), isDone)
  }
}

async function chooseDisplay(
  { stderr, env }: Io,
  when: ProgressChoice,
  isPrinted: boolean,
): Promise<ProgressDisplay | undefined> {
  if (when === 'json') return jsonLines(stderr)
  const isLive = when === 'auto' && stderr.isTTY && env.TERM !== 'dumb' && !isPrinted
  return isLive ? await lineOn(stderr) : undefined
}

/** One line of JSON each second, and one at the end. */
const jsonLines = (stderr: OutputStream): ProgressDisplay => ({
  period: 1000,
  show: report => void stderr.write(`${JSON.stringify(report)}\n`),
  close: (last, isDone) => void stderr.write(`${JSON.stringify(isDone ? { ...last, done: true } : last)}\n`),
})

async function lineOn(stderr: OutputStream): Promise<ProgressDisplay> {
  const { DRAWN_EVERY, liveLine } = await import('./live-line.ts')
  const line = liveLine(stderr)
  return {
    period: DRAWN_EVERY,
    show: report => {
      if (report.seconds >= SHORT) line.show(partsOf(report))
    },
    close: () => line.close(),
  }
}

/** What takes fewer seconds needs no line. */
const SHORT = 1

function partsOf(report: ProgressReport): string[] {
  const { share, seconds_left: left } = report
  return [
    count(report.documents, 'document'),
    share === undefined ? [] : `${Math.floor(share * 100)}%`,
    left === undefined || left === 0 ? [] : `${formatElapsed(left)} left`,
    `${report.documents_per_second} documents/s`,
    `${formatSize(report.bytes_per_second)}/s`,
  ].flat()
}

/** How far the work had come at a moment. */
interface Sample extends Pick<ProgressReport, 'documents' | 'bytes' | 'share' | 'seconds'> {}

const BEGINNING: Sample = { documents: 0, bytes: 0, share: 0, seconds: 0 }

/** Rates are those of so many seconds. */
const WINDOW = 10

/** How many seconds it takes until a rate says how long the rest will take. */
const SOON = 2

/** How much of some work is done: documents that are written, one batch after the other. */
export class Progress {
  readonly #started = performance.now()
  /** Those since the beginning of the window. */
  #samples = [BEGINNING]
  #documents = 0
  #bytes = 0
  #share: number | undefined

  /** Counts the documents of each batch once it is written: when the next one is asked for. */
  async *watch<Item extends Batch & { share: number | undefined }, End>(
    batches: AsyncGenerator<Item, End, undefined>,
  ): AsyncGenerator<Item, End, undefined> {
    try {
      let next = await batches.next()
      for (; !next.done; next = await batches.next()) {
        const { count, share } = next.value
        yield next.value
        this.#documents += count
        this.#share = share
      }
      return next.value
    } finally {
      await batches.return(undefined as never)
    }
  }

  /** Counts what is done, and sets the share of it. */
  add({
    documents = 0,
    bytes = 0,
    share = this.#share,
  }: Partial<Pick<Sample, 'documents' | 'bytes' | 'share'>>) {
    this.#documents += documents
    this.#bytes += bytes
    this.#share = share
  }

  /** Counts the bytes that an output gets. */
  watchOutput(out: Output): Output {
    return {
      isTerminal: out.isTerminal,
      columns: out.columns,
      write: async data => {
        const length = Buffer.byteLength(data)
        await out.write(data)
        this.#bytes += length
      },
    }
  }

  /** With the rates of the last seconds; to be called again and again. */
  report(): ProgressReport {
    const now = this.#now
    this.#samples.push(now)
    const first = this.#samples.findLastIndex(({ seconds }) => seconds <= now.seconds - WINDOW)
    this.#samples = this.#samples.slice(Math.max(first, 0))
    return compare(this.#samples[0] as Sample, now)
  }

  /** With the rates since the beginning. */
  average(): ProgressReport {
    return compare(BEGINNING, this.#now)
  }

  /** In words, with the rates where it took long enough for them to mean something. */
  get summary(): string {
    return this.summaryOf(documents => count(documents, 'document'))
  }

  /** The same with other words for what was done to the documents. */
  summaryOf(done: (documents: number) => string): string {
    const { documents, bytes, seconds, ...average } = this.average()
    const rates = `${average.documents_per_second} documents/s, ${formatSize(average.bytes_per_second)}/s`
    const all = `${done(documents)}, ${formatSize(bytes)}, in ${formatElapsed(seconds)}`
    return seconds < SOON ? all : `${all} (${rates})`
  }

  get #now(): Sample {
    const seconds = (performance.now() - this.#started) / 1000
    return { documents: this.#documents, bytes: this.#bytes, share: this.#share, seconds }
  }
}

function compare(before: Sample, { documents, bytes, share, seconds }: Sample): ProgressReport {
  const rate = (now: number, then: number) => (now - then) / (seconds - before.seconds)
  const left =
    share !== undefined && seconds >= SOON ? (1 - share) / rate(share, before.share ?? 0) : Infinity
  return {
    documents,
    bytes,
    share: share && Math.floor(share * 1000) / 1000,
    seconds: Math.round(seconds * 10) / 10,
    documents_per_second: Math.round(rate(documents, before.documents)),
    bytes_per_second: Math.round(rate(bytes, before.bytes)),
    seconds_left: Number.isFinite(left) ? Math.ceil(left) : undefined,
  }
}
