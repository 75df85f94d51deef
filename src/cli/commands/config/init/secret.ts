import type { SecretInput } from '../../../../config/schema/secret.ts'
import { UsageError } from '../../../../errors.ts'
import { asked, chosen } from '../../../ask.ts'
import { enteredSecret } from '../../../secret.ts'
import { type Kind, literal, type Secret } from './draft.ts'
import { type Session, untilSensible } from './session.ts'
import { argvOf, entryOf, pathsIn, variable } from './ways.ts'

/** Stands for a secret that is to be in the file itself. */
export const HERE = Symbol('here')

/** Where a secret is to be had from. */
type Way = SecretInput | typeof HERE

/** What is known of a login already. */
export interface LoginWish {
  alias: string
  kind?: Kind | undefined
  username?: string | undefined
  /** The secret in clear, where it stood in a URL or was entered before. */
  entered?: string | undefined
  /** Where it is to be had from. */
  way?: Way | undefined
}

/** A login of which only the secret may be missing. */
type Known = LoginWish & { kind: Kind }

/** What the secret of a login is called. */
export const NOUNS: Readonly<Record<Kind, string>> = {
  basic: 'password',
  apiKey: 'API key',
  bearer: 'token',
  serviceToken: 'token',
}

/**
 * The secret of a login. What goes into the keyring or into the file is entered now; of the rest only the way is known.
 *
 * @throws {UsageError} where nothing says where it is to be had from, and nobody can be asked
 */
export async function secretOf(known: Known, session: Session): Promise<Secret> {
  const way = known.way ?? (await wayAsked(known, session))
  if (way === HERE) {
    const entered = await enteredOf(known, session)
    return { written: literal(entered), entered }
  }
  if (typeof way === 'string' || way.keyring === undefined) return { written: way }
  return { written: way, entered: await enteredOf(known, session) }
}

async function enteredOf({ alias, kind, username, entered }: Known, session: Session): Promise<string> {
  if (entered !== undefined) return entered
  const noun = NOUNS[kind].replace(/^./, letter => letter.toUpperCase())
  const question = username === undefined ? `${noun}:` : `${noun} of ${username}:`
  const purpose = { alias, path: ['auth', kind === 'basic' ? 'password' : kind] }
  return await untilSensible(session, () => enteredSecret(question, purpose, session.context))
}

async function wayAsked({ alias, kind }: Known, session: Session): Promise<Way> {
  const { asks, target, context } = session
  if (!asks)
    throw new UsageError(
      `nothing says where the ${NOUNS[kind]} comes from, and there is no terminal to ask on`,
      {
        advice: '--secret-env NAME, --secret-file PATH, --secret-command ARGV or --secret-keyring',
      },
    )
  const place = await chosen(`Where is the ${NOUNS[kind]} kept?`, context.io, {
    keyring: `in the system's keyring, as ${entryOf(alias)}`,
    here: `in ${target.path} itself, which only you can read`,
    variable: 'in a variable of the environment',
    file: 'in a file of its own',
    command: 'elsewhere: a command prints it',
  })
  if (place === 'keyring') return { keyring: entryOf(alias) }
  return place === 'here' ? HERE : await DETAILS[place](session)
}

type Detail = (session: Session) => Promise<SecretInput>

const DETAILS: Readonly<Record<'variable' | 'file' | 'command', Detail>> = {
  variable: session => sensible(session, 'Name of the variable:', variable),
  file: session => {
    const pathOf = pathsIn(session.context.io.cwd, session.target)
    return sensible(session, 'Path of the file:', typed => ({ file: pathOf(typed) }))
  },
  command: session => sensible(session, 'Command:', typed => ({ command: argvOf(typed) })),
}

function sensible(session: Session, question: string, read: (typed: string) => SecretInput) {
  return untilSensible(session, async () => {
    const typed = await asked(question, session.context.io)
    if (typed !== '') return read(typed)
    throw new UsageError('nothing was entered')
  })
}
