import { UsageError } from '../../../../errors.ts'
import { asked, chosen } from '../../../ask.ts'
import type { Draft, Kind, Login } from './draft.ts'
import { HERE, type LoginWish, NOUNS, secretOf } from './secret.ts'
import { type Session, untilSensible } from './session.ts'

const TITLES: Readonly<Record<Kind, string>> = {
  basic: 'by user and password',
  apiKey: 'by an API key, in its encoded form',
  bearer: 'by the token of a bearer',
  serviceToken: 'by the token of a service account',
}

/**
 * How to log in; what is not known is asked.
 *
 * @throws {UsageError} where it is not known and nobody can be asked
 */
export async function loginOf(wish: LoginWish, session: Session): Promise<Login> {
  const { io } = session.context
  const kind = wish.kind ?? (await chosen('How to log in?', io, TITLES))
  const username = kind === 'basic' ? (wish.username ?? (await usernameAsked(session))) : undefined
  return { kind, username, secret: await secretOf({ ...wish, kind, username }, session) }
}

/** What is tried after a login that was refused, or none; undefined where the user leaves it at that. */
export async function otherLogin(draft: Draft, session: Session): Promise<Login | undefined> {
  const { name: alias, login } = draft
  if (login === undefined) return await loginOf({ alias }, session)
  const { kind, username, secret } = login
  const again = secret.entered === undefined ? {} : { again: `enter the ${NOUNS[kind]} again` }
  const choices: Record<string, string> = { ...again, other: 'log in otherwise', none: 'leave it' }
  const choice = await chosen('What now?', session.context.io, choices)
  if (choice === 'none') return undefined
  if (choice === 'other') return await loginOf({ alias }, session)
  const way = typeof secret.written === 'string' ? HERE : secret.written
  return await loginOf({ alias, kind, username, way }, session)
}

async function usernameAsked(session: Session): Promise<string> {
  if (!session.asks) throw new UsageError('--auth basic needs --username')
  return await untilSensible(session, async () => {
    const name = await asked('User:', session.context.io)
    if (name !== '') return name
    throw new UsageError('a user has a name')
  })
}
