import { isIP } from 'node:net'
import type { TransportRequestParams } from '@elastic/elasticsearch'
import type { Settled, Tls } from '../config/settled.ts'

/** How a node is reached. */
export interface Way {
  node: URL
  tls: Tls
  /** With its credentials. */
  proxy: URL | undefined
}

/** The way to one of the nodes of an alias. */
export function wayTo(node: string, { tls, proxies }: Pick<Settled, 'tls' | 'proxies'>): Way {
  const proxy = proxies?.get(node)
  return { node: new URL(node), tls, proxy: proxy === undefined ? undefined : new URL(proxy) }
}

/** Whether TLS is spoken there. */
export const isSecure = ({ protocol }: URL): boolean => protocol === 'https:'

/** A URL as messages show it: without credentials and without a slash at its end. */
export function shownUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}

/** A request's path and query as they go over the wire. */
export function withQuery({
  path,
  querystring,
}: Pick<TransportRequestParams, 'path' | 'querystring'>): string {
  const query = new URLSearchParams(querystring as Record<string, string> | string | undefined).toString()
  return `${path}${query && `?${query}`}`
}

/** What a socket has to be connected to; IPv6 without brackets. */
export function endOf(url: URL): { host: string; port: number } {
  return { host: hostOf(url), port: portOf(url) }
}

/** `host:port` as CONNECT names it; IPv6 in brackets. */
export const authorityOf = (url: URL): string => `${url.hostname}:${portOf(url)}`

/** The host as a certificate names it. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** The name to ask for by SNI, which knows neither addresses nor a dot at the end (RFC 6066, section 3). */
export const askedName = (host: string): string => (isIP(host) ? '' : host.replace(/\.$/, ''))

const portOf = (url: URL): number => Number(url.port || (isSecure(url) ? 443 : 80))
