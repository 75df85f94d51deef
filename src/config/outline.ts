import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from 'yaml'
import { Numeral } from './json.ts'
import type { Path } from './mistakes.ts'

/** More aliases than a person writes; looking one up costs time that grows with the file. */
const MAX_ALIASES = 100

/** A mistake at an offset of the text. */
export interface Fault {
  offset: number
  what: string
}

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
      Map: (_key, map) => this.#enterMap(map),
      Alias: (_key, alias, around) => this.#enterAlias(alias, around),
      Scalar: (_key, scalar) => {
        if (typeof scalar.value === 'number')
          scalar.value = new Numeral(scalar.source ?? String(scalar.value))
      },
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

  #enterMap(map: YAMLMap): void {
    const pairs = new Map<string, Pair>()
    for (const pair of map.items) {
      const name = String(pair.key)
      if (pairs.has(name)) this.#fault(pair.key, 'a key that is there already')
      pairs.set(name, pair)
    }
    this.#pairs.set(map, pairs)
  }

  #enterAlias(alias: Alias, around: readonly unknown[]): symbol | undefined {
    const target = alias.resolve(this.#document)
    this.#targets.set(alias, target)
    if (target === undefined) this.#fault(alias, 'a YAML alias without an anchor before it')
    else if (around.includes(target)) this.#fault(alias, 'a YAML alias of what it stands in')
    if (this.#targets.size <= MAX_ALIASES) return undefined
    this.#fault(alias, `more than ${MAX_ALIASES} YAML aliases`)
    return visit.BREAK
  }

  #fault(node: unknown, what: string): void {
    this.faults.push({ offset: start(node), what })
  }
}

const start = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0
