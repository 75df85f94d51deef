import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { ConfigError } from '../errors.ts'
import { proxyMistake } from './node-url.ts'
import type { Env } from './variables.ts'

/** The port that curl uses for an http:// proxy without one. */
const CURL_DEFAULT_PORT = 1080

/**
 * The URL of the proxy through which a node is reached, with its credentials, or undefined where it is reached
 * directly. These are curl's rules (its lib/proxy.c): `configured` is curl's `--proxy`, so that it overrides the
 * environment's proxies, and `no_proxy` applies to it. Only `http_proxy` has no form in capitals: in CGI, a header
 * `Proxy` of the request sets that one.
 *
 * @param node URL of the node
 * @throws {ConfigError} for a proxy that is not valid, with the name of the variable but not its value
 */
export function proxyFor(node: string, env: Env, configured?: string): string | undefined {
  const { protocol, hostname } = new URL(node)
  const exempt = firstSet(env, ['no_proxy', 'NO_PROXY'])?.text
  if (exempt !== undefined && isExempt(hostname, exempt)) return undefined
  const proxy =
    configured === undefined
      ? firstSet(env, VARIABLES[protocol] ?? [])
      : { name: '`proxy`', text: configured }
  if (proxy === undefined) return undefined
  const url = withScheme(proxy.text).replace(PATH, '$1')
  const mistake = proxyMistake(url)
  if (mistake) throw new ConfigError(`${proxy.name}: ${mistake}`, { advice: 'correct or remove it' })
  return withPort(url)
}

/**
 * Whether a host (as in a URL) is in a list of curl's `no_proxy`: domains with their subdomains, addresses, and
 * networks as address/bits. As in curl until 2023, blanks alone separate items too, and an address may be in brackets.
 * The list `*` matches every host.
 */
export function isExempt(hostname: string, list: string): boolean {
  if (list === '*') return true
  const items = list.split(/[\s,]+/).filter(item => item !== '')
  const host = withoutBrackets(hostname)
  if (isIPv4(host)) return items.some(item => covers(item, host, 'ipv4'))
  if (isIPv6(host)) return items.some(item => covers(item, host, 'ipv6'))
  return items.some(item => isWithin(host, item))
}

type Family = 'ipv4' | 'ipv6'

const ANY = ['all_proxy', 'ALL_PROXY']

const VARIABLES: Record<string, readonly string[]> = {
  'http:': ['http_proxy', ...ANY],
  'https:': ['https_proxy', 'HTTPS_PROXY', ...ANY],
}

/** The first of these variables that is set; to curl an empty one is not. */
function firstSet(env: Env, names: readonly string[]): { name: string; text: string } | undefined {
  const name = names.find(name => Object.hasOwn(env, name) && env[name])
  return name === undefined ? undefined : { name: `the variable ${name}`, text: env[name] as string }
}

const withScheme = (text: string): string => (/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`)

/** A slash after the host, and what follows it, which means nothing for a proxy. */
const PATH = /^(\w+:\/\/[^/]*)\/.*$/s

function withPort(url: string): string {
  const { protocol, host, port } = new URL(url)
  const isWritten = port !== '' || protocol === 'https:' || /:80$/.test(url)
  const login = /^\w+:\/\/(.*@)?/s.exec(url)?.[1] ?? ''
  return `${protocol}//${login}${host}${isWritten ? '' : `:${CURL_DEFAULT_PORT}`}`
}

/** Whether an item is this address, or a network that contains it; /0 is, as with curl, the address alone. */
function covers(item: string, host: string, family: Family): boolean {
  const [address = '', bits, more] = withoutBrackets(item).split('/')
  const isAddress = family === 'ipv4' ? isIPv4 : isIPv6
  if (!isAddress(address) || address.includes('%') || more !== undefined) return false
  const list = new BlockList()
  if (bits === undefined || bits === '0') list.addAddress(address, family)
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 'ipv4' ? 32 : 128))
    list.addSubnet(address, Number(bits), family)
  return list.check(host, family)
}

function isWithin(host: string, item: string): boolean {
  const name = host.replace(/\.$/, '').toLowerCase()
  const domain = item.replace(/\.$/, '').replace(/^\./, '').toLowerCase()
  return domain !== '' && (name === domain || name.endsWith(`.${domain}`))
}

const withoutBrackets = (text: string): string => text.replace(/^\[(.*)\]/, '$1')
