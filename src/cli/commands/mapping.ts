import { membersOf } from '../../json/members.ts'
import { resolveName } from '../../query/index-names.ts'
import { type Call, readLongObject } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import { isDryRun } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { noIndex } from '../no-hits.ts'
import { printRequest } from '../output/dry-run.ts'
import { printReply } from '../output/formats.ts'

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-get-mapping */
export const mapping: Command = {
  dryRun: 'prints',
  pages: true,
  completers: [indexNames],
  declare: parser =>
    parser
      .argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
      .addHelpText(
        'after',
        examples('esconn mapping entry', "esconn mapping entry | jq '.[].mappings.properties | keys'"),
      ),
  run: async (context, _options, name) => {
    const connection = await context.session.connect()
    const call: Call = { method: 'GET', path: `/${connection.indexPath(name)}/_mapping` }
    if (isDryRun(context)) return await printRequest(context, connection, call)
    const reply = await connection.transport.exchange(call, readLongObject, context.exchangeOptions)
    await printReply(context, reply)
    if (membersOf(reply).length === 0)
      context.messages.print(
        `${connection.alias}: ${noIndex(name, resolveName(name, connection.names).index)}`,
      )
    return COMPLETE
  },
}
