import type { ReadStream } from 'node:tty'
import type { Path } from '../../../config/mistakes.ts'
import { isVolatileKeyring, type KeyringName, writeKeyring } from '../../../config/secrets/keyring.ts'
import { secretMistake } from '../../../config/secrets/resolve.ts'
import { ConfigError, InputError, UsageError } from '../../../errors.ts'
import type { Context } from '../../context.ts'
import { readInput } from '../../input.ts'
import { askSecret, canPrompt, NO_TERMINAL } from '../../prompt.ts'

/** Where a secret belongs: the alias, and the field inside its definition. */
export interface SecretPurpose {
  alias: string
  path: Path
}

/**
 * A secret from the user: typed without echo, or all of standard input where that is not a terminal.
 *
 * @throws {InputError} where standard input contains something that cannot be the secret
 */
export async function readSecret(
  question: string,
  { alias, path }: SecretPurpose,
  context: Context,
): Promise<string> {
  const mistakeIn = (secret: string) => {
    const mistake = secretMistake(path, secret)
    return mistake && `the secret ${mistake}`
  }
  if (canPrompt(context.io)) return await askSecret(question, context.io, mistakeIn)
  const secret = await readPipedSecret(context)
  const mistake = mistakeIn(secret)
  if (mistake === undefined) return secret
  throw new InputError(`${mistake}; nothing has changed`, { alias })
}

async function readPipedSecret({ io, exchangeOptions: exchange }: Context): Promise<string> {
  if ((io.stdin as ReadStream).isTTY)
    throw new UsageError(NO_TERMINAL, {
      advice: 'pass the secret on standard input: … < FILE',
    })
  const bytes = await readInput('-', { io, signal: exchange.signal })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch (cause) {
    throw new InputError('standard input is not UTF-8 text; nothing has changed', { cause })
  }
}

/**
 * Stores a secret in the keyring, and reports it.
 *
 * @throws {ConfigError} where there is no keyring, or it does not accept the secret
 */
export async function storeSecret(
  entry: KeyringName,
  secret: string,
  { alias, messages }: Pick<Context, 'messages'> & Pick<SecretPurpose, 'alias'>,
): Promise<void> {
  const isVolatile = await isVolatileKeyring()
  await writeKeyring(entry, secret).catch(cause => {
    const keyring = isVolatile ? "the kernel's keyring, used as no Secret Service runs here," : 'the keyring'
    throw new ConfigError(`${keyring} did not accept the secret: ${cause.message}`, {
      alias,
      cause,
      advice: 'a secret can also come from a variable, { file: PATH } or { command: [PROGRAM, …] }',
    })
  })
  messages.print(`${alias}: the secret is stored in the keyring as ${entry}`)
  if (isVolatile)
    messages.print(
      'no Secret Service runs here: the kernel keeps the secret until the next reboot, or three days without use',
    )
}
