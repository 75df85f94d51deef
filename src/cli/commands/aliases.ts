import type { AliasEntry } from '../../config/aliases.ts'
import { visible } from '../../hits/visible.ts'
import type { Command } from '../command.ts'
import { COMPLETE } from '../exit.ts'

export const aliases: Command = {
  name: 'aliases',
  summary: 'List what is configured: alias, nodes, and the file and line that say so',
  run: async ({ registry, out }) => {
    const { aliases } = await registry.configuration()
    for (const entry of aliases) await out.write(`${row(entry).map(visible).join('\t')}\n`)
    return COMPLETE
  },
}

function row({ name, leadsTo, file, line, untrusted }: AliasEntry): string[] {
  const target = 'alias' in leadsTo ? `= ${leadsTo.alias}` : leadsTo.nodes.join(' ')
  const place = file === undefined ? 'no configuration' : `${file}:${line}`
  return [name, target, untrusted ? `${place} (not trusted)` : place]
}
