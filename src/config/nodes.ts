/** A user's name and password, in clear. */
export interface Login {
  username: string
  password: string
}

/** One node: its URL without credentials, and those that stood in it. */
export interface NodeAddress {
  url: string
  login: Login | undefined
}

/** Longer than any address, in characters. */
const MAX_URL = 2000

/** Why `text` is no node's URL, without repeating it; undefined where it is one. */
export function nodeMistake(text: string): string | undefined {
  if (text.length > MAX_URL) return `is longer than ${MAX_URL} characters`
  if (/^(?:https?:\/\/)?unix:/i.test(text))
    return 'a unix socket cannot be a node; give an http:// or https:// URL'
  if (!/^https?:\/\//i.test(text)) return 'must begin with http:// or https://'
  if (/^\w+:\/\/[^/@]*\/.*@/s.test(text))
    return 'holds an @ behind a slash (in a password, / is written %2F; in a path, @ is %40)'
  if (/[?#]/.test(text))
    return 'must have no query or fragment (in a password, ? is written %3F and # is %23)'
  if (/[\s\\]/.test(text) || !URL.canParse(text)) return 'is not a valid URL'
  return decodable(new URL(text)) ? undefined : 'holds a % in user or password that is not written %25'
}

/** Why `text` is no proxy's URL, without repeating it; undefined where it is one. */
export function proxyMistake(text: string): string | undefined {
  if (/^socks/i.test(text)) return 'a SOCKS proxy cannot be used; give one of http:// or https://'
  const mistake = nodeMistake(text)
  if (mistake !== undefined) return mistake
  return new URL(text).pathname === '/' ? undefined : 'must have no path'
}

/** Takes a URL apart that `nodeMistake` has nothing against. */
export function parseNode(text: string): NodeAddress {
  const url = new URL(text)
  const login = loginOf(url)
  url.username = ''
  url.password = ''
  return { url: url.href.replace(/\/$/, ''), login }
}

/** Whether one user's name or password is not like the others'; none counts as one. */
export function loginsDiffer(logins: readonly (Login | undefined)[]): boolean {
  return new Set(logins.map(login => JSON.stringify(login))).size > 1
}

/** A node as it may be shown: without user and password, also where `${…}` keeps it from being a URL yet. */
export function withoutLogin(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?.*@/is, '$1')
}

/** The password's text in a node's URL, as it is written. */
export function writtenPassword(text: string): string | undefined {
  return /^\w+:\/\/[^:@/]*:(.+)@/s.exec(text)?.[1]
}

function loginOf(url: URL): Login | undefined {
  if (url.username === '' && url.password === '') return undefined
  return { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
}

function decodable(url: URL): boolean {
  try {
    loginOf(url)
    return true
  } catch {
    return false
  }
}
