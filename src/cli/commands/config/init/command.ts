import type { Command } from '../../../command.ts'
import { declare, type InitOptions } from './options.ts'

export const init: Command = {
  name: 'init',
  summary:
    'Add an alias to your configuration: prompt for what is missing, test the connection, write the file',
  declare,
  run: async (context, options: InitOptions) => {
    const { initialize } = await import('./wizard.ts')
    return await initialize(context, options)
  },
}
