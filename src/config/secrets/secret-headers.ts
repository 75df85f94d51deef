import type { SecretInput } from '../schema/auth.ts'
import { hasVariables } from '../variables.ts'

/** What replaces a secret. */
export const REDACTED = '[redacted]'

/** Whether the value of a header is redacted, wherever it comes from. */
export const isSecretHeader = (name: string): boolean =>
  /auth|key|token|secret|passw|cookie|credential|session/i.test(name)

/** Whether the value of a header, as it is written in the file, is redacted. */
export const isHiddenHeader = (name: string, written: SecretInput | undefined): boolean =>
  typeof written !== 'string' || isSecretHeader(name) || hasVariables(written)

/** The names, in lower case, of the headers whose values are redacted. */
export const secretHeaderNames = (written: Record<string, SecretInput>): string[] =>
  Object.keys(written).flatMap(name => (isHiddenHeader(name, written[name]) ? name.toLowerCase() : []))
