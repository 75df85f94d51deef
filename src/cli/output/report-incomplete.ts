import { IncompleteError } from '../../errors.ts'
import type { Context } from '../context.ts'

/**
 * Reports that something is missing from what was printed.
 *
 * @param place where the rest is
 * @throws {IncompleteError} unless --allow-partial was given
 */
export function reportIncomplete(
  { globals, messages }: Context,
  alias: string,
  reason: string,
  place = 'was printed',
): void {
  const advice = `what arrived ${place}; with --allow-partial this is not a failure`
  const error = new IncompleteError(reason, { alias, advice })
  if (!globals.allowPartial) throw error
  messages.print(error.message)
}
