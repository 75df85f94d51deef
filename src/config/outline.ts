import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { Numeral } from './json.ts'
import { dotted, type Fault, type Path } from './mistakes.ts'
import { unpaired } from './words.ts'

/** More aliases than a person writes; looking one up costs time that grows with the file. */
const MAX_ALIASES = 100

/** What a text copied from a web page may be indented with, and what no key begins with. */
const BLANK = /^[\s\u200B\u2060]/

/** What one walk over a document shows: its mistakes, and where each field stands. */
export class Outline {
  readonly faults: Fault[] = []
  readonly #document: Document
  readonly #pairs = new Map<YAMLMap, Map<string, Pair>>()
  readonly #targets = new Map<Alias, Node | undefined>()

  /** Walks over the document; its numbers become `Numeral`s on the way. */
  constructor(document: Document) {
    this.#document = document
    visit(document, {
      Map: (_key, map, around) => this.#enterMap(map, around),
      Alias: (_key, alias, around) => this.#enterAlias(alias, around),
      Scalar: (_key, scalar) => this.#enterScalar(scalar),
    })
  }

  /** Offset of the key at the end of `path`, or of the nearest thing around it that is there. */
  offsetOf(path: Path): number {
    let node = this.#document.contents as Node | null
    let offset = start(node)
    for (const key of path) {
      const step = this.#step(isAlias(node) ? this.#targets.get(node) : node, key)
      if (step === undefined) break
      offset = start(step.label)
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

  #enterMap(map: YAMLMap, around: readonly unknown[]): void {
    const pairs = new Map<string, Pair>()
    for (const pair of map.items) {
      const { key, value } = pair as Pair<Scalar, Node>
      const name = String(key)
      if (value === null) this.#fault(key, unpaired(name))
      else if (key.type === 'PLAIN' && BLANK.test(name))
        this.#fault(key, 'indented with white space that is no plain space')
      else if (pairs.has(name)) {
        const path = dotted([...pathTo(map, around), name])
        this.#fault(key, `${path}: a key that is there already`)
      }
      pairs.set(name, pair)
    }
    this.#pairs.set(map, pairs)
  }

  #enterAlias(alias: Alias, around: readonly unknown[]): symbol | undefined {
    const target = alias.resolve(this.#document)
    this.#targets.set(alias, target)
    if (target === undefined)
      this.#fault(
        alias,
        'a YAML alias without an anchor before it; a value that begins with * must be in quotes',
      )
    else if (around.includes(target)) this.#fault(alias, 'a YAML alias of what it stands in')
    if (this.#targets.size <= MAX_ALIASES) return undefined
    this.#fault(alias, `more than ${MAX_ALIASES} YAML aliases`)
    return visit.BREAK
  }

  #enterScalar(scalar: Scalar): void {
    const { value, source, anchor } = scalar
    if (typeof value === 'number') scalar.value = new Numeral(source ?? String(value))
    else if (typeof value === 'string' && /[\0\p{Surrogate}]/u.test(value))
      this.#fault(scalar, 'an escape for NUL, or for half of a character')
    else if (value === null && !source && anchor !== undefined)
      this.#fault(scalar, 'a YAML anchor without a value; a value that begins with & must be in quotes')
  }

  #fault(node: unknown, what: string): void {
    this.faults.push({ offset: start(node), what })
  }
}

const start = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0

/** The keys and places in lists that lead to a node, given what it stands in. */
function pathTo(node: unknown, around: readonly unknown[]): (string | number)[] {
  return around.flatMap((outer, index): (string | number)[] => {
    if (isPair(outer)) return [String(outer.key)]
    return isSeq(outer) ? [outer.items.indexOf(around[index + 1] ?? node)] : []
  })
}
