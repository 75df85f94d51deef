import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { addAbortSignal, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { InputError } from '../errors.ts'
import type { Io } from './output/streams.ts'

/**
 * The value of a flag such as `--body`: the text itself, the content of `@file`, or with `-` standard input.
 *
 * @throws {InputError} if it cannot be read
 */
export async function readInput(
  typed: string,
  { io, signal }: { io: Io; signal: AbortSignal },
): Promise<Uint8Array> {
  if (typed === '-' || typed === '@-') return await standardInput(io, signal)
  if (!typed.startsWith('@')) return inlineBody(typed)
  const file = resolve(io.cwd, typed.slice(1))
  return await readFile(file, { signal }).catch(cause =>
    inputError(`${file} cannot be read (${reason(cause)})`, signal, cause),
  )
}

/** The lines of standard input as they arrive, without those that are empty. */
export async function* readLines({ stdin }: Pick<Io, 'stdin'>, signal: AbortSignal): AsyncGenerator<string> {
  const input = addAbortSignal(signal, stdin as Readable)
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line !== '') yield line
  } catch (cause) {
    inputError(`standard input cannot be read (${reason(cause as Error)})`, signal, cause as Error)
  }
}

async function standardInput({ stdin }: Io, signal: AbortSignal): Promise<Uint8Array> {
  const reading = buffer(addAbortSignal(signal, stdin as Readable))
  return await reading.catch(cause =>
    inputError(`standard input cannot be read (${reason(cause)})`, signal, cause),
  )
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}

const reason = ({ code, message }: NodeJS.ErrnoException): string => REASONS[code ?? ''] ?? message

/** A forgotten @ is more likely than a body that is not an object. */
function inlineBody(typed: string): Uint8Array {
  if (/^\s*\{/.test(typed)) return Buffer.from(typed)
  throw new InputError(`--body ${typed}: not a JSON object`, {
    advice: 'a file is written @file, and standard input -',
  })
}

/** If reading was aborted, the reason is the signal's. */
function inputError(what: string, signal: AbortSignal, cause: Error): never {
  throw signal.aborted ? signal.reason : new InputError(what, { cause })
}
