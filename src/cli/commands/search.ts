import { Option, type Command as Parser } from 'commander'
import { type Command, examples } from '../command.ts'
import { indexNames } from '../completers.ts'
import { COMPLETE, NEGATIVE } from '../exit-status.ts'
import { countOption, repeatable } from '../options.ts'
import { FORMATS, type FormatName } from '../output/formats.ts'
import { printBody, printSearch } from '../output/search.ts'
import { type QueryOptions, queryAdditions, queryBody, queryFlags } from '../query-flags.ts'

interface SearchFlags extends QueryOptions {
  format: FormatName
  exitStatus?: boolean
}

export const search: Command = {
  name: 'search',
  summary: 'Print the hits of a search, byte for byte as the cluster sent them',
  dryRun: 'prints',
  completers: [indexNames],
  declare,
  run: async (context, options: SearchFlags, name) => {
    const connection = await context.session.connect()
    const additions = await queryAdditions(options, name, { connection, context })
    const call = connection.searchCall(name, await queryBody(options, context), additions)
    if (options.showQuery) return await printBody(context, call)
    const found = await printSearch(context, connection, call, options.format)
    return options.exitStatus && found === 0 ? NEGATIVE : COMPLETE
  },
}

function declare(parser: Parser): void {
  parser.argument('<name>', "a name in `indices` of the alias, or an index expression such as 'logs-*'")
  queryFlags(parser)
    .option('--size <n>', 'maximum number of hits (default: 10)', countOption('--size'))
    .option('--from <n>', 'number of hits to skip', countOption('--from'))
    .option('--sort <field[:order]>', 'field, field:asc, field:desc or -field (repeatable)', repeatable)
    .addOption(new Option('--format <format>', 'how the hits are written').choices(FORMATS).default('ndjson'))
    .option('-e, --exit-status', 'exit 1 if there is no hit')
    .addHelpText(
      'after',
      examples(
        'esconn search entry --term text=words',
        "esconn search entry --match title='quick fox' --sort -published --size 5",
        "esconn search 'logs-*' --since 15m --not --term level=debug",
        "esconn search entry --range 'rating>=4' --any --term tags=maths --term tags=logic",
        'esconn search entry --body \'{"query":{"prefix":{"slug":"a"}}}\' | jq -r ._id',
        "esconn search entry -q 'author:ada AND tags:maths' -e && echo found",
      ),
    )
}
