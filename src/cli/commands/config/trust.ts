import type { Candidate } from '../../../config/trust/decide.ts'
import { UsageError } from '../../../errors.ts'
import { visible } from '../../../hits/visible.ts'
import type { Command, Context } from '../../command.ts'
import { COMPLETE, NEGATIVE } from '../../exit.ts'
import { refuseRehearsal } from '../../named.ts'

export const trust: Command = {
  name: 'trust',
  summary:
    "Let a project's file use variables, files, secrets and your aliases, as long as it does not change",
  declare: parser =>
    parser
      .argument('[file]', 'default: the one that holds here')
      .option('-y, --yes', 'do not ask')
      .addHelpText('after', '\nExamples:\n  esconn config trust\n  esconn config trust ../.esconnrc --yes'),
  run: async (context, { yes }: { yes?: boolean }, file?: string) => {
    refuseRehearsal(context)
    const { candidate } = await import('../../../config/trust/decide.ts')
    const { mayAsk } = await import('../../ask.ts')
    const { io, talk, out } = context
    const asked = candidate({ cwd: io.cwd, env: io.env }, file)
    if (asked.grants.length === 0) {
      talk.say(`${asked.file}: asks for nothing that needs trust`)
      return COMPLETE
    }
    if (asked.trust === 'trusted') {
      talk.say(`${asked.file}: is trusted already`)
      return COMPLETE
    }
    if (yes || !mayAsk(io)) await out.write(terms(asked))
    else io.stderr.write(terms(asked)) // beside the question
    if (!(yes || (await agreed(context)))) {
      talk.say(`${asked.file}: not trusted`)
      return NEGATIVE
    }
    asked.accept()
    talk.say(`${asked.file}: trusted, until it changes`)
    return COMPLETE
  },
}

export const untrust: Command = {
  name: 'untrust',
  summary: "Take back the trust in a project's file",
  declare: parser => parser.argument('[file]', 'default: the one that holds here'),
  run: async (context, _options, name?: string) => {
    refuseRehearsal(context)
    const { io, talk } = context
    const { withdraw } = await import('../../../config/trust/decide.ts')
    const { file, withdrawn } = withdraw({ cwd: io.cwd, env: io.env }, name)
    talk.say(`${file}: ${withdrawn ? 'no longer trusted' : 'was not trusted'}`)
    return COMPLETE
  },
}

/** What trusting a file would let it do. */
function terms({ file, trust, grants, nodes }: Candidate): string {
  const state = trust === 'changed' ? 'has changed since you trusted it, and' : ''
  const head = `${file} ${state} may then use, and send to ${nodes.join(', ')}:`.replace(/ {2,}/g, ' ')
  return [head, ...grants.map(({ place, what }) => `  ${what}\t${place}`), ''].map(visibly).join('\n')
}

const visibly = (line: string): string => line.split('\t').map(visible).join('\t')

/** @throws {UsageError} where there is nobody to ask */
async function agreed({ io }: Context): Promise<boolean> {
  const { confirmed, mayAsk } = await import('../../ask.ts')
  if (!mayAsk(io)) {
    throw new UsageError('there is no terminal to ask on', {
      advice: 'with --yes it is trusted without asking',
    })
  }
  return await confirmed('Trust this file?', io)
}
