import { type Document, visit, type YAMLError } from 'yaml'
import type { Position, SyntaxFault } from '../mistakes.ts'

/** How many characters after a mistake are examined. */
const MAX_LINE = 1000

const OTHER_FAULT = 'unexpected text'

/** The start offsets of quoted texts and of brackets, by their end offsets. */
interface Openings {
  quotes: Map<number, number>
  brackets: Map<number, number>
}

/** The mistakes of a document: the first of each line, since most others follow from it. */
export function yamlFaults(
  document: Document,
  text: string,
  positionOf: (offset: number) => Position,
): SyntaxFault[] {
  const errors = [...document.errors, ...document.warnings].toSorted(
    (one, other) => one.pos[0] - other.pos[0],
  )
  const lines = new Map<number, YAMLError>()
  for (const error of errors) {
    const { line } = positionOf(error.pos[0])
    if (!lines.has(line) && (lines.size === 0 || error.code !== 'UNEXPECTED_TOKEN')) lines.set(line, error)
  }
  if (lines.size === 0) return []
  const openings = openingsIn(document)
  return [...lines.values()].map(error => {
    const [offset] = error.pos
    const [after = ''] = text.slice(offset, offset + MAX_LINE).split(/\r?\n/, 1)
    const before = text.slice(offset - positionOf(offset).column + 1, offset)
    return faultOf(error, { before, after }, openings)
  })
}

function faultOf(
  { code, message, pos: [offset] }: YAMLError,
  line: SplitLine,
  openings: Openings,
): SyntaxFault {
  const [, what = OTHER_FAULT, { before, from } = {}] = ruleFor(`${code}: ${message}`, line) ?? []
  const group = before?.exec(line.before)?.indices?.[1]?.[0] ?? line.before.length
  return {
    offset: (from && openings[from].get(offset)) ?? offset - line.before.length + group,
    what: typeof what === 'string' ? what : what(line),
  }
}

/** Finds where texts in quotes and in brackets begin; where several end at one offset, the innermost counts. */
function openingsIn(document: Document): Openings {
  const openings = { quotes: new Map<number, number>(), brackets: new Map<number, number>() }
  visit(document, {
    Scalar: (_key, { range }) => void (range && openings.quotes.set(range[1], range[0])),
    Collection: (_key, { range, flow }) => void (range && flow && openings.brackets.set(range[1], range[0])),
  })
  return openings
}

/** A line of text, split where the parser stopped. */
interface SplitLine {
  before: string
  after: string
}

/** To which lines a rule applies, and where the mistake begins. */
interface RuleScope {
  /** Matches the text before the error; the mistake begins at its group, if it has one. */
  before?: RegExp
  after?: RegExp
  /** The mistake begins where the quoted text or bracket begins that ends here. */
  from?: 'quotes' | 'brackets'
}

/** The wording for an error whose code and message match; the first rule that matches counts. */
type YamlRule = [error: RegExp, what: string | ((line: SplitLine) => string), where?: RuleScope]

const NO_BRACKET = /must end with a|sufficiently indented/
const NO_COMMA = 'a comma or a closing bracket is missing in the brackets that begin here'

/** Our wording for each mistake that people make: the parser's is for programmers, and may repeat values. */
const YAML_RULES: readonly YamlRule[] = [
  [
    /^/,
    `inside braces or brackets, a variable must be in quotes: "\${NAME}"`,
    { before: /(\$)$/d, after: /^\{/ },
  ],
  [/^/, 'an unresolved merge conflict', { before: /^$/, after: /^(?:<{7}|={7}|>{7})(?: |$)/ }],
  [/^TAB/, 'a tab in the indentation: use spaces'],
  [/flow sequence pairs/, NO_COMMA],
  [/^MULTILINE|by map values$/, ({ after }) => describeUnpaired(after)],
  [/Nested mappings/, 'a second colon in the line: put the value in quotes', { after: /:(?:\s|$)/ }],
  [/Nested mappings/, 'the next line is indented too far'],
  [/block sequence may not/, 'a list where a key is expected'],
  [/^MISSING_CHAR: Missing closing/, 'a quote that is not closed', { from: 'quotes' }],
  [NO_BRACKET, 'a closing bracket that does not match the open one', { after: /^[\]}]/ }],
  [
    NO_BRACKET,
    'a bracket that is not closed, or that contains a line without indentation',
    { from: 'brackets' },
  ],
  [/^MISSING_CHAR: Comments/, 'a space is missing before the # of a comment'],
  [/Missing space after :/, 'a space is missing after the colon'],
  [/^MISSING_CHAR: Missing ,/, 'a comma is missing before this'],
  [/^MISSING_CHAR: Missing directives-end/, 'a % directive without a line --- after it'],
  [/^BLOCK_IN_FLOW/, NO_COMMA],
  [/^BAD_INDENT/, 'a space is missing after the dash', { after: /^\s*-\S/ }],
  [/^BAD_INDENT/, 'not indented like the lines around it'],
  [/^BAD_SCALAR_START/, 'a value that begins with a reserved character: put it in quotes'],
  [
    /^BAD_DQ_ESCAPE/,
    'a backslash in double quotes that begins no known escape: write two, or use single quotes',
  ],
  [/Block scalar header/, 'a value that begins with | or > must be in quotes'],
  [/^UNEXPECTED/, 'one comma too many', { after: /^,/ }],
  [/^UNEXPECTED/, 'a space is missing after the colon', { before: /^[^:#'"]+:([[{])/d, after: /^[\]}]/ }],
  [/^UNEXPECTED/, 'one closing bracket too many', { after: /^[\]}]/ }],
  [
    /^UNEXPECTED/,
    "text after a closing quote: a comma is missing, or the quote is part of the value and must be '' or \\\"",
    { before: /["']\s*$/ },
  ],
  [/^NON_STRING_KEY/, 'a key that is not a string; a value that begins with { or [ must be in quotes'],
  [/^(?:ALIAS_PROPS|BAD_ALIAS|MULTIPLE_ANCHORS)/, 'a value that begins with & or * must be in quotes'],
  [
    /^(?:TAG_RESOLVE_FAILED|MULTIPLE_TAGS)/,
    'a tag that cannot be used here; a value that begins with ! must be in quotes',
  ],
  [/^BAD_DIRECTIVE/, 'an unknown % directive'],
  [/^KEY_OVER_1024_CHARS/, 'a key of more than 1024 characters'],
]

/** What is wrong with a text in the place of `key: value`, without repeating it. */
export function describeUnpaired(text: string): string {
  if (/^[^\s:=]+:(?!\/\/)\S/.test(text)) return 'a space is missing after the colon'
  if (/^[^\s:=]+ *=/.test(text)) return 'a colon and a space belong between key and value, not ='
  return 'a colon and a space are missing between key and value'
}

/** The first rule for an error, given as its code and message. */
function ruleFor(error: string, line: SplitLine): YamlRule | undefined {
  return YAML_RULES.find(
    ([about, , { before, after } = {}]) =>
      about.test(error) && before?.test(line.before) !== false && after?.test(line.after) !== false,
  )
}
