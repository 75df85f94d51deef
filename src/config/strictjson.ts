import { type JsonFault, wordsFor } from './jsonwords.ts'

/** One token of JSON text; `kind` is the character itself, `s` for a string, `v` for a number or a word. */
interface Token {
  kind: string
  start: number
  end: number
}

const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)|($))/y

const VALUE = '{[sv'
const KEY = 's'
const FIRST_KEY = 's}'
const AFTER: Record<string, string> = { '{': FIRST_KEY, '[': `${VALUE}]`, ':': VALUE }
const AFTER_VALUE: Record<string, string> = { '{': ',}', '[': ',]' }

/** Where and why `text` is no JSON (YAML allows more); undefined where it is. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: string[] = []
  let stop = { offset: 0, expected: VALUE, last: '' }
  for (const { kind, start, end } of tokensOf(text)) {
    if (!stop.expected.includes(kind)) return wordsFor(text, { ...stop, offset: start })
    if (kind === '$') return undefined
    stop = { offset: end, expected: afterToken(kind, stop.expected, open), last: kind }
  }
  const blank = text.slice(stop.offset).search(/[^ \t\r\n]|$/)
  return wordsFor(text, { ...stop, offset: stop.offset + blank })
}

/** Where the values of a top-level member stand in text that is JSON; there should be one at the most. */
export function memberRanges(text: string, name: string): [start: number, end: number][] {
  const inner = topLevel(text)
  return inner.flatMap(({ kind, start, end }, index) => {
    const [colon, value, comma] = inner.slice(index + 1)
    const isMember = kind === 's' && colon?.kind === ':' && JSON.parse(text.slice(start, end)) === name
    return isMember && value && comma ? [[value.start, comma.start] as [number, number]] : []
  })
}

/** The tokens of the outermost object, where a nested value is its first bracket alone; the closing brace ends them. */
function topLevel(text: string): Token[] {
  const found: Token[] = []
  let depth = 0
  for (const token of tokensOf(text)) {
    const closes = '}]'.includes(token.kind)
    if (closes) depth -= 1
    if (depth === 1 && !closes) found.push(token)
    if (depth === 0 && closes) found.push(token)
    if ('{['.includes(token.kind)) depth += 1
  }
  return found
}

function* tokensOf(text: string): Generator<Token> {
  const token = new RegExp(TOKEN)
  for (;;) {
    const match = token.exec(text)
    if (match === null) return
    const [, punctuation, string, scalar] = match
    const kind = punctuation ?? (string && 's') ?? (scalar && 'v') ?? '$'
    const length = (punctuation ?? string ?? scalar ?? '').length
    yield { kind, start: token.lastIndex - length, end: token.lastIndex }
    if (kind === '$') return
  }
}

/** The kinds that may follow a token, given those among which it was. */
function afterToken(kind: string, expected: string, open: string[]): string {
  if ('{['.includes(kind)) open.push(kind)
  if ('}]'.includes(kind)) open.pop()
  if (kind === ',') return open.at(-1) === '{' ? KEY : VALUE
  const isKey = kind === 's' && (expected === KEY || expected === FIRST_KEY)
  return isKey ? ':' : (AFTER[kind] ?? AFTER_VALUE[open.at(-1) ?? ''] ?? '$')
}
