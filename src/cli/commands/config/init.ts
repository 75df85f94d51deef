import type { Command } from '../../command.ts'
import { declare, type Options } from './init/options.ts'

export const init: Command = {
  name: 'init',
  summary: 'Write an alias into your configuration; it asks on a terminal, and tries the connection',
  declare,
  run: async (context, options: Options) => {
    const { initialize } = await import('./init/steps.ts')
    return await initialize(context, options)
  },
}
