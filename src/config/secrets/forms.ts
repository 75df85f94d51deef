import { parseNode } from '../nodes.ts'
import type { Settled } from '../settled.ts'

/**
 * Every text that must not be repeated: the secrets that were read, and each form in which they travel, since a
 * server may send any of them back. The longest come first, so that none is left in part.
 */
export function spokenForms(
  seen: readonly string[],
  { auth, proxies = new Map() }: Pick<Settled, 'auth' | 'proxies'>,
): string[] {
  const logins = [auth, ...[...proxies.values()].map(proxy => parseNode(proxy).login)]
  const forms = logins.flatMap(login =>
    login && 'password' in login ? [login.password, basic(login.username, login.password)] : [],
  )
  const all = [...seen, ...forms].flatMap(secret => [secret, encodeURIComponent(secret), inJson(secret)])
  return [...new Set(all)].filter(Boolean).toSorted((a, b) => b.length - a.length)
}

const basic = (username: string, password: string): string =>
  Buffer.from(`${username}:${password}`).toString('base64')

const inJson = (secret: string): string => JSON.stringify(secret).slice(1, -1)
