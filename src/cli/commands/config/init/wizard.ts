import { stringify } from 'yaml'
import { openForEdit, positionOf } from '../../../../config/files/edit.ts'
import { isName, NAME_RULE } from '../../../../config/schema/fields.ts'
import { ConfigError, EsconnError, type Fault, UsageError } from '../../../../errors.ts'
import { escapeControls } from '../../../../text.ts'
import { type Context, configFile } from '../../../context.ts'
import { COMPLETE, exitStatusOf, NEGATIVE } from '../../../exit-status.ts'
import { adviceFor } from '../../../hints.ts'
import { askText, canPrompt, confirm } from '../../../prompt.ts'
import { storeSecret } from '../store-secret.ts'
import { askAddress } from './address.ts'
import { askWhatNow, type Failure, type Plan } from './after-failure.ts'
import { type AliasDraft, toDisplay } from './draft.ts'
import { askFirstLogin, pathFor } from './login.ts'
import { checkOptions, type InitOptions, type InitSession } from './options.ts'
import { prepareWrite, targetFile, warnIfShadowed } from './target-file.ts'
import { checkDraft, describeFailure, tryConnection } from './trial.ts'

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
