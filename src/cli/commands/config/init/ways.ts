import { resolve } from 'node:path'
import type { SecretInput } from '../../../../config/schema/secret.ts'
import { UsageError } from '../../../../errors.ts'
import type { Options } from './options.ts'
import type { Target } from './target.ts'

/**
 * Where the options say that the secret is to be had from; undefined where they do not.
 *
 * @param alias whose entry in the keyring is meant
 * @param pathOf a path as the file has it
 * @throws {UsageError} for several answers, and for one that makes no sense
 */
export function wayOf(
  { secretEnv, secretFile, secretCommand, secretKeyring }: Options,
  alias: string,
  pathOf: (typed: string) => string,
): SecretInput | undefined {
  const ways: SecretInput[] = []
  if (secretEnv !== undefined) ways.push(variable(secretEnv))
  if (secretFile !== undefined) ways.push({ file: pathOf(secretFile) })
  if (secretCommand !== undefined) ways.push({ command: argvOf(secretCommand) })
  if (secretKeyring) ways.push({ keyring: entryOf(alias) })
  if (ways.length < 2) return ways[0]
  throw new UsageError('a secret is had from one place: give one of the options --secret-…')
}

/** The keyring's entry for an alias. */
export const entryOf = (alias: string): string => `esconn/${alias}`

/** @throws {UsageError} for what is no name; it is not repeated, since it may be the secret itself */
export function variable(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return `\${${name}}`
  throw new UsageError('that is not the name of a variable; LOGS_PASSWORD is one, for example')
}

/** A path as it will stand in the file: as typed in a project's, which goes with what is beside it. */
export const pathsIn =
  (cwd: string, { origin }: Target) =>
  (typed: string): string =>
    origin === 'project' || typed.startsWith('~/') ? typed : resolve(cwd, typed)

const WORDS = 'for example: pass show logs, or as JSON: ["pass", "show", "my logs"]'

/**
 * A program and its arguments: words, or a JSON array where a word holds what means something to a shell.
 *
 * @throws {UsageError} which does not repeat what was typed
 */
export function argvOf(typed: string): string[] {
  const text = typed.trim()
  const isJson = text.startsWith('[')
  const words = isJson ? parsed(text) : text.split(/\s+/)
  if (!isArgv(words)) throw new UsageError('a command is a list of words', { advice: WORDS })
  if (isJson || !/["'\\$`|&;<>*?()]/.test(text)) return words
  throw new UsageError('no shell reads the command, so that quotes and the like mean nothing in it', {
    advice: WORDS,
  })
}

const isArgv = (words: unknown): words is string[] =>
  Array.isArray(words) && words.length > 0 && words.every(word => typeof word === 'string' && word !== '')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
