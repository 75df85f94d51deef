import { visible } from '../../hits/visible.ts'
import type { Command } from '../command.ts'
import { COMPLETE } from '../exit.ts'
import { reach } from '../reach.ts'

export const ping: Command = {
  name: 'ping',
  summary: 'Say whether the cluster is reached and lets us in, which one it is, and how long it took',
  declare: parser =>
    parser.addHelpText(
      'after',
      '\nExamples:\n  esconn --alias logs ping\n  esconn ping -a logs && ./deploy.sh',
    ),
  run: async ({ registry, exchange, out }) => {
    const connection = await registry.connect()
    const { node, identity, milliseconds } = await reach(connection, exchange)
    const columns = [connection.alias, node, identity, `${milliseconds} ms`]
    await out.write(`${columns.map(visible).join('\t')}\n`)
    return COMPLETE
  },
}
