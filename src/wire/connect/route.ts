import { isIP } from 'node:net'
import type { ClusterSettings, Tls } from '../../config/types.ts'

/** How a node is reached. */
export interface Route {
  node: URL
  tls: Tls
  /** With its credentials. */
  proxy: URL | undefined
}

/** The route to one of the nodes of an alias. */
export function routeTo(node: string, { tls, proxies }: Pick<ClusterSettings, 'tls' | 'proxies'>): Route {
  const proxy = proxies?.get(node)
  return { node: new URL(node), tls, proxy: proxy === undefined ? undefined : new URL(proxy) }
}

/** Whether the URL is https://. */
export const isSecure = ({ protocol }: URL): boolean => protocol === 'https:'

/** A URL as messages show it: without credentials and without a trailing slash. */
export function displayUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}

/** Host and port to open a socket to; IPv6 without brackets. */
export function endpointOf(url: URL): { host: string; port: number } {
  return { host: hostOf(url), port: portOf(url) }
}

/** `host:port` for CONNECT; IPv6 in brackets. */
export const authorityOf = (url: URL): string => `${url.hostname}:${portOf(url)}`

/** The host as a certificate names it: IPv6 without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** The server name for SNI, which allows neither IP addresses nor a trailing dot (RFC 6066, section 3). */
export const sniName = (host: string): string => (isIP(host) ? '' : host.replace(/\.$/, ''))

const portOf = (url: URL): number => Number(url.port || (isSecure(url) ? 443 : 80))
