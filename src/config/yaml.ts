import {
  Composer,
  type CST,
  type Document,
  type ErrorCode,
  isScalar,
  LineCounter,
  Parser,
  type YAMLError,
} from 'yaml'
import { firstOf, type Path, type Position, place, type Source } from './mistakes.ts'
import { type Fault, Outline } from './outline.ts'

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

/** Our words where the parser's own would repeat what the file holds, or speak to a programmer. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  BAD_COLLECTION_TYPE: 'a tag that does not fit its value',
  BAD_DIRECTIVE: 'a % directive that is not known',
  BAD_DQ_ESCAPE: 'a backslash in double quotes that begins no known escape',
  BAD_SCALAR_START: 'a value that begins with a reserved character: put it in quotes',
  NON_STRING_KEY: 'a key that is not a string',
  TAG_RESOLVE_FAILED: 'a tag that cannot be used here',
  UNEXPECTED_TOKEN: 'something that does not belong here',
}

/**
 * Reads one YAML document; JSON is a part of YAML.
 *
 * @returns undefined where the text holds nothing but comments
 * @throws {ConfigError} at the first mistake, telling how many more there are, and never what stands there
 */
export function parseYaml(file: string, text: string): Source | undefined {
  const lines = linesOf(text)
  const refuse = (faults: readonly Fault[]) => {
    if (faults.length > 0)
      throw firstOf(faults.map(({ offset, what }) => `${place(file, lines(offset))}: ${what}`))
  }
  const document = compose(text, refuse)
  if (isEmpty(document)) return undefined
  const outline = new Outline(document)
  refuse(outline.faults)
  return { file, data: dataOf(file, document), position: (path: Path) => lines(outline.offsetOf(path)) }
}

function compose(text: string, refuse: (faults: readonly Fault[]) => void): Document {
  const tokens = [...new Parser().parse(text)]
  refuse(tokens.flatMap(token => (token.type === 'document' ? tooDeep(token.value, MAX_DEPTH) : [])))
  const [document, second] = [...new Composer(OPTIONS).compose(tokens, true, text.length)] as Document[]
  if (document === undefined) throw new Error('a composer that is forced to give a document gave none')
  refuse([...document.errors, ...document.warnings].map(faultOf))
  if (second !== undefined) refuse([{ offset: second.range?.[0] ?? 0, what: 'a second document' }])
  return document
}

function tooDeep(token: CST.Token | null | undefined, left: number): Fault[] {
  if (!token || !('items' in token)) return []
  if (left === 0) return [{ offset: token.offset, what: `nested more than ${MAX_DEPTH} deep` }]
  return token.items.flatMap(({ key, value }) => [...tooDeep(key, left - 1), ...tooDeep(value, left - 1)])
}

function faultOf({ code, message, pos }: YAMLError): Fault {
  return { offset: pos[0], what: WORDS[code] ?? message.charAt(0).toLowerCase() + message.slice(1) }
}

/** Whether a document holds nothing but comments; a `null` that is written out is something. */
function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source)
}

/** The plain data; aliases within aliases can make it grow without end, which the library notices. */
function dataOf(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    throw firstOf([`${file}: YAML aliases that multiply beyond reason`])
  }
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
