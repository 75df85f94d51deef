import { type EsconnError, type Fault, WireError } from '../errors.ts'
import { handshake, isRefusal, MISSING, type Said } from './handshake.ts'
import { Opening } from './opening.ts'
import { pinned } from './pin.ts'
import { type Certificate, presented } from './probe.ts'
import { reached, secured, secureOptions } from './secure.ts'
import { isUnknown, type TrustError, untrusted } from './untrusted.ts'
import { shownUrl, type Way } from './way.ts'

/** Milliseconds that looking for an explanation may take. */
const PATIENCE = 3000
/** Milliseconds in which a node that misses a client certificate says so, once the handshake is done for us. */
const SECOND_THOUGHTS = 500

/**
 * What failed on the way to an https:// node, in better words than its error has, where a second look at the node
 * finds them; else the error as it is.
 */
export async function explained(
  judged: EsconnError,
  way: Way,
  signal: AbortSignal | undefined,
): Promise<EsconnError> {
  const patience = AbortSignal.timeout(PATIENCE)
  const opening = new Opening(signal ? AbortSignal.any([signal, patience]) : patience)
  const better = await EXPLANATIONS[judged.fault]?.(judged.cause as Error, way, opening).catch(
    () => undefined,
  )
  if (!better) return judged
  const { fault = judged.fault, words, advice = judged.advice } = better
  const said = words === undefined ? judged.message : `${shownUrl(way.node)}: ${words}`
  return new WireError(fault, said, { cause: judged.cause, advice })
}

type Better = Partial<Said> & { fault?: Fault }

type Explain = (error: Error, way: Way, opening: Opening) => Promise<Better | undefined>

const EXPLANATIONS: Partial<Record<Fault, Explain>> = {
  untrusted: async (error, way, opening) => {
    if (way.tls.caFingerprint !== undefined && isUnknown(error)) return FORGED
    if (isUnknown(error)) return stranger(error, (await presented(way, opening)).at(-1), way)
    return isOutOfDate(error) ? outOfDate(error, await presented(way, opening)) : undefined
  },
  tls: async (error, way) => refusal(error, way),
  reset: async (_, way, opening) => {
    const found = refusal(await secondThoughts(way, opening), way)
    if (found) return { fault: 'tls', ...found }
    return way.tls.cert === undefined
      ? undefined
      : { advice: 'the node may not accept the certificate in `tls.cert` of the alias' }
  },
}

const FORGED: Better = {
  words: 'the node shows the certificate of `tls.caFingerprint`, but its own is not signed by that',
  advice: 'somebody may be in between; nothing was sent',
}

/** What a chain ends with that leads to nobody who is trusted. */
function stranger(error: Error, top: Certificate | undefined, { tls }: Way): Better | undefined {
  if (!top) return undefined
  if (tls.ca !== undefined && !top.selfSigned)
    return {
      words: `${untrusted(error)?.words}; the node shows none of ${top.issuer}, who issued the last that it shows`,
      advice: 'the node should show it too; else put its PEM file behind the others in `tls.ca`',
    }
  return {
    words: `${untrusted(error)?.words}; topmost of what the node shows is ${top.subject}, SHA-256 ${top.fingerprint}`,
    advice: `if the owner of the cluster confirms it: tls: { caFingerprint: "${top.fingerprint}" }; or put the PEM file of its authority in \`tls.ca\``,
  }
}

const isOutOfDate = ({ code = '' }: TrustError): boolean => /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(code)

function outOfDate({ code }: TrustError, chain: readonly Certificate[]): Better | undefined {
  const now = Date.now()
  const late = chain.find(({ validTo }) => validTo.getTime() < now)
  if (code === 'CERT_HAS_EXPIRED' && late)
    return { words: `the certificate has expired (${late.subject}, on ${day(late.validTo)})` }
  const early = chain.find(({ validFrom }) => validFrom.getTime() > now)
  return code === 'CERT_NOT_YET_VALID' && early
    ? { words: `the certificate is not valid yet (${early.subject}, only from ${day(early.validFrom)} on)` }
    : undefined
}

const day = (date: Date): string => date.toISOString().slice(0, 10)

function refusal(error: Error | undefined, { tls }: Way): Said | undefined {
  if (!error || !isRefusal(error)) return undefined
  return tls.cert === undefined ? MISSING : handshake(error)
}

/** What a node says to us soon after the handshake of TLS 1.3, although nothing was sent. */
async function secondThoughts(way: Way, opening: Opening): Promise<Error | undefined> {
  const trusted = way.tls.caFingerprint === undefined ? {} : await pinned(way, opening)
  const start = await reached(way, opening)
  const socket = await secured({ ...secureOptions(way), ...trusted, ...start }, opening.signal)
  let timer: NodeJS.Timeout | undefined
  return await new Promise<Error | undefined>(resolve => {
    socket
      .once('error', resolve)
      .once('close', () => resolve(undefined))
      .resume()
    timer = setTimeout(() => resolve(undefined), SECOND_THOUGHTS)
    opening.signal.addEventListener('abort', () => resolve(undefined))
  }).finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}
