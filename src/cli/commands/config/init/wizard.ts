import { stringify } from 'yaml'
import { openForEdit, positionOf } from '../../../../config/files/edit.ts'
import {
  type Credentials,
  cloudMistake,
  credentialsDiffer,
  nodeMistake,
  parseNodeUrl,
} from '../../../../config/node-url.ts'
import { isName, NAME_RULE } from '../../../../config/schema/fields.ts'
import { hasVariables } from '../../../../config/variables.ts'
import { ConfigError, EsconnError, type Fault, UsageError } from '../../../../errors.ts'
import { escapeControls } from '../../../../text.ts'
import { type Context, configFile } from '../../../context.ts'
import { COMPLETE, exitStatusOf, NEGATIVE } from '../../../exit-status.ts'
import { adviceFor } from '../../../hints.ts'
import { askText, canPrompt, choose, confirm, NO_TERMINAL } from '../../../prompt.ts'
import { storeSecret } from '../store-secret.ts'
import { type AliasDraft, type DraftLogin, toDisplay } from './draft.ts'
import { askLogin, enterSecret, pathFor, placeFrom, SECRET_NOUNS } from './login.ts'
import { checkOptions, type InitOptions, type InitSession, loginKind } from './options.ts'
import { prepareWrite, targetFile, warnIfShadowed } from './target-file.ts'
import { checkDraft, describeFailure, lacksAuthority, topCertificate, tryConnection } from './trial.ts'

/** An alias to be written, and whether its connection is tested before. */
interface Plan {
  draft: AliasDraft
  test: boolean
}

interface Failure {
  error: EsconnError
  /** Whether the alias could be written nevertheless. */
  canSave: boolean
}

/**
 * Makes an alias out of options and answers, tests its connection and writes it. Where that fails, the user decides
 * what to change, until it is written or cancelled.
 *
 * @returns the exit status
 */
export async function initialize(context: Context, options: InitOptions): Promise<number> {
  checkOptions(options)
  const target = targetFile(context.io, configFile(context), options.project)
  const session = { context, options, target, interactive: canPrompt(context.io) }
  const name = await askName(session)
  if (!(await mayWrite(name, session))) {
    context.messages.print('nothing was written')
    return NEGATIVE
  }
  for (let plan: Plan = { draft: await askDraft(name, session), test: options.test }; ; ) {
    const failure = await carryOut(plan, session)
    if (failure === undefined) return COMPLETE
    printFailure(failure, context)
    const next = session.interactive ? await askWhatNow(failure, plan, session) : undefined
    if (next === undefined) {
      printUnwritten(failure, session)
      return exitStatusOf(failure.error)
    }
    plan = next
  }
}

/** @throws {UsageError} for what cannot be a name */
async function askName({ options, interactive, context }: InitSession): Promise<string> {
  const isComplete = options.node !== undefined || options.cloudId !== undefined || !interactive
  const given = options.name ?? context.globals.alias ?? (isComplete ? 'default' : undefined)
  if (given !== undefined) return parseName(given)
  return await askText('Name of the alias', context.io, { parse: parseName, fallback: 'default' })
}

function parseName(name: string): string {
  if (isName(name)) return name
  throw new UsageError(`the alias ${NAME_RULE}`)
}

/**
 * Whether the alias may be written: it does not exist yet, or may be replaced.
 *
 * @throws {ConfigError} where the file cannot be written to, or the alias exists and there is no terminal to prompt on
 */
async function mayWrite(
  name: string,
  { context, options, target, interactive }: InitSession,
): Promise<boolean> {
  const file = openForEdit(target.path)
  const position = positionOf(file, name)
  if (position === undefined || options.force) return true
  const what = `the alias ${name} exists already, in line ${position.line} of ${file.file}`
  if (!interactive) throw new ConfigError(what, { advice: '--force replaces it, --name gives another name' })
  context.messages.print(what)
  return await confirm('Replace it?', context.io)
}

async function askDraft(name: string, session: InitSession): Promise<AliasDraft> {
  const { ca, caFingerprint } = session.options
  const tls = ca || caFingerprint ? { ca: ca && pathFor(ca, session), caFingerprint } : undefined
  const { credentials, ...address } = await askAddress(session)
  const draft = { name, ...address, tls }
  checkDraft(draft)
  return { ...draft, login: await askFirstLogin(name, credentials, session) }
}

/** The login of a URL or of the options; none is prompted for before the cluster requires one. */
async function askFirstLogin(
  name: string,
  credentials: Credentials | undefined,
  session: InitSession,
): Promise<DraftLogin | undefined> {
  const kind = credentials ? 'basic' : loginKind(session.options)
  if (kind === undefined || kind === 'none') return undefined
  const { username = session.options.username, password: entered } = credentials ?? {}
  return await askLogin(name, { kind, username, entered, place: placeFrom(name, session) }, session)
}

/** Where a cluster is, and the user and password that were in its URLs. */
interface ClusterAddress {
  nodes: readonly string[]
  cloudId?: string | undefined
  credentials?: Credentials | undefined
}

/** @throws {UsageError} where the options do not say and there is no terminal to prompt on */
async function askAddress({ options, interactive, context }: InitSession): Promise<ClusterAddress> {
  const { node = [], cloudId } = options
  if (node.length > 0 || cloudId !== undefined) return { nodes: node, cloudId }
  if (interactive) return await enterAddress('http://localhost:9200', context)
  throw new UsageError(`--node or --cloud-id is missing, and ${NO_TERMINAL}`, {
    advice: 'for example: esconn config init --node http://localhost:9200',
  })
}

const enterAddress = (fallback: string, { io }: Context): Promise<ClusterAddress> =>
  askText('URL of a node, or Cloud ID', io, { parse: parseAddress, fallback })

/** A URL that refers to variables stays as it is. */
function parseAddress(typed: string): ClusterAddress {
  if (cloudMistake(typed) === undefined) return { nodes: [], cloudId: typed }
  const urls = typed.split(/[\s,]+/)
  const mistake = urls.map(url => (hasVariables(url) ? undefined : nodeMistake(url))).find(Boolean)
  if (mistake !== undefined) throw new UsageError(`the URL of a node ${mistake}`)
  if (urls.some(hasVariables)) return { nodes: urls }
  const nodes = urls.map(parseNodeUrl)
  const logins = nodes.map(({ login }) => login)
  if (credentialsDiffer(logins)) throw new UsageError('all nodes must have the same user and password')
  return { nodes: nodes.map(({ url }) => url), credentials: logins[0] }
}

/**
 * Tests the connection, stores the secret if it belongs in the keyring, and writes the alias.
 *
 * @throws {EsconnError} where the file cannot be written to, or for an interruption
 */
async function carryOut({ draft, test }: Plan, session: InitSession): Promise<Failure | undefined> {
  const { context, target, interactive } = session
  const write = prepareWrite(draft, target)
  let canSave = true
  try {
    if (test) await tryConnection(draft, session)
    if (interactive) showDraft(draft, context)
    canSave = false
    await storeInKeyring(draft, context)
  } catch (error) {
    if (!(error instanceof EsconnError) || error.fault === 'aborted') throw error
    return { error, canSave }
  }
  const file = write()
  context.messages.print(`${draft.name}: written to ${file}`)
  warnIfShadowed(draft.name, file, context)
  return undefined
}

function showDraft(draft: AliasDraft, { io }: Context): void {
  const lines = stringify({ [draft.name]: toDisplay(draft) }, { lineWidth: 0 }).trimEnd()
  io.stderr.write(lines.replace(/^.*$/gm, line => `  ${escapeControls(line)}`).concat('\n'))
}

async function storeInKeyring({ name: alias, login }: AliasDraft, { messages }: Context): Promise<void> {
  const { reference, entered } = login?.secret ?? {}
  if (typeof reference !== 'object' || reference.keyring === undefined || entered === undefined) return
  await storeSecret(reference.keyring, entered, { alias, messages })
}

function printFailure({ error }: Failure, { messages }: Context): void {
  messages.print(describeFailure(error))
  const advice = adviceFor(error)
  if (advice) messages.print(advice)
}

/** The options that help with a failure where there is no terminal to prompt on. */
const FLAGS: Partial<Record<Fault, string>> = {
  untrusted: '--ca or --ca-fingerprint sets what to trust',
  denied: '--auth sets the login method',
}

function printUnwritten({ error, canSave }: Failure, { interactive, context }: InitSession): void {
  const flags = [FLAGS[error.fault] ?? [], '--no-test writes without testing the connection'].flat()
  const parts = ['nothing was written', ...(interactive || !canSave ? [] : flags)]
  context.messages.print(parts.join('; '))
}

/** What to do next; undefined for nothing. */
async function askWhatNow(failure: Failure, plan: Plan, session: InitSession): Promise<Plan | undefined> {
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
