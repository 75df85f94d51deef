import type { SecretInput } from '../../../../config/schema/auth.ts'
import { REDACTED } from '../../../../config/secrets/secret-headers.ts'

export const LOGIN_KINDS = ['basic', 'apiKey', 'bearer', 'serviceToken'] as const

/** A login method with a secret. */
export type LoginKind = (typeof LOGIN_KINDS)[number]

export interface DraftSecret {
  /** Where the file says that the secret is; undefined where the file contains the secret itself. */
  reference?: SecretInput | undefined
  /** The secret in clear text, where the user has entered it. */
  entered?: string | undefined
}

export interface DraftLogin {
  kind: LoginKind
  /** Of `basic`. */
  username?: string | undefined
  secret: DraftSecret
}

/** An alias that is not written yet. */
export interface AliasDraft {
  name: string
  nodes: readonly string[]
  cloudId?: string | undefined
  tls?: { ca?: string | undefined; caFingerprint?: string | undefined } | undefined
  login?: DraftLogin | undefined
}

/** The alias as the file will have it. */
export const toFile = (draft: AliasDraft): object =>
  definition(draft, ({ reference, entered = '' }) => reference ?? escapeReferences(entered))

/** A configuration of this alias alone, with the entered secret in it: to be tested before the secret is stored. */
export const toTrialConfig = (draft: AliasDraft): object => ({
  aliases: {
    [draft.name]: definition(draft, ({ reference = '', entered }) =>
      entered === undefined ? reference : escapeReferences(entered),
    ),
  },
})

/** The alias without its secret. */
export const toDisplay = (draft: AliasDraft): object =>
  definition(draft, ({ reference }) => reference ?? REDACTED)

/** Whether the file will contain a secret itself. */
export const containsSecret = ({ login }: AliasDraft): boolean =>
  login !== undefined && login.secret.reference === undefined

/** Text in which no dollar refers to a variable. */
const escapeReferences = (text: string): string => text.replaceAll('$', '$$$$')

function definition(
  { nodes, cloudId, tls, login }: AliasDraft,
  form: (secret: DraftSecret) => SecretInput,
): object {
  return defined({
    node: nodes.length === 1 ? nodes[0] : undefined,
    nodes: nodes.length > 1 ? nodes : undefined,
    cloudId,
    auth: login && toAuth(login, form(login.secret)),
    tls: tls && defined(tls),
  })
}

const toAuth = ({ kind, username }: DraftLogin, secret: SecretInput): object =>
  kind === 'basic' ? { username, password: secret } : { [kind]: secret }

const defined = (members: object): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
