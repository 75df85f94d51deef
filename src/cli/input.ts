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
  if (!typed.startsWith('@')) return Buffer.from(typed)
  const file = resolve(io.cwd, typed.slice(1))
  return await readFile(file, { signal }).catch(cause =>
    fail(`${file} cannot be read (${cause.code})`, signal, cause),
  )
}

async function standardInput({ stdin }: Io, signal: AbortSignal): Promise<Uint8Array> {
  const reading = buffer(addAbortSignal(signal, stdin as Readable))
  return await reading.catch(cause => fail(`standard input cannot be read (${cause.code})`, signal, cause))
}

/** Whoever ended the reading says why; otherwise it is the input's own fault. */
function fail(what: string, signal: AbortSignal, cause: Error): never {
  throw signal.aborted ? signal.reason : new InputError(what, { cause })
}
