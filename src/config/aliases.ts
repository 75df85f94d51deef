import type { Layer } from './layers.ts'
import { withoutLogin } from './nodes.ts'

/** A configured name: where it stands, and what it leads to as it is written, credentials left out. */
export interface AliasEntry {
  name: string
  /** Undefined for what no file says. */
  file: string | undefined
  /** Counts from 1. */
  line: number | undefined
  /** URLs of nodes, or the name of another alias. */
  leadsTo: { nodes: string[] } | { alias: string }
}

/** Each alias once, as the layer has it in which it is looked up first. */
export function aliasesOf(layers: readonly Layer[]): AliasEntry[] {
  const first = new Map<string, AliasEntry>()
  for (const entry of layers.flatMap(entriesOf)) {
    if (!first.has(entry.name)) first.set(entry.name, entry)
  }
  return [...first.values()]
}

function entriesOf({ source, aliases }: Layer): AliasEntry[] {
  return [...aliases].map(([name, definition]) => {
    const { file } = source
    const line = source.position(['aliases', name])?.line
    if (typeof definition === 'string')
      return { name, file, line, leadsTo: { alias: withoutLogin(definition) } }
    const nodes = definition.nodes ?? [definition.node ?? '']
    return { name, file, line, leadsTo: { nodes: nodes.map(withoutLogin) } }
  })
}
