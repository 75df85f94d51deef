import type { Path } from '../mistakes.ts'
import { valueMistake } from '../schema/headers.ts'
import { lineMistake, tokenMistake } from '../schema/secret.ts'

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/
const KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/**
 * What is to be said against a text that was read for a field of an alias, without repeating it.
 *
 * @param path where the field stands inside the alias
 */
export function mistakeIn([group, field, part]: Path, text: string): string | undefined {
  if (text === '') return 'is empty'
  if (group === 'headers') return valueMistake(text)
  if (field === 'key') return KEY.test(text) ? undefined : 'holds no private key in PEM form'
  if (field === 'ca' || field === 'cert')
    return CERTIFICATE.test(text) ? undefined : 'the file holds no certificate in PEM form'
  return field === 'password' || field === 'passphrase' || part === 'key'
    ? lineMistake(text)
    : tokenMistake(text)
}
