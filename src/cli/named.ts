import { UsageError } from '../errors.ts'
import type { Context } from './command.ts'

/** The file that the user names in place of those that would be found. */
export const namedFile = ({ globals, io }: Context): string | undefined =>
  globals.config ?? (io.env.ESCONN_CONFIG || undefined)

/** The aliases that the user names: words behind the command, else `--alias`; several may be in one, with commas. */
export const namesIn = (words: readonly (string | string[])[], alias: string | undefined): string[] =>
  (words.flat().length > 0 ? words.flat() : [alias ?? []].flat()).flatMap(word => word.split(','))

/** @throws {UsageError} where the user wants nothing done but a request shown */
export function refuseRehearsal({ globals }: Context): void {
  if (!(globals.dryRun || globals.curl)) return
  throw new UsageError('--dry-run and --curl show one request, and what this command does is another thing', {
    advice: 'esconn ping --dry-run shows the request by which it tries an alias',
  })
}
