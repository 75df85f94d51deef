import { REDACTED } from '../config/secrets/secret-headers.ts'
import type { ConnectionSettings } from '../config/types.ts'
import { headersOf, pathAndQuery, type StreamCall } from './exchange.ts'
import { redact } from './redact.ts'

/** A request as it would be sent, every secret redacted. */
export interface RequestPreview {
  method: string
  url: string
  headers: Readonly<Record<string, string>>
  body: StreamCall['body']
  /** `user:[redacted]` for curl, if the alias logs in with user and password. */
  user: string | undefined
  settings: Pick<ConnectionSettings, 'tls' | 'auth' | 'compression'>
  proxy: string | undefined
}

/** Describes a call as it would be sent to the first node. */
export function previewOf(call: StreamCall, settings: ConnectionSettings): RequestPreview {
  const [node = ''] = settings.nodes
  const { method, body } = call
  const { auth } = settings
  return {
    method,
    url: node + pathAndQuery(call),
    headers: { ...redactedHeaders(settings), ...headersOf(call), ...redactedAuthorization(auth) },
    body,
    user: auth && 'username' in auth ? `${auth.username}:${REDACTED}` : undefined,
    settings,
    proxy: redactedProxy(settings, node),
  }
}

const redactedHeaders = ({
  headers = {},
  secretHeaders = [],
  secrets = [],
}: ConnectionSettings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secretHeaders.includes(name) ? REDACTED : redact(value, secrets),
    ]),
  )

function redactedAuthorization(auth: ConnectionSettings['auth']): Record<string, string> {
  if (auth === undefined) return {}
  if ('apiKey' in auth) return { authorization: `ApiKey ${REDACTED}` }
  if ('bearer' in auth) return { authorization: `Bearer ${REDACTED}` }
  return { authorization: `${'aws' in auth ? 'AWS4-HMAC-SHA256' : 'Basic'} ${REDACTED}` }
}

function redactedProxy({ proxies }: ConnectionSettings, node: string): string | undefined {
  const proxy = proxies?.get(node)
  if (proxy === undefined) return undefined
  const url = new URL(proxy)
  const user = url.username && `${url.username}${url.password && `:${REDACTED}`}@`
  return `${url.protocol}//${user}${url.host}`
}
