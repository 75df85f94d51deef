import { visible } from '../../../hits/visible.ts'
import type { Command } from '../../command.ts'
import { COMPLETE, NEGATIVE } from '../../exit.ts'
import { namedFile } from '../../named.ts'

export const path: Command = {
  name: 'path',
  summary: 'List the files that hold here, in the order in which an alias is looked up',
  run: async context => {
    const { find } = await import('../../../config/find.ts')
    const { userPlace } = await import('../../../config/home.ts')
    const { out, talk } = context
    const { cwd, env } = context.io
    const found = find({ cwd, env }, namedFile(context))
    for (const { origin, source } of found) await out.write(`${visible(source.file ?? '')}\t${origin}\n`)
    if (found.length > 0) return COMPLETE
    const place = userPlace(env)
    talk.say(`no configuration here${place === undefined ? '' : `; esconn config init writes ${place}`}`)
    return NEGATIVE
  },
}
