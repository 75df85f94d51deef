import * as v from 'valibot'
import { safeMapping } from './rules.ts'
import { secret } from './secret.ts'

const NAME = /^[\w!#$%&'*+.^`|~-]+$/
const VALUE = /^[\t -~]+$/

/** What the client, the connection or another field of the alias sets. */
const OURS =
  /^(?:host|user-agent|accept|accept-encoding|content-.*|connection|keep-alive|expect|te|trailer|transfer-encoding|upgrade|proxy-.*|x-http-method.*|x-method-override)$/i

/** Headers whose value is not to be shown, wherever it comes from. */
export const isSecretHeader = (name: string): boolean =>
  /auth|key|token|secret|passw|cookie|credential|session/i.test(name)

/** Headers that are sent with every request. */
export function headersSchema(filled: boolean) {
  const name = v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed ? nameMistake(dataset.value) : undefined
      if (message !== undefined) addIssue({ message })
    }),
    v.metadata({ pattern: NAME, not: { pattern: OURS } }),
  )
  const value = v.pipe(secret(filled, valueMistake), v.metadata({ pattern: VALUE }))
  return v.pipe(safeMapping, v.record(name, value))
}

function nameMistake(name: string): string | undefined {
  if (!NAME.test(name)) return 'is not the name of a header'
  return OURS.test(name) ? 'is a header that esconn sets itself' : undefined
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.values, without what Node would send as Latin-1. */
export function valueMistake(value: string): string | undefined {
  return VALUE.test(value) ? undefined : 'must be ASCII characters in one line'
}
