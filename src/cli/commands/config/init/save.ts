import { statSync } from 'node:fs'
import { stringify } from 'yaml'
import { realFile, replaceFile } from '../../../../config/replace.ts'
import { loadConfig } from '../../../../config/resolve.ts'
import { type Addable, addable, withMember } from '../../../../config/write.ts'
import { ConfigError } from '../../../../errors.ts'
import { visible } from '../../../../hits/visible.ts'
import { namedFile } from '../../../named.ts'
import { keep } from '../../../secret.ts'
import { asShown, asWritten, type Draft, type Login } from './draft.ts'
import { loginOf } from './login.ts'
import { type Session, tell } from './session.ts'

/**
 * Puts the secret into the keyring, where that is its place, and the alias into the file.
 *
 * @returns the alias as the user wants it instead, where the keyring does not take the secret: nothing is written then
 * @throws {ConfigError} where nothing can be added to the file, or the keyring does not take the secret and nobody can be asked
 * @throws {EsconnError} `output` where the file cannot be written
 */
export async function save(draft: Draft, session: Session): Promise<Draft | undefined> {
  const file = addable(session.target.path)
  const text = withMember(file, { key: draft.name, value: asWritten(draft) })
  if (session.asks) show(draft, session)
  const other = await secretKept(draft, session)
  if (other !== undefined) return { ...draft, login: other }
  replaceFile(file.file, text, modeOf(file, draft, session))
  session.context.talk.say(`${draft.name}: written to ${file.file}`)
  tellOdds(draft.name, file.file, session)
  return undefined
}

function show(draft: Draft, { context: { io } }: Session): void {
  const lines = stringify({ [draft.name]: asShown(draft) }, { lineWidth: 0 }).trimEnd()
  io.stderr.write(lines.replace(/^.*$/gm, line => `  ${visible(line)}`).concat('\n'))
}

/** Undefined once the secret is where it belongs; else the login that the user wants instead. */
async function secretKept(draft: Draft, session: Session): Promise<Login | undefined> {
  const { name: alias, login } = draft
  const { written, entered } = login?.secret ?? {}
  if (login === undefined || entered === undefined || typeof written !== 'object') return undefined
  try {
    await keep(written.keyring ?? '', entered, { alias, talk: session.context.talk })
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigError) || !session.asks) throw error
    tell(session, error)
    return await loginOf({ alias, kind: login.kind, username: login.username, entered }, session)
  }
}

/** A file that is not the user's alone stays open to whom it is open, as long as it holds no secret of this alias. */
function modeOf({ file, text }: Addable, { login }: Draft, { target }: Session): number {
  const isSecret = typeof login?.secret.written === 'string' && login.secret.entered !== undefined
  return text === undefined || target.origin === 'user' || isSecret ? 0o600 : statSync(file).mode & 0o777
}

/** Says why the alias that was written may not be the one that is asked from here. */
function tellOdds(name: string, file: string, { context }: Session): void {
  const { io, talk } = context
  try {
    const { aliases } = loadConfig({ cwd: io.cwd, env: io.env, config: namedFile(context) })
    const entry = aliases.find(alias => alias.name === name)
    if (entry?.file !== undefined && realFile(entry.file) !== file)
      talk.say(`here ${name} is the one of ${entry.file}, line ${entry.line}, which comes first`)
    if (entry?.untrusted) talk.say('it can be used once its file is trusted: esconn config trust')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    talk.say(`no alias can be used here: ${error.message}`)
  }
}
