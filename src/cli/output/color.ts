import { Chalk, type ChalkInstance } from 'chalk'
import type { Context } from '../context.ts'

/** What colors output: as --color says, else on a terminal unless its environment says otherwise. */
export function chalkFor({ out, io: { env }, globals: { color } }: Context): ChalkInstance {
  const isColored =
    color === 'always' || (color !== 'never' && out.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb')
  return new Chalk({ level: isColored ? 1 : 0 })
}
