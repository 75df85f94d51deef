import type { ConnectionOptions } from 'node:tls'
import { WireError } from '../errors.ts'
import type { Opening } from './opening.ts'
import { presented } from './probe.ts'
import { shownUrl, type Way } from './way.ts'

/**
 * Finds the certificate of `tls.caFingerprint` among those that a node presents, to make of it the only authority
 * there is. That it was presented proves nothing, as anybody can present it: what counts is that OpenSSL then finds
 * the node's own to be signed by it, before a byte of a request is written. A partial chain will do, so that it may
 * be an intermediate one or the node's own.
 *
 * @throws {WireError} `untrusted` if the node does not present it
 */
export async function pinned(way: Way, opening: Opening): Promise<ConnectionOptions> {
  const chain = await presented(way, opening)
  const trusted = chain.find(({ fingerprint }) => fingerprint === way.tls.caFingerprint)
  if (trusted) return { ca: trusted.pem, allowPartialTrustChain: true, rejectUnauthorized: true }
  const top = chain.at(-1)
  const shown = top
    ? `topmost of what it shows is ${top.subject}, SHA-256 ${top.fingerprint}`
    : 'it shows none'
  const what = `the node does not show the certificate of \`tls.caFingerprint\`: ${shown}`
  throw new WireError('untrusted', `${shownUrl(way.node)}: ${what}`, {
    advice: top?.selfSigned
      ? 'somebody may be in between, or its authority has changed: ask the owner of the cluster for the fingerprint'
      : 'the node may not send its authority along: then put its PEM file in `tls.ca` instead',
  })
}
