import type { Connection } from '../../connection.ts'
import { EsconnError, type WireError } from '../../errors.ts'
import { isStream, type Reply, readAhead, type StreamCall } from '../../wire/exchange.ts'
import { type Command, examples } from '../command.ts'
import { type Context, isDryRun } from '../context.ts'
import { COMPLETE, NEGATIVE } from '../exit-status.ts'
import { once, repeatable } from '../options.ts'
import { printRequest } from '../output/dry-run.ts'
import { passReply } from '../output/reply.ts'
import { reportIncomplete } from '../output/report-incomplete.ts'
import { type CallOptions, callFrom } from '../request-call.ts'

interface RequestFlags extends CallOptions {
  include?: boolean
}

export const request: Command = {
  dryRun: 'prints',
  pages: true,
  declare: parser =>
    parser
      .argument('<method>', 'GET, HEAD, POST, PUT, DELETE, PATCH or OPTIONS')
      .argument('[path]', "path and query, by the cluster's own names of indices; quote a ? for the shell")
      .option('--body <body>', "the body: '{…}', @file, or - for standard input; any size", once('--body'))
      .option('-H, --header <name: value>', 'a header of this request (repeatable)', repeatable)
      .option('-i, --include', 'print the status and the headers of the response too')
      .addHelpText(
        'after',
        examples(
          "esconn request GET '/_cat/indices?v'",
          'esconn request PUT /books --body @mapping.json',
          'zcat books.ndjson.gz | esconn request POST /books/_bulk --body -',
        ),
      ),
  run: async (context, options: RequestFlags, method, path) => {
    const connection = await context.session.connect()
    const call = await callFrom([method as string, path], options, context)
    try {
      if (isDryRun(context)) return await printRequest(context, connection, call)
      return await send(context, connection, { call, include: options.include === true })
    } finally {
      if (isStream(call.body)) call.body.destroy() // standard input would keep the process running
    }
  },
}

interface Sending {
  call: StreamCall
  include: boolean
}

/** Sends a request and prints what arrives, also if it is an error; returns the exit status. */
async function send(context: Context, connection: Connection, { call, include }: Sending): Promise<number> {
  const { alias, transport } = connection
  try {
    const finish = await transport.exchange<() => Promise<number>>(
      call,
      async reply => {
        const begun = await untilFirstBytes(reply)
        return () => printAndJudge(context, alias, { call, include, reply: begun })
      },
      {
        ...context.exchangeOptions,
        whole: false, // an error of any size is passed on as it arrives
        accepts: ({ status }) => isMissing(call, status),
        refused: async ({ reply, error }) => {
          const judge = await passReply(context, reply, { include, endsEarly: endsEarly(call) })
          if (reply.status === 404 && judge.isNegative) return async () => NEGATIVE
          throw adviseName(error, connection)
        },
      },
    )
    return await finish()
  } catch (error) {
    throw error instanceof EsconnError ? error.addAlias(alias) : error
  }
}

/** A longer body is streamed, and not looked into. */
const endsEarly = ({ body }: StreamCall): boolean =>
  body !== undefined && !isStream(body) && /"terminate_after"/.test(String(body))

/** `HEAD` asks whether something is there. */
const isMissing = ({ method }: StreamCall, status: number): boolean => method === 'HEAD' && status === 404

/** Before its first bytes nothing of a reply has been passed on, so the request may still be sent again. */
const untilFirstBytes = async (reply: Reply): Promise<Reply> => ({
  ...reply,
  chunks: (await readAhead(reply.chunks, 0)).chunks,
})

/** What it returns is a document of the user's: its members say nothing of the reply. */
const RETURNS_DOCUMENT = /\/_source\/*(?:[^/]+)?$/

async function printAndJudge(
  context: Context,
  alias: string,
  { call, include, reply }: Sending & { reply: Reply },
): Promise<number> {
  const judge = await passReply(context, reply, { include, endsEarly: endsEarly(call) })
  if (isMissing(call, reply.status)) return NEGATIVE
  if (RETURNS_DOCUMENT.test(call.path)) return COMPLETE
  const missing = judge.whyIncomplete()
  if (missing !== undefined) reportIncomplete(context, alias, missing)
  return judge.isNegative ? NEGATIVE : COMPLETE
}

/** Says that the alias calls an index by the name that the cluster does not know. */
function adviseName(error: WireError, { names }: Connection): WireError {
  const [, name = ''] = /^index_not_found_exception: no such index \[([^\]]+)\]/.exec(error.what) ?? []
  const index = names.get(name)?.index
  if (index === undefined || index === name) return error
  return error.addAdvice(`request takes the cluster's names: \`${name}\` is \`${index}\` here`)
}
