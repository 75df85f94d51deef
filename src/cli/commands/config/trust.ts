import { quoteName } from '../../../config/mistakes.ts'
import type { TrustReview } from '../../../config/trust/grants.ts'
import { UsageError } from '../../../errors.ts'
import { escapeInvisible } from '../../../text.ts'
import { type Command, examples } from '../../command.ts'
import type { Context } from '../../context.ts'
import { COMPLETE, NEGATIVE } from '../../exit-status.ts'
import { toColumns } from '../../output/columns.ts'

export const trust: Command = {
  declare: parser =>
    parser
      .argument('[file]', 'default: the one in effect here')
      .option('-y, --yes', 'do not ask')
      .addHelpText('after', examples('esconn config trust', 'esconn config trust ../.esconnrc --yes')),
  run: async (context, { yes }: { yes?: boolean }, file?: string) => {
    const { reviewTrust } = await import('../../../config/trust/grants.ts')
    const { canPrompt, confirm, NO_TERMINAL } = await import('../../prompt.ts')
    const { io, messages, out } = context
    refuseConfigFlag(context)
    const review = reviewTrust({ cwd: io.cwd, env: io.env }, file)
    if (review.grants.length === 0) {
      messages.print(`${review.file}: uses nothing that needs trust`)
      return COMPLETE
    }
    if (review.trust === 'trusted') {
      messages.print(`${review.file}: is trusted already`)
      return COMPLETE
    }
    const mayAsk = !yes && canPrompt(io)
    if (mayAsk)
      io.stderr.write(describeTrust(review)) // together with the question
    else await out.write(describeTrust(review))
    if (!yes && !mayAsk) throw new UsageError(NO_TERMINAL, { advice: '--yes trusts it without asking' })
    if (mayAsk && !(await confirm('Trust this file?', io))) {
      messages.print(`${review.file}: not trusted`)
      return NEGATIVE
    }
    review.accept()
    messages.print(`${review.file}: trusted, until it changes`)
    return COMPLETE
  },
}

export const untrust: Command = {
  declare: parser =>
    parser
      .argument('[file]', 'default: the one in effect here')
      .addHelpText('after', examples('esconn config untrust')),
  run: async (context, _options, name?: string) => {
    const { io, messages } = context
    const { revokeTrust } = await import('../../../config/trust/grants.ts')
    refuseConfigFlag(context)
    const { file, wasTrusted } = revokeTrust({ cwd: io.cwd, env: io.env }, name)
    messages.print(`${file}: ${wasTrusted ? 'no longer trusted' : 'was not trusted'}`)
    return COMPLETE
  },
}

/** @throws {UsageError} for --config, since a file that the user names needs no trust */
function refuseConfigFlag({ globals }: Context): void {
  if (globals.config === undefined) return
  throw new UsageError('a file that --config names needs no trust', {
    advice: "esconn config trust FILE trusts a project's file",
  })
}

/** What trusting a file would allow, and where it would send things; all of it was written by somebody else. */
function describeTrust({ file, trust, changes, grants, destinations }: TrustReview): string {
  const state = trust === 'changed' && changes.length === 0 ? ' has changed since you trusted it, and' : ''
  const lines = [
    ...changes.map(({ location, what }) => [`${location}: ${what}`]),
    [`${file}${state} may then use:`],
    ...grants.map(({ location, what }) => [`  ${what}`, location]),
    ['and send them to:'],
    ...destinations.map(({ alias, leadsTo, sends }) => [`  ${quoteName(alias)}`, leadsTo, sends]),
  ]
  return lines.map(line => toColumns(line.map(escapeInvisible))).join('')
}
