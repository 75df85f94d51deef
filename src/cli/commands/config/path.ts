import { type Command, examples } from '../../command.ts'
import { configFile } from '../../context.ts'
import { COMPLETE, NEGATIVE } from '../../exit-status.ts'
import { toColumns } from '../../output/columns.ts'

export const path: Command = {
  dryRun: 'ignored',
  declare: parser => parser.addHelpText('after', examples('esconn config path')),
  run: async context => {
    const { findFiles } = await import('../../../config/files/find.ts')
    const { userConfigFile } = await import('../../../config/files/home.ts')
    const { out, messages } = context
    const { cwd, env } = context.io
    const found = findFiles({ cwd, env }, configFile(context))
    for (const { origin, source } of found) await out.write(toColumns([source.file ?? '', origin]))
    if (found.length > 0) return COMPLETE
    const file = userConfigFile(env)
    messages.print(`no configuration found${file === undefined ? '' : `; esconn config init writes ${file}`}`)
    return NEGATIVE
  },
}
