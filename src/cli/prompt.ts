import type { ReadStream, WriteStream } from 'node:tty'
import type { CANCEL_SYMBOL } from '@clack/prompts'
import { EsconnError, UsageError } from '../errors.ts'
import { escapeControls } from '../text.ts'
import type { Io } from './output/streams.ts'

/** Whether a question can be shown and answered; a dumb terminal cannot move its cursor, as the prompts do. */
export const canPrompt = ({ stdin, stderr, env }: Io): boolean =>
  (stdin as ReadStream).isTTY === true && stderr.isTTY === true && env.TERM !== 'dumb'

/** What a message says where `canPrompt` is false. */
export const NO_TERMINAL = 'there is no terminal to prompt on'

/**
 * Asks for a line of text until `parse` accepts it, which throws an EsconnError to say why it does not. This and every
 * other question throws {UsageError} where the input ends, by Ctrl-D for example, and {Interruption} after Ctrl-C.
 *
 * @param fallback the answer when only Enter is pressed
 */
export async function askText<Answer>(
  question: string,
  io: Io,
  { parse, fallback = '' }: { parse: (typed: string) => Answer; fallback?: string },
): Promise<Answer> {
  const accept = (typed = '') => {
    const entered = typed.trim() || fallback
    if (entered !== '') return parse(entered)
    throw new UsageError('nothing was entered')
  }
  const typed = await ask(io, ({ text }, terminal) =>
    text({
      ...terminal,
      message: escapeControls(question),
      placeholder: escapeControls(fallback),
      defaultValue: fallback,
      validate: typed => mistakeOf(() => accept(typed)),
    }),
  )
  return accept(typed)
}

/** Asks for a line that does not appear on the terminal, not even as dots, until `mistake` finds nothing wrong with it. */
export async function askSecret(
  question: string,
  io: Io,
  mistake: (secret: string) => string | undefined,
): Promise<string> {
  return await ask(io, ({ password }, terminal) =>
    password({
      ...terminal,
      message: escapeControls(`${question} (hidden as you type)`),
      mask: '',
      clearOnError: true,
      validate: (typed = '') => mistake(typed),
    }),
  )
}

/** Yes or no; Enter alone means no. */
export async function confirm(question: string, io: Io): Promise<boolean> {
  return await ask(io, (prompts, terminal) =>
    prompts.confirm({ ...terminal, message: escapeControls(question), initialValue: false }),
  )
}

/** One of several, from a list; the first is selected to begin with, and one without a label is not offered. */
export async function choose<Choice extends string>(
  question: string,
  io: Io,
  labels: Readonly<Record<Choice, string | false | undefined>>,
): Promise<Choice> {
  const options = Object.entries<string | false | undefined>(labels).flatMap(([value, label]) =>
    label ? [{ value, label: escapeControls(label) }] : [],
  )
  const chosen = await ask(io, ({ select }, terminal) =>
    select<string>({ ...terminal, message: escapeControls(question), options }),
  )
  return chosen as Choice
}

type Prompts = typeof import('@clack/prompts')

/** Where a prompt is shown and answered, and the signal that ends it. */
interface Terminal {
  input: ReadStream
  output: WriteStream
  signal: AbortSignal
  withGuide: false
}

/** Shows one prompt. The library is loaded only now, and no listener is left afterwards. */
async function ask<Answer>(
  io: Io,
  show: (prompts: Prompts, terminal: Terminal) => Promise<Answer | typeof CANCEL_SYMBOL>,
): Promise<Answer> {
  io.signal.throwIfAborted()
  const prompts = await import('@clack/prompts')
  prompts.settings.aliases.delete('escape') // an arrow key begins with it, and may arrive in pieces
  const input = io.stdin as ReadStream
  const output = sized(io.stderr as WriteStream)
  const { signal, stopWatching } = watchForEnd(io.signal, input)
  try {
    const answer = await show(prompts, { input, output, signal, withGuide: false })
    if (!prompts.isCancel(answer)) return answer as Answer
  } finally {
    stopWatching()
  }
  if (!signal.aborted) await interrupt(io)
  throw io.signal.aborted ? io.signal.reason : new UsageError('nothing was entered')
}

/** A terminal that does not know its size, a serial line for example, says 0: each letter would be on a separate line. */
const sized = (output: WriteStream): WriteStream =>
  output.columns > 0 ? output : Object.assign(output, { columns: 80, rows: 24 })

/**
 * A signal that ends one prompt, with the command or with its input: the library would wait forever after Ctrl-D. Ctrl-Z
 * pauses the input too, but turns raw mode on again when it is over.
 */
function watchForEnd(command: AbortSignal, input: ReadStream) {
  const prompt = new AbortController()
  let check: NodeJS.Immediate | undefined
  const end = () => prompt.abort()
  const paused = () => {
    check = setImmediate(() => (input.isRaw ? input.resume() : end()))
  }
  command.addEventListener('abort', end)
  input.on('pause', paused)
  const stopWatching = () => {
    command.removeEventListener('abort', end)
    input.off('pause', paused)
    clearImmediate(check)
  }
  return { signal: prompt.signal, stopWatching }
}

/** Sends the signal of Ctrl-C, which the terminal does not send while keys are read one by one. */
async function interrupt({ signal }: Io): Promise<void> {
  const aborted = new Promise(resolve => signal.addEventListener('abort', resolve))
  const alive = setInterval(() => {}, 1000) // a signal on its way does not keep the process running
  process.kill(process.pid, 'SIGINT')
  await aborted
  clearInterval(alive)
}

function mistakeOf(accept: () => unknown): string | undefined {
  try {
    accept()
    return undefined
  } catch (error) {
    if (!(error instanceof EsconnError)) throw error
    return escapeControls([error.what, error.advice].filter(Boolean).join('; '))
  }
}
