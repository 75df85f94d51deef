import type { TransportRequestParams } from '@elastic/elasticsearch'
import { WireError } from '../errors.ts'
import { JSON_BODY } from './media.ts'
import type { Target } from './pool.ts'
import { redacted } from './redact.ts'
import { withQuery } from './way.ts'

/** A request as it would be sent, and how; every secret is replaced. */
export interface Sketch {
  method: string
  url: string
  headers: Readonly<Record<string, string>>
  body: string | Uint8Array | undefined
  /** `user:[redacted]` for curl, where that is how the alias logs in. */
  user: string | undefined
  target: Pick<Target, 'tls' | 'auth' | 'compression'>
  proxy: string | undefined
}

const REDACTED = '[redacted]'

/** @throws {WireError} `rehearsed`, once the request that would be sent to the first node was handed over */
export async function rehearsed(
  rehearse: (sketch: Sketch) => Promise<void>,
  params: TransportRequestParams,
  target: Target,
): Promise<never> {
  const [node = ''] = target.nodes
  await rehearse(sketchOf(params, node, target))
  throw new WireError('rehearsed', 'nothing was sent')
}

function sketchOf(params: TransportRequestParams, node: string, target: Target): Sketch {
  const { method, body } = params
  return {
    method,
    url: node + withQuery(params),
    headers: { ...hidden(target), ...(body ? JSON_BODY : {}), ...login(target.auth) },
    body: body as Sketch['body'],
    user: target.auth && 'username' in target.auth ? `${target.auth.username}:${REDACTED}` : undefined,
    target,
    proxy: proxyOf(target, node),
  }
}

const hidden = ({ headers = {}, secretHeaders = [], secrets = [] }: Target): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secretHeaders.includes(name) ? REDACTED : redacted(value, secrets),
    ]),
  )

function login(auth: Target['auth']): Record<string, string> {
  if (auth === undefined) return {}
  if ('apiKey' in auth) return { authorization: `ApiKey ${REDACTED}` }
  if ('bearer' in auth) return { authorization: `Bearer ${REDACTED}` }
  return { authorization: `${'aws' in auth ? 'AWS4-HMAC-SHA256' : 'Basic'} ${REDACTED}` }
}

function proxyOf({ proxies }: Target, node: string): string | undefined {
  const proxy = proxies?.get(node)
  if (proxy === undefined) return undefined
  const url = new URL(proxy)
  const user = url.username && `${url.username}${url.password && `:${REDACTED}`}@`
  return `${url.protocol}//${user}${url.host}`
}
