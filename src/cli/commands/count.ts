import { readCount } from '../../query/count.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import { isDryRun } from '../context.ts'
import { COMPLETE, NEGATIVE } from '../exit-status.ts'
import { explainHits, explainNoHits } from '../no-hits.ts'
import { printRequest } from '../output/dry-run.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'
import { printBody } from '../output/search.ts'
import { type QueryOptions, queryAdditions, queryBody, queryFlags } from '../query-flags.ts'

export const count: Command = {
  dryRun: 'prints',
  completers: [indexNames],
  declare: parser => {
    parser.argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
    queryFlags(parser)
      .option('-e, --exit-status', 'exit 1 if there is none')
      .addHelpText(
        'after',
        examples('esconn count entry', "esconn count 'logs-*' --since 15m --term level=error"),
      )
  },
  run: async (context, options: QueryOptions & { exitStatus?: boolean }, name) => {
    const connection = await context.session.connect()
    const { additions, asked } = await queryAdditions(options, name, { connection, context })
    const call = connection.searchCall(name, await queryBody(options, context), additions, '_count')
    if (options.showQuery) return await printBody(context, call)
    if (isDryRun(context)) return await printRequest(context, connection, call)
    const limits = { ...context.exchangeOptions, whole: true }
    const { found, missing } = await connection.transport.exchange(call, readCount, limits)
    await context.out.write(`${found}\n`)
    if (missing !== undefined) reportIncomplete(context, connection.alias, missing)
    else await (found === '0' ? explainNoHits : explainHits)(context, connection, { name, asked, call })
    return options.exitStatus && found === '0' ? NEGATIVE : COMPLETE
  },
}
