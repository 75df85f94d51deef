import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { InputError } from '../errors.ts'
import type { Io } from './io.ts'

/**
 * What a flag such as `--body` hands over: the text itself, `@file`, or `-` for standard input.
 *
 * @throws {InputError} if it cannot be read
 */
export async function inputOf(
  typed: string,
  { io, signal }: { io: Io; signal: AbortSignal },
): Promise<Uint8Array> {
  if (typed === '-' || typed === '@-') return await standardInput(io, signal)
  if (!typed.startsWith('@')) return inline(typed)
  const file = resolve(io.cwd, typed.slice(1))
  return await readFile(file, { signal }).catch(cause =>
    fail(`${file} cannot be read (${reason(cause)})`, signal, cause),
  )
}

async function standardInput({ stdin }: Io, signal: AbortSignal): Promise<Uint8Array> {
  const reading = buffer(addAbortSignal(signal, stdin as Readable))
  return await reading.catch(cause => fail(`standard input cannot be read (${reason(cause)})`, signal, cause))
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'a directory',
}

const reason = ({ code, message }: NodeJS.ErrnoException): string => REASONS[code ?? ''] ?? message

/** A forgotten @ is more likely than JSON that begins with something else. */
function inline(typed: string): Uint8Array {
  if (/^\s*\{/.test(typed)) return Buffer.from(typed)
  throw new InputError(`--body ${typed}: no JSON object`, {
    advice: 'a file is named by @file, standard input by -',
  })
}

/** Whoever ended the reading says why; otherwise it is the input's own fault. */
function fail(what: string, signal: AbortSignal, cause: Error): never {
  throw signal.aborted ? signal.reason : new InputError(what, { cause })
}
