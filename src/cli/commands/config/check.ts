import type { ReportedMistake } from '../../../config/check.ts'
import { ConfigError } from '../../../errors.ts'
import { escapeControls } from '../../../text.ts'
import { type Command, examples } from '../../command.ts'
import { configFile } from '../../context.ts'
import { COMPLETE } from '../../exit-status.ts'
import { adviceFor } from '../../hints.ts'

export const check: Command = {
  dryRun: 'ignored',
  declare: parser =>
    parser.addHelpText('after', examples('esconn config check', 'esconn config check --config other.yaml')),
  run: async context => {
    const { check } = await import('../../../config/check.ts')
    const { out, messages } = context
    const { cwd, env } = context.io
    const { mistakes, files, aliases } = check({ cwd, env }, configFile(context))
    for (const mistake of mistakes) await out.write(describe(mistake))
    if (mistakes.length > 0) throw new ConfigError(counted(mistakes.length, 'error'))
    messages.print(
      files.length === 0
        ? 'no configuration found'
        : `${counted(aliases, 'alias')} in ${counted(files.length, 'file')}, no errors`,
    )
    return COMPLETE
  },
}

/** One line with the error, and a second one with the advice, if there is any. */
function describe(mistake: ReportedMistake): string {
  const { location, what } = mistake
  const advice = adviceFor(mistake)
  const line = location === undefined ? what : `${location}: ${what}`
  return `${escapeControls(line)}\n${advice ? `  ${escapeControls(advice)}\n` : ''}`
}

function counted(count: number, what: string): string {
  const plural = what.endsWith('s') ? `${what}es` : `${what}s`
  return `${count} ${count === 1 ? what : plural}`
}
