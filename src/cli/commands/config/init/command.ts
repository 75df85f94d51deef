import type { Command } from '../../../command.ts'
import { declare, type InitOptions } from './options.ts'

export const init: Command = {
  declare,
  run: async (context, options: InitOptions) => {
    const { initialize } = await import('./wizard.ts')
    return await initialize(context, options)
  },
}
