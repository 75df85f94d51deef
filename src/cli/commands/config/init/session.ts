import { type EsconnError, InputError, UsageError } from '../../../../errors.ts'
import { mayAsk } from '../../../ask.ts'
import type { Context } from '../../../command.ts'
import { NothingEntered } from '../../../keys.ts'
import type { Options } from './options.ts'
import type { Target } from './target.ts'

/** One run of `config init`. */
export interface Session {
  context: Context
  options: Options
  target: Target
  /** Whether somebody can be asked. */
  asks: boolean
}

export function sessionOf(context: Context, options: Options, target: Target): Session {
  return { context, options, target, asks: mayAsk(context.io) }
}

/** Says what went wrong, as it is said at the end of a command. */
export function tell({ context: { talk } }: Session, error: EsconnError): void {
  talk.say(messageOf(error))
  if (error.advice) talk.say(error.advice)
}

/** Without the word for a configuration that is in no file yet. */
export const messageOf = ({ message }: EsconnError): string => message.replace(/^config: aliases\./, '')

/** What `ask` answers with; where the user's answer made no sense to it, it is called again. */
export async function untilSensible<Answer>(session: Session, ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const isSenseless = error instanceof UsageError || error instanceof InputError
      if (!isSenseless || !session.asks || error instanceof NothingEntered) throw error
      tell(session, error)
    }
  }
}
