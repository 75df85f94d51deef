import { resolve } from 'node:path'
import type { Credentials } from '../../../../config/node-url.ts'
import type { SecretInput } from '../../../../config/schema/auth.ts'
import { UsageError } from '../../../../errors.ts'
import { askText, choose, NO_TERMINAL } from '../../../prompt.ts'
import { readSecret } from '../store-secret.ts'
import type { DraftLogin, DraftSecret, LoginKind } from './draft.ts'
import { type InitOptions, type InitSession, loginKind } from './options.ts'

const LOGIN_METHODS: Readonly<Record<LoginKind, string>> = {
  basic: 'user name and password',
  apiKey: 'API key, in its encoded form',
  bearer: 'bearer token',
  serviceToken: 'service account token',
}

/** What the secret of a login method is called. */
export const SECRET_NOUNS: Readonly<Record<LoginKind, string>> = {
  basic: 'password',
  apiKey: 'API key',
  bearer: 'token',
  serviceToken: 'token',
}

/** Where a secret is kept: a `DraftSecret` without the secret. */
type SecretPlace = Pick<DraftSecret, 'reference'>

/** What is known about a login before any prompt. */
interface KnownLogin {
  kind?: LoginKind | undefined
  username?: string | undefined
  place?: SecretPlace | undefined
  /** The secret itself, from a URL for example. */
  entered?: string | undefined
}

/**
 * A login; prompts for everything that is not known.
 *
 * @throws {UsageError} where something is not known and there is no terminal to prompt on
 */
export async function askLogin(alias: string, known: KnownLogin, session: InitSession): Promise<DraftLogin> {
  const kind = known.kind ?? (await choose('Login method', session.context.io, LOGIN_METHODS))
  const username = kind === 'basic' ? (known.username ?? (await askUsername(session))) : undefined
  const { reference } = known.place ?? (await askPlace(alias, kind, session))
  const isEntered = typeof reference === 'object' ? reference.keyring !== undefined : reference === undefined
  const entered = isEntered ? known.entered : undefined
  const login = { kind, username, secret: { reference, entered } }
  return isEntered && entered === undefined ? await enterSecret(alias, login, session) : login
}

/** The login of a URL or of the options; none is prompted for before the cluster requires one. */
export async function askFirstLogin(
  name: string,
  credentials: Credentials | undefined,
  session: InitSession,
): Promise<DraftLogin | undefined> {
  const kind = credentials ? 'basic' : loginKind(session.options)
  if (kind === undefined || kind === 'none') return undefined
  const { username = session.options.username, password: entered } = credentials ?? {}
  return await askLogin(name, { kind, username, entered, place: placeFrom(name, session) }, session)
}

/** The same login with a secret that is entered now. */
export async function enterSecret(
  alias: string,
  { kind, username, secret }: DraftLogin,
  { context }: InitSession,
): Promise<DraftLogin> {
  const noun = SECRET_NOUNS[kind].replace(/^./, letter => letter.toUpperCase())
  const question = username === undefined ? noun : `${noun} of ${username}`
  const path = ['auth', kind === 'basic' ? 'password' : kind]
  const entered = await readSecret(question, { alias, path }, context)
  return { kind, username, secret: { ...secret, entered } }
}

async function askUsername({ interactive, context }: InitSession): Promise<string> {
  if (!interactive) throw new UsageError('--auth basic needs --username')
  return await askText('User name', context.io, { parse: name => name })
}

async function askPlace(alias: string, kind: LoginKind, session: InitSession): Promise<SecretPlace> {
  const { interactive, target, context } = session
  if (!interactive)
    throw new UsageError(`no option says where the ${SECRET_NOUNS[kind]} comes from, and ${NO_TERMINAL}`, {
      advice: '--secret-env NAME, --secret-file PATH, --secret-command ARGV or --secret-keyring',
    })
  const place = await choose(`Where is the ${SECRET_NOUNS[kind]} kept?`, context.io, {
    keyring: `in the system keyring, as ${keyringEntry(alias)}`,
    here: `in ${target.path} itself, which only you can read`,
    variable: 'in an environment variable',
    file: 'in a separate file',
    command: 'elsewhere: a command prints it, a password manager for example',
  })
  if (place === 'here') return {}
  return {
    reference: place === 'keyring' ? { keyring: keyringEntry(alias) } : await REFERENCES[place](session),
  }
}

const REFERENCES: Readonly<
  Record<'variable' | 'file' | 'command', (session: InitSession) => Promise<SecretInput>>
> = {
  variable: ({ context }) => askText('Name of the variable', context.io, { parse: parseVariable }),
  file: session =>
    askText('Path of the file', session.context.io, { parse: typed => ({ file: pathFor(typed, session) }) }),
  command: ({ context }) =>
    askText('Command', context.io, { parse: typed => ({ command: parseCommand(typed) }) }),
}

/**
 * Where the options say that the secret is; undefined where they do not.
 *
 * @throws {UsageError} for a value that makes no sense
 */
function placeFrom(alias: string, session: InitSession): SecretPlace | undefined {
  const { secretEnv, secretFile, secretCommand, secretKeyring }: InitOptions = session.options
  if (secretEnv !== undefined) return { reference: parseVariable(secretEnv) }
  if (secretFile !== undefined) return { reference: { file: pathFor(secretFile, session) } }
  if (secretCommand !== undefined) return { reference: { command: parseCommand(secretCommand) } }
  return secretKeyring && { reference: { keyring: keyringEntry(alias) } }
}

const keyringEntry = (alias: string): string => `esconn/${alias}`

/** @throws {UsageError} for anything but a name; it is not repeated, since it may be the secret itself */
function parseVariable(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return `\${${name}}`
  throw new UsageError('that is not the name of a variable, such as LOGS_PASSWORD')
}

/** A path as the file will have it: as typed in a project's file, which moves together with the files next to it. */
export const pathFor = (typed: string, { context, target }: InitSession): string =>
  target.origin === 'project' || typed.startsWith('~/') ? typed : resolve(context.io.cwd, typed)

const COMMAND_ADVICE = 'for example: pass show logs, or as JSON: ["pass", "show", "my logs"]'

/**
 * A program and its arguments: words, or a JSON array where a word has characters that mean something to a shell.
 *
 * @throws {UsageError} which does not repeat what was typed
 */
function parseCommand(typed: string): string[] {
  const text = typed.trim()
  const isJson = text.startsWith('[')
  const words = isJson ? parseJson(text) : text.split(/\s+/)
  if (!isArgv(words)) throw new UsageError('a command is a list of words', { advice: COMMAND_ADVICE })
  if (isJson || !/["'\\$`|&;<>*?()]/.test(text)) return words
  throw new UsageError(
    'the command is run without a shell, so quotes, variables and the like have no effect',
    {
      advice: COMMAND_ADVICE,
    },
  )
}

const isArgv = (words: unknown): words is string[] =>
  Array.isArray(words) && words.length > 0 && words.every(word => typeof word === 'string' && word !== '')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
