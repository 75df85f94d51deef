import type { SecretInput } from '../schema/auth.ts'
import { hasVariables } from '../variables.ts'

/** What replaces a secret. */
export const REDACTED = '[redacted]'

/** Whether the value of a header is redacted, wherever it comes from: by its name, or as a JSON Web Token. */
export const isSecretHeader = (name: string, value: SecretInput | undefined): boolean =>
  SECRET_NAME.test(name) || (typeof value === 'string' && JSON_WEB_TOKEN.test(value))

const SECRET_NAME = /auth|key|token|secret|pass|pwd|cookie|cred|session|jwt|bearer|sign|hmac|assertion/i

/** Alone or after a scheme: the base64 of `{"`. */
const JSON_WEB_TOKEN = /^(?:\w+ )?eyJ/

/** Whether the value of a header, as it is written in the file, is redacted. */
export const isHiddenHeader = (name: string, written: SecretInput | undefined): boolean =>
  typeof written !== 'string' || isSecretHeader(name, written) || hasVariables(written)

/** The names, in lower case, of the headers whose values are redacted. */
export const secretHeaderNames = (written: Record<string, SecretInput>): string[] =>
  Object.keys(written).flatMap(name => (isHiddenHeader(name, written[name]) ? name.toLowerCase() : []))
