import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { InputError } from '../errors.ts'
import type { Io } from './output/streams.ts'

/** Where input comes from, and until when it is read. */
export interface InputSource {
  io: Pick<Io, 'stdin' | 'cwd'>
  signal: AbortSignal
}

/**
 * The value of a flag such as `--body`: the text itself, the content of `@file`, or with `-` standard input.
 *
 * @throws {InputError} if it cannot be read
 */
export async function readInput(typed: string, source: InputSource): Promise<Uint8Array> {
  return await openInput(typed, OBJECT, source, buffer)
}

/**
 * The same for any JSON, or lines of it, of any size: of more than 1 MiB a stream.
 *
 * @throws {InputError} if it cannot be read
 */
export async function readOrStream(typed: string, source: InputSource): Promise<Buffer | Readable> {
  return await openInput(typed, OBJECT_OR_ARRAY, source, readStart)
}

/** The lines of standard input as they arrive, without those that are empty. */
export async function* readLines({ stdin }: Pick<Io, 'stdin'>, signal: AbortSignal): AsyncGenerator<string> {
  const { createInterface } = await import('node:readline')
  const input = addAbortSignal(signal, stdin as Readable)
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line !== '') yield line
  } catch (cause) {
    inputError('standard input', signal, cause as Error)
  } finally {
    input.destroy() // it would keep the process running
  }
}

/** How a body may begin that is given as text. */
const OBJECT = /^\s*\{/
const OBJECT_OR_ARRAY = /^\s*[{[]/

async function openInput<T>(
  typed: string,
  text: RegExp,
  { io, signal }: InputSource,
  read: (stream: Readable) => Promise<T>,
): Promise<T | Buffer> {
  const isStandard = typed === '-' || typed === '@-'
  if (!isStandard && !typed.startsWith('@')) return inlineBody(typed, text)
  const file = resolve(io.cwd, typed.slice(1))
  const stream = isStandard ? (io.stdin as Readable) : createReadStream(file)
  const name = isStandard ? 'standard input' : file
  return await read(addAbortSignal(signal, stream)).catch(cause => inputError(name, signal, cause))
}

/** A longer body is sent while it is read. In bytes. */
const MAX_READ_FIRST = 2 ** 20

/** Reads a stream, or returns it with what was read put back, if there is much. */
async function readStart(stream: Readable): Promise<Buffer | Readable> {
  const read: Buffer[] = []
  let size = 0
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    read.push(chunk)
    size += chunk.length
    if (size > MAX_READ_FIRST) break
  }
  const start = Buffer.concat(read)
  if (size <= MAX_READ_FIRST) return start
  stream.unshift(start)
  return stream
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  Z_BUF_ERROR: 'its gzip data ends too early',
}

const reason = ({ code, message }: NodeJS.ErrnoException): string => REASONS[code ?? ''] ?? message

/** A forgotten @ is more likely than a body that is not JSON. */
function inlineBody(typed: string, text: RegExp): Buffer {
  if (text.test(typed)) return Buffer.from(typed)
  throw new InputError(`--body ${typed}: not a JSON object`, {
    advice: 'a file is written @file, and standard input -',
  })
}

/** If reading was aborted, the reason is the signal's. */
export function inputError(name: string, signal: AbortSignal, cause: Error): never {
  throw signal.aborted
    ? signal.reason
    : new InputError(`${name} cannot be read (${reason(cause)})`, { cause })
}
