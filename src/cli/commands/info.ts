import { Option } from 'commander'
import type { Connection } from '../../connection.ts'
import { WireError } from '../../errors.ts'
import { nodesMissing } from '../../hits/completeness.ts'
import { memberOf, textAtPath } from '../../json/members.ts'
import { escapeControls, shorten } from '../../text.ts'
import { formatSize } from '../../units.ts'
import { pingCluster } from '../../wire/cluster-identity.ts'
import { type Call, readObject } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE } from '../exit-status.ts'
import { fanOut } from '../fan-out.ts'
import { toColumns } from '../output/columns.ts'
import { printRequest } from '../output/dry-run.ts'
import { printReply } from '../output/formats.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'

const FORMATS = ['text', 'json'] as const

interface InfoFlags {
  format: (typeof FORMATS)[number]
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-cluster-stats */
const STATS: Call = { method: 'GET', path: '/_cluster/stats' }

export const info: Command = {
  dryRun: 'prints',
  declare: parser =>
    parser
      .addOption(
        new Option('--format <format>', "json prints the cluster's response")
          .choices(FORMATS)
          .default('text'),
      )
      .addHelpText(
        'after',
        examples('esconn info', "esconn -a logs info --format json | jq '.indices.shards'"),
      ),
  run: (context, { format }: InfoFlags) =>
    fanOut(context, context.session.aliases, async (own, alias) => {
      const connection = await own.session.connect(alias)
      if (isDryRun(own)) return await printRequest(own, connection, STATS)
      const stats = await connection.transport.exchange(STATS, readObject, {
        ...own.exchangeOptions,
        whole: true,
      })
      if (format === 'json') await printReply(own, stats)
      else await own.out.write(await describe(own, connection, stats))
      const missing = nodesMissing(memberOf(stats, '_nodes'))
      if (missing !== undefined) reportIncomplete(own, alias, `${missing}, and are not counted`)
      return COMPLETE
    }),
}

/** Labelled lines on a terminal; elsewhere one line of columns, its numbers as the cluster wrote them. */
async function describe(
  { out, exchangeOptions }: Context,
  connection: Connection,
  stats: Buffer,
): Promise<string> {
  const { identity } = await pingCluster(connection, exchangeOptions)
  const text = (...path: string[]): string =>
    shorten(connection.transport.redact(textAtPath(stats, path) ?? failMissing(connection, path)))
  const columns = {
    alias: connection.alias,
    cluster: text('cluster_name'),
    health: text('status'),
    version: `${identity.product} ${identity.version ?? JSON.parse(text('nodes', 'versions')).join(', ')}`,
    nodes: text('nodes', 'count', 'total'),
    documents: text('indices', 'docs', 'count'),
    size: text('indices', 'store', 'size_in_bytes'),
  }
  if (!out.isTerminal) return toColumns(Object.values(columns))
  const shown = { ...columns, size: formatSize(Number(columns.size)) }
  return Object.entries(shown)
    .map(([label, value]) => `${label.padEnd(11)}${escapeControls(value)}\n`)
    .join('')
}

function failMissing({ alias }: Connection, path: readonly string[]): never {
  throw new WireError('foreign', `the reply to ${STATS.path} has no ${path.join('.')}`, { alias })
}
