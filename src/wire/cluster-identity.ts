import { WireError } from '../errors.ts'
import { shorten } from '../text.ts'
import { parseObject, responseError } from './errors/http.ts'
import { type Call, type ExchangeOptions, errorText, type ReplyHead } from './exchange.ts'
import type { WireTransport } from './transport.ts'

type Answer = Pick<ReplyHead, 'status' | 'headers'>

/** Whether a cluster may answer `GET /` in this way although it is reachable and accepts the credentials. */
export const isAnswer = (head: Answer): boolean =>
  head.status === 403 || head.status === 405 || isServerless(head)

/**
 * Whether it is a collection of Amazon OpenSearch Serverless, which has no `GET /`
 * (https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html).
 */
const isServerless = ({ status, headers }: Answer): boolean =>
  status === 404 && String(headers.server).startsWith('aoss-')

/** One of the two where that is certain. */
type Product = 'Elasticsearch' | 'OpenSearch' | 'Elasticsearch or OpenSearch'

/** Which product a cluster is. */
export interface ClusterIdentity {
  product: Product
  /** Undefined where `GET /` does not say. */
  version: string | undefined
  /** The HTTP status of the reply to `GET /`. */
  status: number
}

/** `Elasticsearch 9.5.3`, for example. */
export const describeIdentity = ({ product, version, status }: ClusterIdentity): string =>
  `${product} ${version ?? `(version unknown: GET / returned ${status})`}`

/**
 * Product and version of a cluster by its reply to `GET /`.
 *
 * @param text the body, without secrets
 * @throws {WireError} if it is neither Elasticsearch nor OpenSearch, or does not accept the credentials
 */
export function identify(reply: ReplyHead, text: string): ClusterIdentity {
  const { status } = reply
  const { version, error } = parseObject(text)
  if (status >= 300)
    return { product: restrictedProduct(reply, text, error), version: versionInHeader(reply), status }
  const { number, distribution } = Object(version)
  if (typeof number === 'string')
    return {
      product: distribution === 'opensearch' ? 'OpenSearch' : 'Elasticsearch',
      version: shorten(reply.redact(number)),
      status,
    }
  throw new WireError('foreign', 'the server is neither Elasticsearch nor OpenSearch', {
    node: reply.node,
    advice: 'check `node` of the alias',
  })
}

/** OpenSearch 3 names itself in every reply, `OpenSearch/3.6.0 (opensearch)` for example. */
const versionInHeader = ({ headers }: Pick<ReplyHead, 'headers'>): string | undefined =>
  /^OpenSearch\/(\d\S*)/.exec(headers['x-opensearch-version'] ?? '')?.[1]

/** The product where the headers of a reply, whatever its status, say which. */
export function productInHeaders(reply: Answer): Product | undefined {
  if (reply.headers['x-elastic-product'] === 'Elasticsearch') return 'Elasticsearch'
  return versionInHeader(reply) || isServerless(reply) ? 'OpenSearch' : undefined
}

/** A refusal of `GET /` identifies the cluster only if it is Elasticsearch's or OpenSearch's own. */
function restrictedProduct(reply: ReplyHead, text: string, error: unknown): Product {
  const { type, reason = error } = Object(error)
  const words = WORDS.find(([pattern]) => pattern.test(String(reason)))
  const isOwn = words !== undefined || type === 'security_exception' || productInHeaders(reply) !== undefined
  if (!isOwn || MAY_NOTHING.test(String(reason)))
    throw responseError(reply.status, text, { redact: reply.redact })
  return productInHeaders(reply) ?? words?.[1] ?? 'Elasticsearch or OpenSearch'
}

/** How each product refuses an action. */
const WORDS: readonly [RegExp, Product][] = [
  [/^action \[[^\]]+\] is unauthorized for /, 'Elasticsearch'],
  [/^no permissions for \[/, 'OpenSearch'],
  [/^GET \/ API not allowlisted/, 'OpenSearch'],
  [/^Incorrect HTTP method/, 'Elasticsearch or OpenSearch'],
]

/** Elasticsearch refuses every request of a user who may not act as the one that a header names. */
const MAY_NOTHING = / is unauthorized to run as /

/** The request that identifies a cluster and its version. */
export const IDENTITY_CALL: Call = { method: 'GET', path: '/' }

/** The node that answered, and accepts the credentials. */
export interface PingResult {
  /** Its address. */
  node: string
  identity: ClusterIdentity
  /** From the first attempt to the reply, rounded. */
  milliseconds: number
}

/**
 * Checks that the cluster is reachable and accepts the credentials, and identifies it.
 *
 * @throws {ConfigError} if the alias cannot be used
 * @throws {WireError} if no node is reachable, or the credentials are not accepted, or it is neither Elasticsearch nor
 * OpenSearch
 */
export async function pingCluster(
  { transport }: { transport: WireTransport },
  exchange: ExchangeOptions,
): Promise<PingResult> {
  const started = performance.now()
  const identified = await transport.exchange(
    IDENTITY_CALL,
    async reply => ({ node: reply.node, identity: identify(reply, await errorText(reply)) }),
    { ...exchange, accepts: isAnswer, whole: true },
  )
  return { ...identified, milliseconds: Math.round(performance.now() - started) }
}
