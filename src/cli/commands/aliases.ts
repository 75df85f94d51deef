import type { AliasEntry } from '../../config/aliases.ts'
import { visible } from '../../hits/visible.ts'
import type { Command } from '../command.ts'
import { COMPLETE } from '../exit.ts'

export const aliases: Command = {
  name: 'aliases',
  summary: 'List what is configured: alias, nodes, and the file and line that say so',
  run: async ({ configuration, out }) => {
    for (const entry of configuration.aliases) await out.write(`${row(entry).map(visible).join('\t')}\n`)
    return COMPLETE
  },
}

function row({ name, leadsTo, file, line }: AliasEntry): string[] {
  const target = 'alias' in leadsTo ? `= ${leadsTo.alias}` : leadsTo.nodes.join(' ')
  return [name, target, file === undefined ? 'no configuration' : `${file}:${line}`]
}
