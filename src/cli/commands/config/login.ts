import type { KeyringField } from '../../../config/keyrings.ts'
import { EsconnError, UsageError } from '../../../errors.ts'
import type { Command, Context } from '../../command.ts'
import { COMPLETE } from '../../exit.ts'
import { namedFile, refuseRehearsal } from '../../named.ts'

interface Options {
  field?: string
  test: boolean
}

const EXAMPLES = `
Examples:
  esconn config login logs
  esconn config login logs < password.txt
  pass show es | esconn config login logs --field auth.password`

export const login: Command = {
  name: 'login',
  summary: 'Ask for the secret of an alias without showing it, and put it into the keyring',
  declare: parser =>
    parser
      .argument('<alias>', 'one with a secret that is { keyring: service/account }')
      .option('--field <name>', 'which secret, where there are several: auth.password for example')
      .option('--no-test', 'do not ask the cluster whether it is right')
      .addHelpText('after', EXAMPLES),
  run: async (context, { field, test }: Options, alias) => {
    const { keyringFields } = await import('../../../config/keyrings.ts')
    const { mayAsk } = await import('../../ask.ts')
    const { enteredSecret, keep } = await import('../../secret.ts')
    const { io, talk } = context
    refuseRehearsal(context)
    const fields = chosen(keyringFields(alias, io, namedFile(context)), field, alias)
    if (fields.length > 1 && !mayAsk(io))
      throw new UsageError(`one secret can be read, and ${alias} has several: ${listed(fields)}`, {
        advice: '--field says which it is',
      })
    for (const { path, name, entry } of fields) {
      const secret = await enteredSecret(`${alias}: ${name}:`, { alias, path }, context)
      await keep(entry, secret, { alias, talk })
    }
    if (test) await tried(alias, context)
    return COMPLETE
  },
}

function chosen(fields: KeyringField[], wanted: string | undefined, alias: string): KeyringField[] {
  const found = wanted === undefined ? fields : fields.filter(({ name }) => name === wanted)
  if (found.length > 0) return found
  throw new UsageError(`--field ${wanted}: ${alias} has no such secret in the keyring`, {
    advice: `it has ${listed(fields)}`,
  })
}

const listed = (fields: KeyringField[]): string => fields.map(({ name }) => name).join(', ')

/** @throws {EsconnError} saying that the secret is kept all the same */
async function tried(alias: string, { registry, exchange, talk }: Context): Promise<void> {
  const { reach } = await import('../../reach.ts')
  const connection = await registry.connect(alias)
  try {
    const { node, identity } = await reach(connection, exchange)
    talk.say(`${alias}: ${identity} at ${node} accepts it`)
  } catch (error) {
    if (!(error instanceof EsconnError) || error.fault === 'aborted') throw error
    const { fault, message, advice, status } = error
    const outcome = status === 401 ? 'the cluster refuses it' : 'could not be tried'
    const words = message.replace(`${alias}: `, '')
    throw new EsconnError(fault, `the secret is stored, but ${outcome}: ${words}`, {
      alias,
      advice: status === 401 ? `esconn config login ${alias} asks for it again` : advice,
      status,
      cause: error,
    })
  }
}
