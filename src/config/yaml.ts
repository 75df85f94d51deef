import { Composer, type CST, type Document, isScalar, Lexer, LineCounter, Parser } from 'yaml'
import { type Fault, Mistakes, type Path, type Position, place, type Source } from './mistakes.ts'
import { Outline } from './outline.ts'
import { silently } from './silently.ts'
import { faultsOf } from './syntax.ts'

/** YAML 1.2 whatever the file says of itself: no merge keys, no dates, no tags beyond JSON's types. */
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const

/** Much deeper nesting makes the composer run out of stack, which V8 does not always survive. */
const MAX_DEPTH = 64

/** More words and signs than a person writes; each costs memory a hundred times its own. */
const MAX_TOKENS = 100_000

/** Refuses a text for its mistakes, if there are any. */
type Refuse = (faults: readonly Fault[]) => void

/**
 * Reads one YAML document; JSON is a part of YAML.
 *
 * @returns undefined where the text holds nothing but comments
 * @throws {Mistakes} telling what is wrong and where, and never what stands there
 */
export function parseYaml(file: string, content: string): Source | undefined {
  const text = content.replace(/\r(?!\n)/g, '\n') // as YAML has it, and the parser has not
  const lines = linesOf(text)
  const refuse: Refuse = faults => {
    const sorted = faults.toSorted((one, other) => one.offset - other.offset)
    if (sorted.length > 0)
      throw new Mistakes(sorted.map(({ offset, what }) => `${place(file, lines(offset))}: ${what}`))
  }
  const document = silently(() => compose(text, refuse))
  refuse(faultsOf(document, text, lines))
  if (isEmpty(document)) return undefined
  const outline = new Outline(document)
  refuse(outline.faults)
  const data = dataOf(document, refuse)
  return { file, data, position: (path: Path) => lines(outline.offsetOf(path)) }
}

function compose(text: string, refuse: Refuse): Document {
  const tokens = [...tokensOf(text, refuse)]
  refuse(tokens.flatMap(token => (token.type === 'document' ? tooDeep(token.value, MAX_DEPTH) : [])))
  const [document, second] = [...new Composer(OPTIONS).compose(tokens, true, text.length)] as Document[]
  if (document === undefined) throw new Error('a composer that is forced to give a document gave none')
  if (second !== undefined && document.errors.length === 0)
    refuse([{ offset: second.range?.[0] ?? 0, what: 'a second document, where a file holds one' }])
  return document
}

/** What the parser's own loop does, with an end. */
function* tokensOf(text: string, refuse: Refuse): Generator<CST.Token> {
  const parser = new Parser()
  let count = 0
  for (const lexeme of new Lexer().lex(text)) {
    count += 1
    if (count > MAX_TOKENS) refuse([{ offset: parser.offset, what: 'larger than a configuration can be' }])
    yield* parser.next(lexeme)
  }
  yield* parser.end()
}

function tooDeep(token: CST.Token | null | undefined, left: number): Fault[] {
  if (!token || !('items' in token)) return []
  if (left === 0) return [{ offset: token.offset, what: `nested more than ${MAX_DEPTH} deep` }]
  return token.items.flatMap(({ key, value }) => [...tooDeep(key, left - 1), ...tooDeep(value, left - 1)])
}

/** Whether a document holds nothing but comments; a `null` that is written out is something. */
function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source)
}

/** The plain data; aliases within aliases can make it grow without end. */
function dataOf(document: Document, refuse: Refuse): unknown {
  try {
    const data = document.toJS({ maxAliasCount: 100 })
    if (roomFor(data, MAX_TOKENS) >= 0) return data
  } catch {} // the library notices some of them
  return refuse([{ offset: 0, what: 'YAML aliases that multiply beyond reason' }])
}

/** How many more values there could be; below zero where there are too many, which are not counted to their end. */
function roomFor(value: unknown, room: number): number {
  let left = room - 1
  if (typeof value !== 'object' || value === null) return left
  for (const key in value) {
    if (left < 0) return left
    left = roomFor((value as Record<string, unknown>)[key], left)
  }
  return left
}

/** Tells lines and columns from offsets. */
function linesOf(text: string): (offset: number) => Position {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1)
  return offset => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
}
