import { Chalk, type ChalkInstance } from 'chalk'
import type { Context } from '../context.ts'

/** Whether output has colors: as --color says, else on a terminal unless its environment says otherwise. */
export const isColored = ({ out, io: { env }, globals: { color } }: Context): boolean =>
  color === 'always' || (color !== 'never' && out.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb')

/** What colors output. */
export const chalkFor = (context: Context): ChalkInstance => new Chalk({ level: isColored(context) ? 1 : 0 })
