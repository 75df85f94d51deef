import type { KeyringField } from '../../../config/secrets/keyring-fields.ts'
import { EsconnError, UsageError } from '../../../errors.ts'
import { type Command, examples } from '../../command.ts'
import { type Context, configFile } from '../../context.ts'
import { COMPLETE } from '../../exit-status.ts'

interface LoginOptions {
  field?: string
  test: boolean
}

export const login: Command = {
  declare: parser =>
    parser
      .argument('<alias>', 'an alias with a secret written as { keyring: service/account }')
      .option('--field <name>', 'which secret, if there are several: auth.password, for example')
      .option('--no-test', 'do not test the secret against the cluster')
      .addHelpText(
        'after',
        examples(
          'esconn config login logs',
          'esconn config login logs < password.txt',
          'pass show es | esconn config login logs --field auth.password',
        ),
      ),
  run: async (context, { field, test }: LoginOptions, alias) => {
    const { keyringFields } = await import('../../../config/secrets/keyring-fields.ts')
    const { canPrompt } = await import('../../prompt.ts')
    const { readSecret, storeSecret } = await import('./store-secret.ts')
    const { io, messages } = context
    const fields = selectFields(keyringFields(alias, io, configFile(context)), field, alias)
    if (fields.length > 1 && !canPrompt(io))
      throw new UsageError(
        `standard input can contain only one secret, and ${alias} has several: ${listed(fields)}`,
        {
          advice: '--field says which one it is',
        },
      )
    for (const { path, name, entry } of fields) {
      const secret = await readSecret(`${alias}: ${name}`, { alias, path }, context)
      await storeSecret(entry, secret, { alias, messages })
    }
    if (test) await testSecret(alias, context)
    return COMPLETE
  },
}

function selectFields(fields: KeyringField[], wanted: string | undefined, alias: string): KeyringField[] {
  const found = wanted === undefined ? fields : fields.filter(({ name }) => name === wanted)
  if (found.length > 0) return found
  throw new UsageError(`--field ${wanted}: ${alias} has no such secret in the keyring`, {
    advice: `it has ${listed(fields)}`,
  })
}

const listed = (fields: KeyringField[]): string => fields.map(({ name }) => name).join(', ')

/** @throws {EsconnError} for what failed, after reporting that the secret is stored nevertheless */
async function testSecret(
  alias: string,
  { session, exchangeOptions: exchange, messages }: Context,
): Promise<void> {
  const { describeIdentity, pingCluster } = await import('../../../wire/cluster-identity.ts')
  const connection = await session.connect(alias)
  try {
    const { node, identity } = await pingCluster(connection, exchange)
    messages.print(`${alias}: ${describeIdentity(identity)} at ${node} accepts it`)
  } catch (error) {
    if (!(error instanceof EsconnError) || error.fault === 'aborted') throw error
    const outcome =
      error.status === 401
        ? `the cluster refuses it; to replace it: esconn config login ${alias}`
        : 'could not be tested'
    messages.print(`${alias}: the secret is stored, but ${outcome}`)
    throw error
  }
}
