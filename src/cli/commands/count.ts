import { WireError } from '../../errors.ts'
import { shardsMissing } from '../../hits/completeness.ts'
import { parseShards } from '../../hits/response.ts'
import { memberOf } from '../../json/members.ts'
import { type Reply, readObject } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import { isDryRun } from '../context.ts'
import { COMPLETE, NEGATIVE } from '../exit-status.ts'
import { explainHits, explainNoHits } from '../no-hits.ts'
import { printRequest } from '../output/dry-run.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'
import { printBody } from '../output/search.ts'
import { type QueryOptions, queryAdditions, queryBody, queryFlags } from '../query-flags.ts'

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-count */
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

/** The digits of the count, and which shards are missing from it. */
async function readCount(reply: Reply): Promise<{ found: string; missing: string | undefined }> {
  const body = await readObject(reply)
  const missing = shardsMissing(parseShards(memberOf(body, '_shards')), reply.redact)
  const found = memberOf(body, 'count')?.toString() ?? ''
  if (!/^\d+$/.test(found)) throw new WireError('foreign', 'the reply has no count')
  return { found, missing }
}
