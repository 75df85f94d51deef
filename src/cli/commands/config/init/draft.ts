import type { SecretInput } from '../../../../config/schema/secret.ts'

export const KINDS = ['basic', 'apiKey', 'bearer', 'serviceToken'] as const

/** A way to log in with a secret. */
export type Kind = (typeof KINDS)[number]

/** A secret, and where it is kept. */
export interface Secret {
  /** What the file says; not yet in it where `entered` has to be put there first. */
  written: SecretInput
  /** The secret itself, in clear, where the user has handed it over. */
  entered?: string
}

export interface Login {
  kind: Kind
  /** Of `basic`. */
  username?: string | undefined
  secret: Secret
}

/** An alias that is to be written. */
export interface Draft {
  name: string
  nodes: readonly string[]
  cloudId?: string | undefined
  tls?: { ca?: string | undefined; caFingerprint?: string | undefined } | undefined
  login?: Login | undefined
}

/** The alias as the file has it. */
export const asWritten = (draft: Draft): object => definition(draft, ({ written }) => written)

/** A configuration of it alone, with what was entered in place of the way to it: to be tried before it is kept. */
export const asTried = (draft: Draft): object => ({
  aliases: {
    [draft.name]: definition(draft, ({ written, entered }) =>
      entered === undefined ? written : literal(entered),
    ),
  },
})

/** The alias without its secret. */
export const asShown = (draft: Draft): object =>
  definition(draft, ({ written, entered }) =>
    typeof written === 'string' && entered !== undefined ? '(not shown)' : written,
  )

/** A text in which no dollar asks for a variable. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$')

function definition({ nodes, cloudId, tls, login }: Draft, form: (secret: Secret) => SecretInput): object {
  return defined({
    node: nodes.length === 1 ? nodes[0] : undefined,
    nodes: nodes.length > 1 ? nodes : undefined,
    cloudId,
    auth: login && authOf(login, form(login.secret)),
    tls: tls && defined(tls),
  })
}

function authOf({ kind, username }: Login, secret: SecretInput): object {
  return kind === 'basic' ? { username, password: secret } : { [kind]: secret }
}

const defined = (members: object): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
