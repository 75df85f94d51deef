import { endOfValue } from './members.ts'
import { endOfComment, QUOTE, SLASH } from './scan.ts'

/**
 * JSON in which every comment to the end of a line is one between asterisks instead, which needs no line break; the
 * same buffer if there is none. Strings and comments must be complete.
 */
export function withBlockComments(json: Buffer): Buffer {
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
