import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { RawNumber } from '../../json/numbers.ts'
import {
  ConfigMistakes,
  formatLocation,
  formatPath,
  type Path,
  type Position,
  type Source,
  type SyntaxFault,
} from '../mistakes.ts'
import { describeUnpaired, yamlFaults } from './yaml-messages.ts'

/** YAML 1.2, whatever version the file declares: no merge keys, no dates, no tags beyond JSON's types. */
const YAML_OPTIONS = {
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

/** More syntax errors than a person wants to see; the composer takes long for many. */
const MAX_ERRORS = 100

/** More YAML aliases than a person writes; resolving one takes time that grows with the file. */
const MAX_ALIASES = 100

/** More values than 128 KiB can contain without YAML aliases that repeat them. */
const MAX_VALUES = 100_000

/** Refuses a text for its mistakes, if there are any. */
type Refuse = (faults: readonly SyntaxFault[]) => void

/**
 * Reads one YAML document; JSON is a subset of YAML.
 *
 * @returns undefined where the text contains nothing but comments
 * @throws {ConfigMistakes} with the position of each mistake, and never the text there
 */
export function parseYaml(file: string, content: string): Source | undefined {
  const text = content.replace(/\r(?!\n)/g, '\n') // a line end in YAML, but not for the parser
  const lines = lineCounter(text)
  const refuse: Refuse = faults => {
    const sorted = faults.toSorted((one, other) => one.offset - other.offset)
    const [first, ...rest] = sorted.map(({ offset, path = [], what }) => {
      const place = formatLocation(file, lines(offset))
      return { path, location: path.length > 0 ? `${place}: ${formatPath(path)}` : place, what }
    })
    if (first !== undefined) throw new ConfigMistakes([first, ...rest])
  }
  const document = withoutYamlDebugOutput(() => compose(text, refuse))
  refuse(yamlFaults(document, text, lines))
  if (isEmpty(document)) return undefined
  const index = new YamlIndex(document)
  refuse(index.faults)
  const data = document.toJS({ maxAliasCount: -1 })
  if (countValues(data) > MAX_VALUES) refuse([{ offset: 0, what: 'YAML aliases that repeat too much' }])
  return { file, data, position: (path: Path) => lines(index.offsetOf(path)) }
}

function compose(text: string, refuse: Refuse): Document {
  const tokens = [...tokensOf(text)]
  refuse(tokens.flatMap(token => (token.type === 'document' ? tooDeep(token.value, MAX_DEPTH) : [])))
  const [document, second] = [...new Composer(YAML_OPTIONS).compose(tokens, true, text.length)] as Document[]
  if (document === undefined) throw new Error('a composer that is forced to return a document returned none')
  if (second !== undefined && document.errors.length === 0)
    refuse([{ offset: second.range?.[0] ?? 0, what: 'a second document, where only one is allowed' }])
  return document
}

/** The tokens of a text, which end after many errors. */
function* tokensOf(text: string): Generator<CST.Token> {
  let errors = 0
  for (const token of new Parser().parse(text)) {
    yield token
    if (token.type === 'error') errors += 1
    if (errors === MAX_ERRORS) return
  }
}

function tooDeep(token: CST.Token | null | undefined, left: number): SyntaxFault[] {
  if (!token || !('items' in token)) return []
  if (left === 0) return [{ offset: token.offset, what: `nested more than ${MAX_DEPTH} deep` }]
  return token.items.flatMap(({ key, value }) => [...tooDeep(key, left - 1), ...tooDeep(value, left - 1)])
}

/** Whether a document contains nothing but comments; a written `null` counts as content. */
function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source)
}

/** How many values there are; an object that YAML aliases repeat is visited once and counted each time. */
function countValues(value: unknown, counted = new Map<object, number>()): number {
  if (typeof value !== 'object' || value === null) return 1
  const known = counted.get(value)
  if (known !== undefined) return known
  let count = 1
  for (const item of Object.values(value)) count += countValues(item, counted)
  counted.set(value, count)
  return count
}

/** Converts offsets to lines and columns. */
function lineCounter(text: string): (offset: number) => Position {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1)
  return offset => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
}

/** White space with which text copied from a web page may be indented, and with which no key begins. */
const STRANGE_SPACE = /^[\s\u200B\u2060]/

/** The mistakes of a document and the position of each field, found in one walk over it. */
class YamlIndex {
  readonly faults: SyntaxFault[] = []
  readonly #document: Document
  readonly #pairs = new Map<YAMLMap, Map<string, Pair>>()
  readonly #targets = new Map<Alias, Node | undefined>()

  /** Walks over the document, and replaces its numbers by `RawNumber`s. */
  constructor(document: Document) {
    this.#document = document
    visit(document, {
      Map: (_key, map, ancestors) => this.#enterMap(map, ancestors),
      Alias: (_key, alias, ancestors) => this.#enterAlias(alias, ancestors),
      Scalar: (_key, scalar) => this.#enterScalar(scalar),
    })
  }

  /** The offset of the key at the end of `path`, or of its nearest ancestor that exists. */
  offsetOf(path: Path): number {
    let node = this.#document.contents as Node | null
    let offset = startOffset(node)
    for (const key of path) {
      const step = this.#step(isAlias(node) ? this.#targets.get(node) : node, key)
      if (step === undefined) break
      offset = startOffset(step.label)
      node = step.value
    }
    return offset
  }

  #step(
    node: Node | null | undefined,
    key: string | number,
  ): { label: unknown; value: Node | null } | undefined {
    if (isSeq(node)) {
      const item = node.items[Number(key)] as Node | undefined
      return item && { label: item, value: item }
    }
    const pair = isMap(node) ? this.#pairs.get(node)?.get(String(key)) : undefined
    return pair && { label: pair.key, value: pair.value as Node | null }
  }

  #enterMap(map: YAMLMap, ancestors: readonly unknown[]): void {
    const pairs = new Map<string, Pair>()
    for (const pair of map.items) {
      const { key, value } = pair as Pair<Scalar, Node>
      const name = String(key)
      if (value === null) this.#fault(key, describeUnpaired(name))
      else if (key.type === 'PLAIN' && STRANGE_SPACE.test(name))
        this.#fault(key, 'indented with white space other than plain spaces')
      else if (pairs.has(name)) this.#fault(key, 'duplicate key', [...pathTo(map, ancestors), name])
      pairs.set(name, pair)
    }
    this.#pairs.set(map, pairs)
  }

  #enterAlias(alias: Alias, ancestors: readonly unknown[]): symbol | undefined {
    const target = alias.resolve(this.#document)
    this.#targets.set(alias, target)
    if (target === undefined)
      this.#fault(
        alias,
        'a YAML alias without an anchor before it; a value that begins with * must be in quotes',
      )
    else if (ancestors.includes(target)) this.#fault(alias, 'a YAML alias of a value that contains it')
    if (this.#targets.size <= MAX_ALIASES) return undefined
    this.#fault(alias, `more than ${MAX_ALIASES} YAML aliases`)
    return visit.BREAK
  }

  #enterScalar(scalar: Scalar): void {
    const { value, source, anchor } = scalar
    if (typeof value === 'number') scalar.value = new RawNumber(source ?? String(value))
    else if (typeof value === 'string' && /[\0\p{Surrogate}]/u.test(value))
      this.#fault(scalar, 'an escape for NUL, or for half of a surrogate pair')
    else if (value === null && !source && anchor !== undefined)
      this.#fault(scalar, 'a YAML anchor without a value; a value that begins with & must be in quotes')
  }

  #fault(node: unknown, what: string, path?: Path): void {
    this.faults.push({ offset: startOffset(node), what, path })
  }
}

const startOffset = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0

/** The keys and indices that lead to a node, given its ancestors. */
function pathTo(node: unknown, ancestors: readonly unknown[]): (string | number)[] {
  return ancestors.flatMap((outer, index): (string | number)[] => {
    if (isPair(outer)) return [String(outer.key)]
    return isSeq(outer) ? [outer.items.indexOf(ancestors[index + 1] ?? node)] : []
  })
}

/** Variables that make the YAML parser print all that it reads on standard output, secrets too. */
const DEBUG_VARIABLES = ['LOG_TOKENS', 'LOG_STREAM']

/** Parses as if they were not set; no other code can notice, since none runs meanwhile. */
function withoutYamlDebugOutput<Result>(parse: () => Result): Result {
  const found = Object.entries(process.env).filter(([name]) => DEBUG_VARIABLES.includes(name))
  for (const name of DEBUG_VARIABLES) delete process.env[name]
  try {
    return parse()
  } finally {
    Object.assign(process.env, Object.fromEntries(found))
  }
}
