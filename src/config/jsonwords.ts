import type { Fault } from './mistakes.ts'

/** Where and why a text is no JSON. */
export interface JsonFault extends Fault {
  /** Whether YAML allows it. */
  lenient?: boolean | undefined
}

/** Where a text is no JSON. */
interface Stop {
  offset: number
  /** The kinds of tokens that could follow (see strictjson.ts). */
  expected: string
  /** The kind of the token before. */
  last: string
}

/** What to say where one of some kinds was expected and such a text stands; the first rule that matches counts. */
type Rule = [expected: RegExp, text: RegExp, what: string, lenient?: true]

const RULES: readonly Rule[] = [
  [/^/, /^(?:\/[/*]|#)/, 'a comment', true],
  [/^/, /^\$\{/, `a variable must be in quotes: "\${NAME}"`],
  [/^/, /^(?:<{7}|={7}|>{7})\s/, 'a mark of a merge that was not finished'],
  [/\}/, /^$/, 'a } is missing at the end'],
  [/\]/, /^$/, 'a ] is missing at the end'],
  [/^/, /^$/, 'ends in the middle'],
  [/\$/, /^[\]}]/, 'a closing bracket too many'],
  [/\$/, /^/, 'something behind the end'],
  [/:/, /^/, 'a colon is missing before this'],
  [/,/, /^[\]}]/, 'a closing bracket of another kind than the one that is open'],
  [/,/, /^/, 'a comma or a quote is missing before this'],
  [/^/, /^'/, 'single quotes, where double quotes belong', true],
  [/^s/, /^[\]},:]/, 'a key is missing before this'],
  [/^s/, /^[^"]/, 'a key that is not in double quotes', true],
  [/^/, /^[\]},:]/, 'a value is missing before this'],
  [/^/, /^[-+.\d]/, 'a number that JSON has not', true],
  [/^/, /^[^"]/, 'a word that is not in double quotes', true],
]

/** The part of a string that is sound. */
const STRING = /^"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/

/** What is wrong where a text stops being JSON, without repeating what stands there. */
export function wordsFor(text: string, { offset, expected, last }: Stop): JsonFault {
  const rest = text.slice(offset)
  if (last === ',' && /^[\]}]/.test(rest))
    return { offset, what: 'a comma too many before this', lenient: true }
  const rule = RULES.find(([kinds, begin]) => kinds.test(expected) && begin.test(rest))
  if (rule !== undefined) return { offset, what: rule[2], lenient: rule[3] }
  const sound = STRING.exec(rest)?.[0].length ?? 0
  if (/^(?:$|[\r\n])/.test(rest.slice(sound))) return { offset, what: 'a quote that is not closed' }
  const what =
    rest[sound] === '\\' ? 'a backslash that begins no known escape: write two' : 'a control character'
  return { offset: offset + sound, what }
}
