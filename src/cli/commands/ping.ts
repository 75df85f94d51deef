import { visible } from '../../hits/visible.ts'
import { GUARDED, identify } from '../../wire/identity.ts'
import type { Command } from '../command.ts'
import { COMPLETE } from '../exit.ts'

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
    const started = performance.now()
    const options = { ...exchange, accepts: GUARDED }
    const answer = await connection.transport.exchange(
      { method: 'GET', path: '/' },
      async reply => ({ node: reply.node, identity: await identify(reply) }),
      options,
    )
    const columns = [
      connection.alias,
      answer.node,
      answer.identity,
      `${Math.round(performance.now() - started)} ms`,
    ]
    await out.write(`${columns.map(visible).join('\t')}\n`)
    return COMPLETE
  },
}
