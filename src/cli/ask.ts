import { visible } from '../hits/visible.ts'
import type { Io } from './io.ts'
import { Keys, type Terminal } from './keys.ts'

/** Whether there is a terminal to ask on, and one to answer from. */
export const mayAsk = ({ stdin, stderr }: Io): boolean =>
  (stdin as Terminal).isTTY === true && stderr.isTTY === true

/**
 * A line of text; where nothing is entered the fallback, or an empty string.
 *
 * @throws {NothingEntered} where the input ends first
 * @throws {Interruption} after Ctrl-C
 */
export async function asked(question: string, io: Io, fallback?: string): Promise<string> {
  const answer = await answerTo(question, io, fallback === undefined ? {} : { default: fallback })
  return answer.trim()
}

/** A line that does not appear on the terminal; throws as `asked` does. */
export async function askedSecret(question: string, io: Io): Promise<string> {
  const secret = await answerTo(question, io, { silent: true })
  io.stderr.write('\n') // the line end was not shown either
  return secret
}

/** Yes or no, no being what stands for a mere Enter unless told otherwise; throws as `asked` does. */
export async function confirmed(question: string, io: Io, fallback = false): Promise<boolean> {
  for (;;) {
    const answer = (await asked(`${question} ${fallback ? '[Y/n]' : '[y/N]'}`, io)).toLowerCase()
    if (answer === '') return fallback
    if (['y', 'yes', 'n', 'no'].includes(answer)) return answer.startsWith('y')
  }
}

/** One of several, by its number, the first being what stands for a mere Enter; throws as `asked` does. */
export async function chosen<Choice extends string>(
  question: string,
  io: Io,
  choices: Readonly<Record<Choice, string>>,
): Promise<Choice> {
  const keys = Object.keys(choices) as Choice[]
  const lines = keys.map((key, index) => `  ${index + 1}  ${visible(choices[key])}\n`)
  io.stderr.write(`${question}\n${lines.join('')}`)
  for (;;) {
    const choice = keys[Number(await asked(`1-${keys.length}:`, io, '1')) - 1]
    if (choice !== undefined) return choice
  }
}

async function answerTo(
  prompt: string,
  io: Io,
  wishes: { default?: string; silent?: true },
): Promise<string> {
  if (io.signal.aborted) throw io.signal.reason
  const { read } = await import('read')
  const input = new Keys(io.stdin)
  const stop = () => input.emit('error', io.signal.reason)
  io.signal.addEventListener('abort', stop)
  try {
    return await Promise.race([
      read({ prompt: visible(prompt), input, output: io.stderr, ...wishes }),
      input.left,
    ])
  } catch (error) {
    io.signal.removeEventListener('abort', stop)
    io.stderr.write('\n')
    throw (error as Error).message === 'canceled' ? await interruption(io) : error
  } finally {
    io.signal.removeEventListener('abort', stop)
    input.release()
  }
}

/** Sends the signal that Ctrl-C is: while keys are read one by one, the terminal does not. */
async function interruption({ signal }: Io): Promise<unknown> {
  const aborted = new Promise(resolve => signal.addEventListener('abort', resolve))
  process.kill(process.pid, 'SIGINT')
  await aborted
  return signal.reason
}
