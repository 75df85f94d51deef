import { fileSchema } from '../../../../config/schema/file.ts'
import { validate } from '../../../../config/schema/validate.ts'
import { addable, positionOf } from '../../../../config/write.ts'
import { ConfigError, UsageError } from '../../../../errors.ts'
import { confirmed } from '../../../ask.ts'
import type { Context } from '../../../command.ts'
import { COMPLETE, NEGATIVE } from '../../../exit.ts'
import { namedFile, refuseRehearsal } from '../../../named.ts'
import { addressOf, nameOf } from './address.ts'
import { kindOf, refuseContradictions } from './contradictions.ts'
import { asWritten, type Draft } from './draft.ts'
import { loginOf } from './login.ts'
import type { Options } from './options.ts'
import { save } from './save.ts'
import type { LoginWish } from './secret.ts'
import { messageOf, type Session, sessionOf } from './session.ts'
import { targetOf } from './target.ts'
import { trial } from './trial.ts'
import { pathsIn, wayOf } from './ways.ts'

/** Makes an alias out of options and answers, tries it, and writes it; answers with the exit status. */
export async function initialize(context: Context, options: Options): Promise<number> {
  refuseRehearsal(context)
  refuseContradictions(options)
  const target = targetOf(context.io, namedFile(context), options.project)
  const session = sessionOf(context, options, target)
  const name = await nameOf(session)
  if (!(await mayTake(name, session))) {
    context.talk.say('nothing was written')
    return NEGATIVE
  }
  for (let draft: Draft | undefined = await draftOf(name, session); draft; ) {
    const tried: Draft | number = options.test ? await trial(draft, session) : draft
    if (typeof tried === 'number') return tried
    draft = await save(tried, session)
  }
  return COMPLETE
}

/**
 * Whether the alias may be written: it is not there yet, or may be replaced.
 *
 * @throws {ConfigError} where the file cannot be written to, or the alias is there and nobody can be asked
 */
async function mayTake(name: string, { context, options, target, asks }: Session): Promise<boolean> {
  const file = addable(target.path)
  const position = positionOf(file, name)
  if (position === undefined || options.force) return true
  const what = `the alias ${name} is there already, in line ${position.line} of ${file.file}`
  if (!asks) throw new ConfigError(what, { advice: '--force replaces it, --name gives another name' })
  context.talk.say(what)
  return await confirmed('Replace it?', context.io)
}

async function draftOf(name: string, session: Session): Promise<Draft> {
  const { options, context, target } = session
  const { login: found, ...address } = await addressOf(session)
  const pathOf = pathsIn(context.io.cwd, target)
  const { ca, caFingerprint } = options
  const tls = (ca ?? caFingerprint) && { ca: ca && pathOf(ca), caFingerprint }
  const draft = { name, ...address, tls: tls || undefined }
  judge(draft)
  const kind = found ? 'basic' : kindOf(options)
  if (kind === undefined || kind === 'none') return draft
  const wish: LoginWish = { alias: name, kind, way: wayOf(options, name, pathOf) }
  const { username = options.username, password: entered } = found ?? {}
  return { ...draft, login: await loginOf({ ...wish, username, entered }, session) }
}

/** @throws {UsageError} for what no file could hold */
function judge(draft: Draft): void {
  const data = { aliases: { [draft.name]: asWritten(draft) } }
  try {
    validate(fileSchema, data, { source: { file: undefined, data, position: () => undefined }, path: [] })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new UsageError(messageOf(error), { cause: error })
  }
}
