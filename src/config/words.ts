/** A line of text, divided where the parser stopped. */
export interface Line {
  before: string
  after: string
}

/** Which line a rule is for, and where the mistake begins. */
interface Where {
  /** What is before the place of the error; the mistake begins at its group, if it has one. */
  before?: RegExp
  after?: RegExp
  /** The mistake begins where that which ends here began. */
  from?: 'quotes' | 'brackets'
}

/** What to say of an error whose code and message match; the first rule that does counts. */
type Rule = [error: RegExp, what: string | ((line: Line) => string), where?: Where]

const NO_BRACKET = /must end with a|sufficiently indented/
const NO_COMMA = 'a comma or a closing bracket is missing in what begins here'

/** Our words for each mistake that people make: the parser's own speak to a programmer, and may repeat values. */
const RULES: readonly Rule[] = [
  [
    /^/,
    `inside braces or brackets, a variable must be in quotes: "\${NAME}"`,
    { before: /(\$)$/d, after: /^\{/ },
  ],
  [/^/, 'a mark of a merge that was not finished', { before: /^$/, after: /^(?:<{7}|={7}|>{7})(?: |$)/ }],
  [/^TAB/, 'a tab in the indentation: use spaces'],
  [/flow sequence pairs/, NO_COMMA],
  [/^MULTILINE|by map values$/, ({ after }) => unpaired(after)],
  [/Nested mappings/, 'a second colon in the line: put the value in quotes', { after: /:(?:\s|$)/ }],
  [/Nested mappings/, 'followed by a line that is indented too far'],
  [/block sequence may not/, 'a list where a key is expected'],
  [/^MISSING_CHAR: Missing closing/, 'a quote that is not closed', { from: 'quotes' }],
  [NO_BRACKET, 'a closing bracket of another kind than the one that is open', { after: /^[\]}]/ }],
  [NO_BRACKET, 'a bracket that is not closed, or holds a line that is not indented', { from: 'brackets' }],
  [/^MISSING_CHAR: Comments/, 'a space is missing before the # of a comment'],
  [/Missing space after :/, 'a space is missing after the colon'],
  [/^MISSING_CHAR: Missing ,/, 'a comma is missing before this'],
  [/^MISSING_CHAR: Missing directives-end/, 'a % directive that no line --- follows'],
  [/^BLOCK_IN_FLOW/, NO_COMMA],
  [/^BAD_INDENT/, 'a space is missing after the dash', { after: /^\s*-\S/ }],
  [/^BAD_INDENT/, 'not indented like the lines that it belongs to'],
  [/^BAD_SCALAR_START/, 'a value that begins with a reserved character: put it in quotes'],
  [
    /^BAD_DQ_ESCAPE/,
    'a backslash in double quotes that begins no known escape: write two, or use single quotes',
  ],
  [/Block scalar header/, 'a value that begins with | or > must be in quotes'],
  [/^UNEXPECTED/, 'a comma too many', { after: /^,/ }],
  [/^UNEXPECTED/, 'a space is missing after the colon', { before: /^[^:#'"]+:([[{])/d, after: /^[\]}]/ }],
  [/^UNEXPECTED/, 'a closing bracket too many', { after: /^[\]}]/ }],
  [
    /^UNEXPECTED/,
    "text behind a closing quote: a comma is missing, or the quote is part of the value and must be '' or \\\"",
    { before: /["']\s*$/ },
  ],
  [/^NON_STRING_KEY/, 'a key that is not a string; a value that begins with { or [ must be in quotes'],
  [/^(?:ALIAS_PROPS|BAD_ALIAS|MULTIPLE_ANCHORS)/, 'a value that begins with & or * must be in quotes'],
  [
    /^(?:TAG_RESOLVE_FAILED|MULTIPLE_TAGS)/,
    'a tag that cannot be used here; a value that begins with ! must be in quotes',
  ],
  [/^BAD_DIRECTIVE/, 'a % directive that is not known'],
  [/^KEY_OVER_1024_CHARS/, 'a key of more than 1024 characters'],
]

/** What is wrong with text that stands where a key, a colon and a value should, without repeating it. */
export function unpaired(text: string): string {
  if (/^[^\s:=]+:(?!\/\/)\S/.test(text)) return 'a space is missing after the colon'
  if (/^[^\s:=]+ *=/.test(text)) return 'a colon and a space belong between key and value, not ='
  return 'a colon and a space are missing between key and value'
}

/** The first rule for an error, given as its code and message; undefined where nothing more can be said. */
export function ruleFor(error: string, line: Line): Rule | undefined {
  return RULES.find(
    ([about, , { before, after } = {}]) =>
      about.test(error) && before?.test(line.before) !== false && after?.test(line.after) !== false,
  )
}
