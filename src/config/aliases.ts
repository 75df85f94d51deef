import type { Layer } from './layers.ts'
import { withoutLogin } from './nodes.ts'
import { nodesOf } from './settle.ts'
import { needsOf } from './trust/needs.ts'

/** A configured name: where it stands, and what it leads to as it is written, credentials left out. */
export interface AliasEntry {
  name: string
  /** Undefined for what no file says. */
  file: string | undefined
  /** Counts from 1. */
  line: number | undefined
  /** URLs of nodes, or the name of another alias. */
  leadsTo: { nodes: string[] } | { alias: string }
  /** Whether it can only be used once its file is trusted. */
  untrusted: boolean
}

/** Each alias once, as the layer has it in which it is looked up first. */
export function aliasesOf(layers: readonly Layer[]): AliasEntry[] {
  const first = new Map<string, AliasEntry>()
  for (const entry of layers.flatMap(layer => entriesOf(layer, layers))) {
    if (!first.has(entry.name)) first.set(entry.name, entry)
  }
  return [...first.values()]
}

function entriesOf(layer: Layer, layers: readonly Layer[]): AliasEntry[] {
  const { source, aliases, trust } = layer
  return [...aliases].map(([name, definition]) => ({
    name,
    file: source.file,
    line: source.position(['aliases', name])?.line,
    leadsTo:
      typeof definition === 'string'
        ? { alias: withoutLogin(definition) }
        : { nodes: nodesOf(definition).map(withoutLogin) },
    untrusted:
      trust !== 'trusted' && chain(layer, name).some(link => needsOf(layers, layer, link).length > 0),
  }))
}

/** An alias and those that it leads to in the same file. */
function chain({ aliases }: Layer, first: string): string[] {
  const names = new Set<string>()
  for (let name: unknown = first; typeof name === 'string' && !names.has(name); name = aliases.get(name))
    if (aliases.has(name)) names.add(name)
  return [...names]
}
