import type { Command as Parser } from 'commander'
import type { Index } from '../../config/types.ts'
import { InputError, UsageError } from '../../errors.ts'
import { looksLikeOneIndex } from '../../query/get.ts'
import { indexPath } from '../../query/index-names.ts'
import { resolveIndex } from '../../query/resolve-index.ts'
import { firstTen } from '../../text.ts'
import type { ComparedSide } from '../../walk/side-reader.ts'
import { readSettings } from '../../walk/write-target.ts'
import type { ExchangeOptions } from '../../wire/exchange.ts'
import { type NamedSide, openSide } from '../alias-name.ts'
import { type Command, examples } from '../command.ts'
import { askSide, type ComparedPair, inIndex, nameOf, SAME_NAMES, withBody } from '../compared-sides.ts'
import type { Context } from '../context.ts'
import { explainNoHits, noIndex } from '../no-hits.ts'
import { type ProgressChoice, progressOption } from '../options.ts'
import { printDifferences } from '../output/differences.ts'
import { withProgress } from '../output/progress.ts'
import { printBody } from '../output/search.ts'
import { type AskedField, queryFlags } from '../query-flags.ts'
import { refuseShardFlags, type ShardFlags, shardFlags } from '../walk-flags.ts'

interface DiffFlags extends ShardFlags {
  progress?: ProgressChoice
}

export const diff: Command = {
  movesIndices: true,
  declare,
  run: async (context, options: DiffFlags, typedFrom, typedTo) => {
    refuseShardFlags(options, 'diff')
    const { session } = context
    const [from, to] = [await openSide(session, typedFrom), await openSide(session, typedTo)]
    const { sides, asked } = await askSides(context, options, [from, to])
    if (options.showQuery) return await printBodies(context, sides)
    const pairs =
      to.name === SAME_NAMES ? await sameNames(context, sides, from) : [onePair(sides, [from, to])]
    await tellSame(context, sides)
    const { parallel = '4', page, progress: when } = options
    return await withProgress(context, { when, isPrinted: context.out.isTerminal }, async progress => {
      const { documents, status } = await printDifferences(context, pairs, {
        ...{ parallel: Number(parallel), pageBytes: page, progress },
        names: { from: nameOf(from), to: nameOf(to) },
      })
      const question = { name: from.name, asked, call: sides.from.call }
      if (documents === 0) await explainNoHits(context, from.connection, question)
      return status
    })
  },
}

function declare(parser: Parser): void {
  parser
    .argument('<from>', 'an index: ALIAS:NAME, or NAME of the alias that --alias names')
    .argument(
      '<to>',
      "the one to compare it with; ALIAS:* for the same names, also those of a pattern such as 'logs-*'",
    )
  queryFlags(parser)
  shardFlags(parser)
    .addOption(progressOption())
    .addHelpText(
      'after',
      examples(
        'esconn diff logs:access backup:access',
        "esconn diff 'logs:access-*' 'backup:*'",
        'esconn diff entry entry-2 --since 2d | jq -r \'select(.diff=="only-from")._id\'',
      ),
    )
}

/** Both sides with the same query, and the fields that it asks. */
async function askSides(
  context: Context,
  options: DiffFlags,
  [from, to]: readonly [NamedSide, NamedSide],
): Promise<{ sides: ComparedPair; asked: AskedField[] }> {
  const flags = await withBody(options, context)
  const question = { context, command: 'diff', started: new Date().toISOString() }
  const { side, asked } = await askSide(flags, from, question)
  const other =
    to.name === SAME_NAMES ? { ...side, context: to.connection } : (await askSide(flags, to, question)).side
  return { sides: { from: side, to: other }, asked }
}

/** Prints what would be asked: one body, if it is the same on both sides. */
async function printBodies(context: Context, { from, to }: ComparedPair): Promise<number> {
  const status = await printBody(context, from.call)
  return String(from.call.body) === String(to.call.body) ? status : await printBody(context, to.call)
}

/** @throws {UsageError} where a side is several indices, each of which has its own ids */
function onePair(sides: ComparedPair, named: readonly NamedSide[]): ComparedPair {
  for (const [at, { target }] of [sides.from, sides.to].entries())
    if (isSeveral(target))
      throw new UsageError(`${named[at]?.name} is not the name of one index`, {
        alias: named[at]?.connection.alias,
        advice: 'with ALIAS:* as the second name each index is compared with the one of the same name',
      })
  return sides
}

/** What is compared with itself never differs. */
async function tellSame({ messages, exchangeOptions }: Context, { from, to }: ComparedPair): Promise<void> {
  const [one, other] = await Promise.all(
    [from, to].map(({ context, target }) => readSettings(context, indexPath(target.index), exchangeOptions)),
  )
  if (one?.uuids.some(uuid => other?.uuids.includes(uuid)))
    messages.print(`${to.context.alias}: ${to.target.index} is what it is compared with, or a part of it`)
}

const isSeveral = ({ index, query }: Index): boolean =>
  query === undefined && !looksLikeOneIndex({ index }) && !/^<[^<>]*>$/.test(index)

/**
 * Each index and data stream of the first side, and what has the same name on the other.
 *
 * @throws {InputError} if there is none, or the other side lacks one
 */
async function sameNames(
  { exchangeOptions, messages }: Context,
  { from, to }: ComparedPair,
  { name }: NamedSide,
): Promise<ComparedPair[]> {
  const { index } = from.target
  if (looksLikeOneIndex({ index })) return [{ from, to }]
  const find = ({ context }: ComparedSide, names = index) => namesBehind(context, names, exchangeOptions)
  const [mine, theirs] = [await find(from), await find(to)]
  const [{ alias }, { alias: other }] = [from.context, to.context]
  if (mine.length === 0) throw new InputError(noIndex(name, index), { alias })
  for (const missing of mine.filter(name => !theirs.includes(name)))
    if ((await find(to, missing)).length === 0)
      throw new InputError(`there is no ${missing}, which ${alias} has`, { alias: other })
  const more = theirs.filter(name => !mine.includes(name))
  if (more.length > 0) messages.print(`${other}: not compared, since ${alias} lacks it: ${firstTen(more)}`)
  return mine.map(index => ({ from: inIndex(from, index), to: inIndex(to, index) }))
}

/** A data stream is one name, since its indices have other names elsewhere; of an alias only its indices count. */
async function namesBehind(
  context: ComparedSide['context'],
  index: string,
  options: ExchangeOptions,
): Promise<string[]> {
  const { indices = [], aliases = [], streams = [] } = (await resolveIndex(context, index, options)) ?? {}
  const names = [...indices, ...streams].map(found => String(Object(found).name))
  const behindAliases = aliases.flatMap(alias => Object(alias).indices as string | string[]).flat()
  return [...new Set([...names, ...behindAliases])].toSorted()
}
