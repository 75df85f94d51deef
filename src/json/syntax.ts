/** Where a text is no longer JSON, and what is there. Lines and columns count from 1. */
export interface JsonMistake {
  line: number
  column: number
  what: string
}

/** A token that is no string. */
const TOKEN = /[{}[\],:]|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACES = /[ \t\r\n]*/y

/** Inside a string: characters that mean themselves, and an escape. */
const PLAIN = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

/** What may come next, and the tokens that it may be: `s` is a string, `v` a number, `true`, `false` or `null`. */
const ALLOWED = {
  value: '{[sv',
  valueOrEnd: '{[sv]',
  key: 's',
  keyOrEnd: 's}',
  colon: ':',
  commaOrEnd: ',}]',
  nothing: '',
}

type ExpectedToken = keyof typeof ALLOWED

/**
 * The first mistake in a text that `JSON.parse` refuses, whose own message has no position in every version of V8
 * (https://www.rfc-editor.org/rfc/rfc8259).
 */
export function findJsonMistake(text: string): JsonMistake {
  const open: string[] = []
  let expected: ExpectedToken = 'value'
  for (let at = 0; ; ) {
    at = endOf(SPACES, text, at) ?? at
    const isString = text[at] === '"'
    const { end, isValid } = isString
      ? scanString(text, at)
      : { end: endOf(TOKEN, text, at) ?? at, isValid: true }
    const next = afterToken(isString ? 's' : text.slice(at, end), expected, open)
    if (next === undefined) return mistakeAt(text, at)
    if (!isValid) return stringMistake(text, at, end)
    expected = next
    at = end
  }
}

/** The index after the string that begins at `from`; where it is not valid, that of its first bad character. */
function scanString(text: string, from: number): { end: number; isValid: boolean } {
  for (let at = from + 1; ; ) {
    at = endOf(PLAIN, text, at) ?? at
    if (text[at] === '"') return { end: at + 1, isValid: true }
    const end = endOf(ESCAPE, text, at)
    if (end === undefined) return { end: at, isValid: false }
    at = end
  }
}

function endOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : undefined
}

const kindOf = (token: string): string => (/^[-\dtfn]/.test(token) ? 'v' : token)

/** What may follow a token; undefined where the token itself cannot be there. `open` has the closing brackets to come. */
function afterToken(token: string, expected: ExpectedToken, open: string[]): ExpectedToken | undefined {
  const kind = kindOf(token)
  if (kind === '' || !ALLOWED[expected].includes(kind)) return undefined
  switch (kind) {
    case '{':
      open.push('}')
      return 'keyOrEnd'
    case '[':
      open.push(']')
      return 'valueOrEnd'
    case ':':
      return 'value'
    case ',':
      return open.at(-1) === '}' ? 'key' : 'value'
    case '}':
    case ']':
      if (open.pop() !== kind) return undefined
  }
  if (expected.startsWith('key') && kind === 's') return 'colon'
  return open.length > 0 ? 'commaOrEnd' : 'nothing'
}

/** A string that is not valid: from where it begins, if it has no end. */
function stringMistake(text: string, from: number, bad: number): JsonMistake {
  if (bad >= text.length) return { ...mistakeAt(text, from), what: 'this string is not closed' }
  const what =
    text[bad] === '\\'
      ? `${text.slice(bad, bad + 2)} is no escape`
      : 'a string cannot contain a line break or a control character'
  return { ...mistakeAt(text, bad), what }
}

const COMMENT = /^(?:\/[/*]|#)/

function mistakeAt(text: string, at: number): JsonMistake {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/)
  const [character] = text.slice(at)
  const what =
    character === undefined
      ? 'it ends too early'
      : `unexpected ${JSON.stringify(character)}${COMMENT.test(text.slice(at, at + 2)) ? ': JSON has no comments' : ''}`
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, what }
}
