import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { inspect } from 'node:util'
import { ConfigError } from '../errors.ts'
import { judgeKeys } from './keys.ts'
import { secureOptions } from './secure.ts'
import { isSecure, shownUrl, type Way } from './way.ts'

/** The client's own. */
const KEPT = {
  keepAlive: true,
  keepAliveMsecs: 1000,
  maxSockets: 256,
  maxFreeSockets: 256,
  scheduling: 'lifo',
} as const

/**
 * What opens the connections to a node and keeps them for the next request.
 *
 * @throws {ConfigError} for a certificate or key of `tls` that cannot be used
 */
export async function agentOf(way: Way): Promise<HttpAgent> {
  const { node, tls, proxy } = way
  if (isSecure(node)) judgeKeys(tls)
  else if (tls.caFingerprint !== undefined)
    throw new ConfigError(`\`tls.caFingerprint\` is of no use for ${shownUrl(node)}`, {
      advice: 'a node shows a certificate only where its URL begins with https://',
    })
  if (proxy || tls.caFingerprint !== undefined)
    return hidden((await import('./detour.ts')).detour(way, KEPT), node)
  return hidden(
    isSecure(node) ? new HttpsAgent({ ...KEPT, ...secureOptions(way) }) : new HttpAgent(KEPT),
    node,
  )
}

/** An agent and its sockets hold the key and its passphrase, for everybody to print. */
function hidden(agent: HttpAgent, node: URL): HttpAgent {
  const value = () => ({ node: shownUrl(node) })
  return Object.defineProperties(agent, { [inspect.custom]: { value }, toJSON: { value } })
}
