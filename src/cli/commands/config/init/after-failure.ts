import type { EsconnError } from '../../../../errors.ts'
import { choose, confirm } from '../../../prompt.ts'
import { enterAddress } from './address.ts'
import type { AliasDraft } from './draft.ts'
import { askFirstLogin, askLogin, enterSecret, SECRET_NOUNS } from './login.ts'
import type { InitSession } from './options.ts'
import { lacksAuthority, topCertificate } from './trial.ts'

/** An alias to be written, and whether its connection is tested before. */
export interface Plan {
  draft: AliasDraft
  test: boolean
}

export interface Failure {
  error: EsconnError
  /** Whether the alias could be written nevertheless. */
  canSave: boolean
}

/** What to do next; undefined for nothing. */
export async function askWhatNow(
  failure: Failure,
  plan: Plan,
  session: InitSession,
): Promise<Plan | undefined> {
  const choices = choicesFor(failure, plan, session)
  const choice = await choose('That did not work. What now?', session.context.io, choices)
  if (choice === 'cancel') return undefined
  if (choice === 'save') return { ...plan, test: false }
  const draft = await CHANGES[choice](plan.draft, session)
  return draft === undefined ? await askWhatNow(failure, plan, session) : { ...plan, draft }
}

type Change = 'place' | 'again' | 'login' | 'trust' | 'address' | 'retry'

/** In the order in which they are likely to help; a project's file must not contain a login. */
function choicesFor({ error, canSave }: Failure, { draft }: Plan, { target }: InitSession) {
  const { login } = draft
  const byLogin = (error.fault === 'denied' || error.fault === 'config') && target.origin !== 'project'
  return {
    place: !canSave && login !== undefined && `keep the ${SECRET_NOUNS[login.kind]} elsewhere`,
    again: byLogin && login?.secret.entered !== undefined && `enter the ${SECRET_NOUNS[login.kind]} again`,
    login: byLogin && (login ? 'use another login method' : 'log in'),
    address: 'correct the address',
    trust: lacksAuthority(error, draft) && "trust the cluster's certificate, after comparing its fingerprint",
    retry: 'try again',
    save: canSave && 'save it anyway',
    cancel: 'cancel, and write nothing',
  }
}

/** The alias as it may work; undefined where the user decides against it. */
const CHANGES: Readonly<
  Record<Change, (draft: AliasDraft, session: InitSession) => Promise<AliasDraft | undefined>>
> = {
  place: async (draft, session) => {
    if (draft.login === undefined) return undefined
    const { kind, username, secret } = draft.login
    return {
      ...draft,
      login: await askLogin(draft.name, { kind, username, entered: secret.entered }, session),
    }
  },
  again: async (draft, session) =>
    draft.login && { ...draft, login: await enterSecret(draft.name, draft.login, session) },
  login: async (draft, session) => ({ ...draft, login: await askLogin(draft.name, {}, session) }),
  address: async (draft, session) => {
    const { name, nodes, cloudId = nodes.join(' ') } = draft
    const { credentials, ...address } = await enterAddress(cloudId, session.context)
    const login = credentials ? await askFirstLogin(name, credentials, session) : draft.login
    return { ...draft, cloudId: undefined, ...address, login }
  },
  trust: trustCertificate,
  retry: async draft => draft,
}

/** Only the user can know whether it is the right certificate; exactly the one that is shown here is trusted then. */
async function trustCertificate(draft: AliasDraft, session: InitSession): Promise<AliasDraft | undefined> {
  const { io, messages } = session.context
  const { subject, fingerprint } = (await topCertificate(draft, session)) ?? {}
  messages.print(subject ? `the certificate of ${subject}` : 'the node no longer presents a certificate')
  if (fingerprint === undefined) return undefined
  messages.print(`its SHA-256 fingerprint: ${fingerprint}`)
  const same = await confirm('Is this the fingerprint that the owner of the cluster gave you?', io)
  return same ? { ...draft, tls: { caFingerprint: fingerprint } } : undefined
}
