import { relative } from 'node:path'
import { describeError } from './error.ts'
import type { TestEvent } from './events.ts'

/** How often progress is printed where there is no terminal, in milliseconds. */
const PERIOD = 20_000
/** How often the progress line of a terminal is updated, in milliseconds. */
const REFRESH = 500
/** How many of the slowest files are named. */
const SLOWEST = 5

interface TestFailure {
  title: string
  detail: string
}

type Stream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

/** Reports the progress of the test command, each failure when it happens, and at the end a summary. */
export class TestReport {
  readonly #out: Stream
  readonly #started = performance.now()
  readonly #timer: NodeJS.Timeout
  readonly #failures: TestFailure[] = []
  readonly #skipped = new Map<string, number>()
  /** When each running file was started, and how long each finished one took. */
  readonly #running = new Map<string, number>()
  readonly #took = new Map<string, number>()
  #files = 0
  #passed = 0

  constructor(out: Stream) {
    this.#out = out
    this.#timer = setInterval(() => this.#progress(), out.isTTY ? REFRESH : PERIOD)
  }

  /** Returns a function that returns the time since now. */
  stopwatch(): () => string {
    const started = performance.now()
    return () => seconds(performance.now() - started)
  }

  line(text: string): void {
    this.#clear()
    this.#out.write(`${text}\n`)
  }

  /** Standard error of ava. */
  aside(chunk: Buffer): void {
    this.#clear()
    process.stderr.write(chunk)
  }

  take(event: TestEvent): void {
    const { type, testFile } = event
    if (type === 'stats') this.#begin(event)
    else if (type === 'test-passed') this.#passed += 1
    else if (type === 'selected-test' && event.skip) this.#skip(event.title ?? '')
    else if (type === 'worker-finished' || type === 'worker-failed') this.#finish(testFile)
    for (const failure of failuresOf(event)) this.#fail(failure)
  }

  /** The tests could not be run, or not all of them. */
  broken(message: string): void {
    this.#fail({ title: 'the test command', detail: message })
  }

  /** ava has ended: with 0 where every test passed. */
  ended(status: number | string): void {
    if (status !== 0 && this.#failures.length === 0)
      this.broken(`ava ended with ${status}, and did not say why`)
    else if (status === 0 && this.#passed === 0) this.broken('no test was run')
  }

  /** Writes the summary and returns the exit status. */
  end(): number {
    clearInterval(this.#timer)
    this.line('')
    this.#list(
      'failed',
      this.#failures.map(({ title }) => title),
    )
    this.#list(
      'skipped',
      [...this.#skipped].map(([reason, count]) => `${count}: ${reason}`),
    )
    const slowest = [...this.#took].sort(([, a], [, b]) => b - a).slice(0, SLOWEST)
    if (this.#took.size > 1)
      this.#list(
        'slowest files',
        slowest.map(([file, took]) => `${seconds(took)} ${file}`),
      )
    this.line(`time: ${seconds(performance.now() - this.#started)}`)
    const skipped = sum(this.#skipped.values())
    this.line(
      `${this.#passed} passed, ${this.#failures.length} failed${skipped ? `, ${skipped} skipped` : ''}`,
    )
    return this.#failures.length > 0 ? 1 : 0
  }

  #begin({ files = 0, started = [] }: TestEvent): void {
    this.#files = files
    for (const file of started.map(shown))
      if (!this.#running.has(file) && !this.#took.has(file)) this.#running.set(file, performance.now())
  }

  #finish(testFile = ''): void {
    const file = shown(testFile)
    this.#took.set(file, performance.now() - (this.#running.get(file) ?? performance.now()))
    this.#running.delete(file)
  }

  /** The reason is in parentheses at the end of the title. */
  #skip(title: string): void {
    const reason = /\(([^()]*)\)$/.exec(title)?.[1] ?? title
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1)
  }

  #fail(failure: TestFailure): void {
    this.#failures.push(failure)
    this.line(`\nFAILED ${failure.title}\n\n${failure.detail.trimEnd().replace(/^(?=.)/gm, '  ')}\n`)
  }

  #list(heading: string, entries: readonly string[]): void {
    if (entries.length > 0) this.line(`${heading}:\n${entries.map(entry => `  ${entry}\n`).join('')}`)
  }

  #progress(): void {
    if (this.#files === 0) return
    const counts = `${this.#took.size} of ${this.#files} files, ${this.#passed} tests passed, ${this.#failures.length} failed`
    const running = [...this.#running.keys()].join(', ')
    const text = `${seconds(performance.now() - this.#started)}: ${counts}${running && `; running: ${running}`}`
    this.#clear()
    this.#out.write(this.#out.isTTY ? text.slice(0, (this.#out.columns ?? 80) - 1) : `${text}\n`)
  }

  /** Removes the progress line of a terminal. */
  #clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\x1b[2K')
  }
}

/** How a failure without a test is called; a file without tests is reported twice, also for its exit status. */
const TITLES: Record<string, string> = {
  'hook-failed': '',
  'test-failed': '',
  'internal-error': 'an error of ava itself',
  'missing-ava-import': 'no tests in this file',
  'shared-worker-error': 'a worker that tests share',
  'line-number-selection-error': 'the line numbers cannot be read',
  'uncaught-exception': 'an exception that nothing caught',
  'unhandled-rejection': 'a rejection that nothing handled',
  'worker-failed': 'its process failed',
  'process-exit': 'it called process.exit()',
  timeout: 'nothing happened for too long',
  interrupt: 'interrupted',
}

function failuresOf(event: TestEvent): TestFailure[] {
  const what = TITLES[event.type]
  if (what === undefined) return []
  const title = [event.testFile && shown(event.testFile), event.title ?? what].filter(Boolean).join(': ')
  return [{ title, detail: detailOf(event) }]
}

function detailOf({
  err,
  logs = [],
  pendingTests,
  nonZeroExitCode,
  signal,
  stack,
  period,
}: TestEvent): string {
  const pending = [...(pendingTests ?? [])].flatMap(([file, titles]) =>
    titles.size > 0
      ? [...titles].map(title => `not done: ${shown(file)}: ${title}`)
      : [`not ended: ${shown(file)}`],
  )
  return [
    ...logs,
    err && describeError(err),
    nonZeroExitCode !== undefined && `exit status ${nonZeroExitCode}`,
    signal && `ended by ${signal}`,
    period !== undefined && `no test was done for ${seconds(period)}`,
    ...pending,
    stack,
  ]
    .filter(Boolean)
    .join('\n')
}

const shown = (file: string): string => relative(process.cwd(), file)

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)
