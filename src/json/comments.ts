import { endOfValue } from './members.ts'
import { CARRIAGE_RETURN, endOfComment, LINE_FEED, QUOTE, SLASH, SPACE } from './scan.ts'

/** Whether there is a byte that would end a line. */
export const hasLineBreak = (bytes: Buffer): boolean =>
  bytes.includes(LINE_FEED) || bytes.includes(CARRIAGE_RETURN)

/**
 * JSON on one line: a line break between its tokens becomes a space, and a comment that ends at one becomes a comment between
 * asterisks; only then it is longer. The same buffer where there is no line break, else a copy.
 */
export function onOneLine(json: Buffer): Buffer {
  if (!hasLineBreak(json)) return json
  const line = Buffer.from(withBlockComments(json))
  for (const lineBreak of [LINE_FEED, CARRIAGE_RETURN])
    for (let at = line.indexOf(lineBreak); at >= 0; at = line.indexOf(lineBreak, at + 1)) line[at] = SPACE
  return line
}

/**
 * JSON in which every comment to the end of a line is one between asterisks instead, which needs no line break; the
 * same buffer if there is none. Strings and comments must be complete.
 */
function withBlockComments(json: Buffer): Buffer {
  if (!json.includes('//')) return json
  const parts: Buffer[] = []
  let copied = 0
  for (let at = 0; at < json.length; ) {
    const start = at
    if (json[at] === QUOTE) at = endOfValue(json, at)
    else if (json[at] === SLASH) at = endOfComment(json, at)
    else at++
    if (json[start] !== SLASH || json[start + 1] !== SLASH) continue
    const end = at - 1 // before its line break
    const text = json.toString('latin1', start + 2, end).replaceAll('*/', '* /')
    parts.push(json.subarray(copied, start), Buffer.from(`/*${text}*/`, 'latin1'))
    copied = end
  }
  if (copied === 0) return json
  return Buffer.concat([...parts, json.subarray(copied)])
}
