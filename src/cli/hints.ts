import { EsconnError, type Hint } from '../errors.ts'
import type { Command } from './command.ts'
import type { Context } from './context.ts'

type Kind = Hint['kind']

/** What the user of the command line can do, in flags and commands. */
const ADVICE: { [K in Kind]: (hint: Extract<Hint, { kind: K }>) => string } = {
  'list-mistakes': () => 'esconn config check lists all of them',
  'trust-file': () => 'if you know who wrote it: esconn config trust; or put the alias into your own file',
  'trust-again': () => 'if that is right: esconn config trust, which shows where everything goes now',
  'name-file': () => 'if it is the file you mean, name it with --config',
  'write-config': () => 'esconn config init writes one',
  'store-secret': ({ alias }) => `to store it: esconn config login ${alias}`,
  'name-alias': () => 'name an alias with --alias, or define `default`',
  'wait-longer': () =>
    'is the node overloaded, or a firewall in between? --timeout, or `timeout` of the alias, allows more time',
  'read-all': () => '--all prints every hit, --all --limit N the first N',
  'without-state': () => 'esconn export without --state and --part reads it',
  'begin-anew': () => 'begin anew, with another --state, and for an export another --out',
  'search-instead': () => 'use esconn search, or search --all for every hit',
  'allow-larger-hit': () => 'allow more with --max-hit, or request less of each document',
  'allow-larger': () => 'allow more with --max-size, or request fewer or smaller hits (--size)',
}

/** The second line of a message: what to do about an error, if anything can be done. */
export function adviceFor({
  hint,
  advice,
}: Partial<Pick<EsconnError, 'hint' | 'advice'>>): string | undefined {
  return hint === undefined ? advice : (ADVICE[hint.kind] as (hint: Hint) => string)(hint)
}

/** Adds the known name to the error about an index that does not exist, where an argument looks like a typo of it. */
export async function addSuggestion(
  error: unknown,
  { command, words }: { command: Command; words: readonly string[] },
  context: Context,
): Promise<unknown> {
  if (!(error instanceof EsconnError) || !error.what.startsWith('index_not_found_exception')) return error
  const { similarName } = await import('../config/mistakes.ts')
  for (const [index, completer] of (command.completers ?? []).entries()) {
    const known = await completer(context)
    const typed = words[index]?.split(',').find(name => !known.includes(name) && similarName(name, known))
    if (typed !== undefined) return error.addAdvice(`did you mean \`${similarName(typed, known)}\`?`)
  }
  return error
}
