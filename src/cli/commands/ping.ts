import { formatDuration } from '../../units.ts'
import { describeIdentity, IDENTITY_CALL, pingCluster } from '../../wire/cluster-identity.ts'
import { type Command, examples } from '../command.ts'
import { isDryRun } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { fanOut } from '../fan-out.ts'
import { toColumns } from '../output/columns.ts'
import { printRequest } from '../output/dry-run.ts'

export const ping: Command = {
  dryRun: 'prints',
  declare: parser =>
    parser.addHelpText(
      'after',
      examples(
        'esconn --alias logs ping',
        'esconn ping -a logs && ./deploy.sh',
        'esconn ping -a logs,backup',
      ),
    ),
  run: context =>
    fanOut(context, context.session.aliases, async (own, alias) => {
      const connection = await own.session.connect(alias)
      if (isDryRun(own)) return await printRequest(own, connection, IDENTITY_CALL)
      const { node, identity, milliseconds } = await pingCluster(connection, own.exchangeOptions)
      await own.out.write(toColumns([alias, node, describeIdentity(identity), formatDuration(milliseconds)]))
      return COMPLETE
    }),
}
