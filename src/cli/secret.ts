import type { Readable } from 'node:stream'
import type { Path } from '../config/mistakes.ts'
import { isForgetful } from '../config/secrets/forgetful.ts'
import { type KeyringName, writeKeyring } from '../config/secrets/keyring.ts'
import { mistakeIn } from '../config/secrets/mistake.ts'
import { ConfigError, InputError, UsageError } from '../errors.ts'
import { askedSecret, mayAsk } from './ask.ts'
import type { Context } from './command.ts'
import { inputOf } from './input.ts'

/** Where a secret belongs: the alias, and the field inside its definition. */
export interface Purpose {
  alias: string
  path: Path
}

/**
 * A secret from the user: typed without echo, or all of standard input where that is no terminal.
 *
 * @throws {InputError} where it is empty, or cannot be what it should be
 */
export async function enteredSecret(question: string, { alias, path }: Purpose, { io, exchange }: Context) {
  const signal = exchange.signal ?? io.signal
  const secret = mayAsk(io)
    ? await askedSecret(question, io)
    : await piped(io.stdin, () => inputOf('-', { io, signal }))
  const mistake = mistakeIn(path, secret)
  if (mistake === undefined) return secret
  throw new InputError(`the secret ${mistake}; nothing has changed`, { alias })
}

async function piped(stdin: NodeJS.ReadableStream, read: () => Promise<Uint8Array>): Promise<string> {
  if ((stdin as Readable & { isTTY?: boolean }).isTTY)
    throw new UsageError('there is no terminal to ask on', {
      advice: 'hand the secret over on standard input: … < FILE',
    })
  const bytes = await read()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch (cause) {
    throw new InputError('standard input holds no UTF-8 text; nothing has changed', { cause })
  }
}

/**
 * Puts a secret into the keyring, and says so.
 *
 * @throws {ConfigError} where there is no keyring, or it does not take the secret
 */
export async function keep(
  entry: KeyringName,
  secret: string,
  { alias, talk }: Pick<Context, 'talk'> & Pick<Purpose, 'alias'>,
): Promise<void> {
  const forgetful = await isForgetful()
  await writeKeyring(entry, secret).catch(cause => {
    const which = forgetful ? 'no Secret Service runs here, and the keyring of the kernel' : 'the keyring'
    throw new ConfigError(`${which} does not take the secret: ${cause.message}`, {
      alias,
      cause,
      advice: 'it can be had from elsewhere: a variable, { file: PATH } or { command: [PROGRAM, …] }',
    })
  })
  talk.say(`${alias}: the secret is in the keyring, as ${entry}`)
  if (forgetful)
    talk.say(
      'no Secret Service runs here: the kernel keeps it, until the next start or three days without use',
    )
}
