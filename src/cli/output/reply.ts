import { STATUS_CODES } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { isJson, ReplyJudge } from '../../hits/reply-judge.ts'
import { escapeControls, escapeLines } from '../../text.ts'
import type { Reply } from '../../wire/exchange.ts'
import type { Context } from '../context.ts'
import { prettyPrinter } from './formats.ts'

/**
 * Prints the body of a reply as it arrives: its bytes, but for a person indented JSON, or text without control
 * characters.
 *
 * @param options.include whether status line and headers are printed before it
 * @param options.endsEarly whether the request had `terminate_after`
 * @returns what has read in it whether it is complete
 */
export async function passReply(
  context: Context,
  reply: Reply,
  { include, endsEarly }: { include: boolean; endsEarly: boolean },
): Promise<ReplyJudge> {
  const { out } = context
  const judge = new ReplyJudge(reply, endsEarly)
  const form = formFor(context, reply)
  if (include) await out.write(headOf(reply))
  let last: Uint8Array | string = ''
  for await (const chunk of reply.chunks) {
    judge.push(chunk)
    last = form?.(chunk) ?? chunk
    await out.write(last)
  }
  if (typeof last === 'string' && last !== '' && !last.endsWith('\n')) await out.write('\n')
  return judge
}

/** What a person is shown of the bytes of a body; undefined for a pipe or a file. */
function formFor(context: Context, reply: Reply): ((chunk: Buffer) => string) | undefined {
  const pretty = isJson(reply) ? prettyPrinter(context) : undefined
  if (pretty) return chunk => pretty.format(chunk)
  if (!context.out.isTerminal) return undefined
  const decoder = new StringDecoder('utf8')
  return chunk => escapeLines(decoder.write(chunk))
}

/** The status line and the headers, and an empty line. */
function headOf({ status, headers }: Reply): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map(one => `${name}: ${one}`),
  )
  const first = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()
  return `${[first, ...lines].map(escapeControls).join('\n')}\n\n`
}
