import { ConfigError } from '../../../errors.ts'
import { visible } from '../../../hits/visible.ts'
import type { Command } from '../../command.ts'
import { COMPLETE } from '../../exit.ts'
import { namedFile } from '../../named.ts'

export const check: Command = {
  name: 'check',
  summary: 'Tell every mistake in the files that hold here, and in what their aliases refer to',
  run: async context => {
    const { check } = await import('../../../config/check.ts')
    const { out, talk } = context
    const { cwd, env } = context.io
    const { mistakes, files, aliases } = check({ cwd, env }, namedFile(context))
    for (const { what, advice } of mistakes)
      await out.write(`${visible(what)}\n${advice ? `  ${visible(advice)}\n` : ''}`)
    if (mistakes.length > 0) throw new ConfigError(counted(mistakes.length, 'mistake'))
    talk.say(
      files.length === 0
        ? 'no configuration here'
        : `${counted(aliases, 'alias')} in ${counted(files.length, 'file')}, and no mistake`,
    )
    return COMPLETE
  },
}

function counted(count: number, what: string): string {
  const plural = what.endsWith('s') ? `${what}es` : `${what}s`
  return `${count} ${count === 1 ? what : plural}`
}
