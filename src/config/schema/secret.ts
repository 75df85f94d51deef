import * as v from 'valibot'
import { durationText } from './amounts.ts'
import { described, either, exactlyOne, fields, judged, text } from './rules.ts'

/** Where a secret is to be had from; exactly one of the first three. */
export interface SecretSource {
  file?: string | undefined
  keyring?: string | undefined
  command?: string[] | undefined
  timeout?: string | undefined
}

/** A secret itself, or where it is to be had from. */
export type SecretInput = string | SecretSource

const KEYRING = /^[^/]+\/[\s\S]/

/** One word of ASCII. */
export const TOKEN = /^[!-~]+$/

const FORMS = 'must be a string, or a mapping with `file`, `keyring` or `command`'

/** What `sourceFault` says, for the JSON Schema. */
const SHAPE = {
  title: 'Secret source',
  description: 'Where a secret is to be had from',
  ...exactlyOne('file', 'keyring', 'command'),
  dependencies: { timeout: ['command'] },
}

/** The fields by which a secret is had from somewhere else. */
export const sourceFields = (filled: boolean) => ({
  file: described(
    text(filled),
    'File that holds it, relative to this file; a line end behind it is left out',
    { examples: ['./password.txt'] },
  ),
  keyring: described(text(filled, keyringMistake), "Entry of the system's keyring: service/account", {
    examples: ['esconn/logs'],
    pattern: KEYRING,
  }),
  command: described(
    v.pipe(
      v.array(text(filled), 'must be a list: the program and its arguments'),
      v.nonEmpty('must not be empty'),
    ),
    'Program that prints it, and its arguments; no shell. Its standard error is shown',
    { examples: [['pass', 'show', 'clusters/logs']] },
  ),
  timeout: described(durationText(filled), 'How long the command may take', {
    default: '60s',
    examples: ['5m'],
  }),
})

/** A string, or where it is to be had from. */
export function secret(filled: boolean, mistake?: (value: string) => string | undefined) {
  const source = v.pipe(fields(sourceFields(filled)), judged(sourceFault), v.metadata(SHAPE))
  return either(text(filled, mistake), source, FORMS)
}

/** What is wrong with a mapping that should say where a secret is to be had from. */
export function sourceFault({
  file,
  keyring,
  command,
  timeout,
}: Record<string, unknown>): string | undefined {
  const given = [file, keyring, command].filter(source => source !== undefined).length
  if (given !== 1) return 'must have exactly one of: `file`, `keyring`, `command`'
  return timeout === undefined || command !== undefined ? undefined : 'can have `timeout` only with `command`'
}

function keyringMistake(value: string): string | undefined {
  return KEYRING.test(value) ? undefined : 'must be written service/account'
}

/** Against a password, which a file or a program may print more behind. */
export function lineMistake(value: string): string | undefined {
  return /[\r\n\0]/.test(value) ? 'must be one line' : undefined
}

/** Against what is sent in a header. */
export function tokenMistake(value: string): string | undefined {
  return TOKEN.test(value) ? undefined : 'must be one word of ASCII characters, without a line end'
}
