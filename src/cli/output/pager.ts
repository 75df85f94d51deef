import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { EsconnError } from '../../errors.ts'
import { Interruption } from '../exit-status.ts'
import { type Io, type Messages, type Output, StandardOutput } from './streams.ts'
import { textWidth } from './width.ts'

/** How git runs less: it ends where everything fits, keeps colors, and leaves the text on the screen. */
const LESS = 'FRX'

/**
 * The pager of a command: output that is longer than the screen goes through `$PAGER`, or through less where that is
 * not set; with `PAGER=cat` or an empty one through none.
 *
 * @returns undefined where there is none, or nobody to page for
 */
export function findPager({ env, stdout }: Pick<Io, 'env' | 'stdout'>): string | undefined {
  if (!stdout.isTTY || !stdout.rows) return undefined
  const pager = env.PAGER ?? (isInstalled('less', env.PATH) ? 'less' : '')
  return /^\s*(?:cat)?\s*$/.test(pager) ? undefined : pager
}

const isInstalled = (program: string, path = ''): boolean =>
  path.split(delimiter).some(directory => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Output on a terminal that is kept until it is longer than the screen, and then given to a pager. */
export class PagedOutput implements Output {
  readonly isTerminal = true
  /** Where a command prints its messages: what follows its first output waits until the pager has ended. */
  readonly messages: Messages
  readonly #pager: string
  readonly #io: Io
  readonly #screen: Output
  readonly #talk: Messages
  #kept: Buffer[] = []
  #lines = 0
  /** The messages that wait. */
  readonly #waiting: string[] = []
  #child: ChildProcess | undefined
  #input: Output | undefined

  constructor(pager: string, io: Io, { screen, messages }: { screen: Output; messages: Messages }) {
    this.#pager = pager
    this.#io = io
    this.#screen = screen
    this.#talk = messages
    this.messages = {
      print: line => (this.#lines === 0 ? messages.print(line) : void this.#waiting.push(line)),
    }
  }

  get columns(): number | undefined {
    return this.#screen.columns
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (this.#input) return await this.#input.write(data)
    const { rows = 0 } = this.#io.stdout
    this.#kept.push(Buffer.from(data))
    this.#lines += screenLines(data.toString(), rows, this.columns)
    if (this.#lines >= rows) await this.#start()
  }

  /**
   * Prints what was kept, or waits until the user has left the pager.
   *
   * @throws {EsconnError} `output` if the pager cannot be run
   */
  async close(): Promise<void> {
    if (this.#child) await this.#waitFor(this.#child)
    else await this.#screen.write(Buffer.concat(this.#kept))
    for (const line of this.#waiting) this.#talk.print(line)
  }

  async #start(): Promise<void> {
    const { env, stdout, signal } = this.#io
    const target = stdout === process.stdout ? 'inherit' : 'pipe'
    const child = spawn(this.#pager, {
      shell: true,
      stdio: ['pipe', target, 'inherit'],
      env: { LESS, LV: '-c', ...env },
    })
    child.stdout?.pipe(stdout, { end: false })
    this.#child = child
    this.#input = new StandardOutput(child.stdin as NodeJS.WritableStream, signal)
    await this.#input.write(Buffer.concat(this.#kept))
    this.#kept = []
  }

  async #waitFor(child: ChildProcess): Promise<void> {
    const { signal } = this.#io
    child.stdin?.end()
    if (signal.reason instanceof Interruption && signal.reason.signal === 'SIGTERM') child.kill()
    const [status] =
      child.exitCode === null && child.signalCode === null ? await once(child, 'close') : [child.exitCode]
    if (status !== NOT_FOUND) return
    throw new EsconnError('output', `the pager ${this.#pager} cannot be run`, {
      advice: 'set PAGER to one that is installed, or to cat for none',
    })
  }
}

/** The status with which a shell reports a program that it does not find. */
const NOT_FOUND = 127

/** How many lines of a screen a text takes; what follows a full screen is not measured. */
const screenLines = (text: string, rows: number, columns = 80): number =>
  stripVTControlCharacters(text)
    .split('\n', rows + 1)
    .map(line => Math.ceil(textWidth(line.slice(0, rows * columns)) / columns))
    .reduce((lines, own) => lines + Math.max(own, 1), -1)
