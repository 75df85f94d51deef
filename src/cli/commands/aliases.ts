import type { AliasEntry } from '../../config/aliases.ts'
import { type Command, examples } from '../command.ts'
import { COMPLETE } from '../exit-status.ts'
import { toColumns } from '../output/columns.ts'

export const aliases: Command = {
  dryRun: 'ignored',
  declare: parser => parser.addHelpText('after', examples('esconn aliases')),
  run: async ({ session, out }) => {
    const { aliases } = await session.configuration()
    for (const entry of aliases) await out.write(toColumns(row(entry)))
    return COMPLETE
  },
}

function row({ name, pointsTo, file, line, untrusted }: AliasEntry): string[] {
  const target = 'alias' in pointsTo ? `= ${pointsTo.alias}` : pointsTo.nodes.join(' ')
  const place = file === undefined ? 'no configuration' : `${file}:${line}`
  return [name, target, untrusted ? `${place} (not trusted)` : place]
}
