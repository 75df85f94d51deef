import { EsconnError } from '../errors.ts'
import type { Command, Completer } from './command.ts'
import type { Context } from './context.ts'

/** What the alias calls its indices. */
export const indexNames: Completer = async ({ session }) => [...(await session.connect()).names.keys()]

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
