/** A user's name and password in clear text. */
export interface Credentials {
  username: string
  password: string
}

/** The URL of a node without credentials, and the credentials from it. */
export interface NodeUrl {
  url: string
  login: Credentials | undefined
}

/** Longer than any address, in characters. */
const MAX_URL = 2000

/** Why `text` is not the URL of a node, without repeating it; undefined where it is one. */
export function nodeMistake(text: string): string | undefined {
  if (text.length > MAX_URL) return `is longer than ${MAX_URL} characters`
  if (/^(?:https?:\/\/)?unix:/i.test(text))
    return 'Unix sockets are not supported; use an http:// or https:// URL'
  if (!/^https?:\/\//i.test(text)) return 'must begin with http:// or https://'
  if (/^\w+:\/\/[^/@]*\/.*@/s.test(text))
    return 'has an @ after a slash (in a password, write / as %2F; in a path, @ as %40)'
  if (/[?#]/.test(text))
    return 'must not have a query or fragment (in a password, write ? as %3F and # as %23)'
  if (/[\s\\]/.test(text) || !URL.canParse(text)) return 'is not a valid URL'
  return decodable(new URL(text)) ? undefined : 'has a % in user or password that must be written %25'
}

/** Why `text` is not the URL of a proxy, without repeating it; undefined where it is one. */
export function proxyMistake(text: string): string | undefined {
  if (/^socks/i.test(text)) return 'SOCKS proxies are not supported; use an http:// or https:// proxy'
  const mistake = nodeMistake(text)
  if (mistake !== undefined) return mistake
  return new URL(text).pathname === '/' ? undefined : 'must not have a path'
}

/** Splits a URL in which `nodeMistake` finds no mistake. */
export function parseNodeUrl(text: string): NodeUrl {
  const url = new URL(text)
  const login = credentialsIn(url)
  url.username = ''
  url.password = ''
  return { url: url.href.replace(/\/$/, ''), login }
}

/** Whether the credentials of several nodes differ; having none differs from having some. */
export function credentialsDiffer(logins: readonly (Credentials | undefined)[]): boolean {
  return new Set(logins.map(login => JSON.stringify(login))).size > 1
}

/** A node's URL as it is shown: without user and password, also before its variables are filled in. */
export function withoutCredentials(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?.*@/is, '$1')
}

/** The password in a node's URL, as it is written. */
export function writtenPassword(text: string): string | undefined {
  return /^\w+:\/\/[^:@/]*:(.+)@/s.exec(text)?.[1]
}

function credentialsIn(url: URL): Credentials | undefined {
  if (url.username === '' && url.password === '') return undefined
  return { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
}

function decodable(url: URL): boolean {
  try {
    credentialsIn(url)
    return true
  } catch {
    return false
  }
}

/**
 * The address of the cluster that a cloud ID names: `name:` and, in base64, `host[:port]$cluster[:port]$…`.
 * Undefined for any other text.
 *
 * @see https://www.elastic.co/docs/deploy-manage/deploy/elastic-cloud/find-cloud-id
 */
export function cloudNode(cloudId: string): string | undefined {
  const [, encoded] = /^[^:]*:([A-Za-z0-9+/_-]+=*)$/.exec(cloudId) ?? []
  const decoded = Buffer.from(encoded ?? '', 'base64').toString()
  const [, host, port, cluster, ownPort] =
    /^([\w.-]+)(?::(\d+))?\$([\w-]+)(?::(\d+))?(?:\$|$)/.exec(decoded) ?? []
  if (host === undefined) return undefined
  const url = `https://${cluster}.${host}:${ownPort ?? port ?? 443}`
  return URL.canParse(url) ? new URL(url).origin : undefined
}

export function cloudMistake(cloudId: string): string | undefined {
  return cloudNode(cloudId) === undefined
    ? "is not a cloud ID: copy it from the deployment's page, including the name"
    : undefined
}
