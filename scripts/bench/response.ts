import { createHash } from 'node:crypto'

/** How many hits of the bench differ; larger responses repeat them. */
const HITS = 1000

const PATHS = [
  '/api/orders',
  '/api/cart/checkout',
  '/static/app.js',
  '/search?q=brot+und+k%C3%A4se',
  '/login',
]
const NAMES = ['Ada Lovelace', 'Zoë Müller', '山田太郎', 'Sam Whitlock', 'Łukasz Nowak']
const TEXTS = [
  'request finished',
  String.raw`upstream answered late:\n\tretried once, then took the reply from the cache`,
  String.raw`the user said \"it works\" and left \u2013 nothing else was logged`,
  'Überlastung im Rechenzentrum Köln 🔥: the connection pool of the database is exhausted, waiting for a free one',
]

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T

/** A hit of about 760 bytes, as of an access log, with numbers that JavaScript would round or write otherwise. */
function hit(n: number): string {
  const hash = createHash('sha256').update(`${n}`)
  const random = hash.copy().digest('hex')
  const http =
    `{"request":{"method":"GET","path":"${pick(PATHS, n)}","bytes":${n * 37},"headers":{"accept-language":"de,en;q=0.5"}},` +
    `"response":{"status_code":${pick([200, 304, 404], n)},"bytes":${n * 7919},"seconds":${n % 3}.${n % 10}0}}`
  return (
    `{"_index":"access-2026.11.${10 + (n % 20)}","_id":"${hash.digest('base64url').slice(0, 20)}","_score":null,"_source":` +
    `{"@timestamp":"2026-11-${10 + (n % 20)}T08:${10 + (n % 50)}:27.${100 + (n % 900)}Z","level":"${pick(['info', 'warn', 'error'], n)}",` +
    `"message":"${pick(TEXTS, n)}","service":{"name":"shop-frontend","version":"4.12.${n % 9}","node":{"name":"web-${n % 40}","ip":"10.20.${n % 7}.${n % 250}"}},` +
    `"http":${http},"trace":{"id":"${random.slice(0, 32)}","span":${BigInt(`0x7${random.slice(32, 47)}`)},"sampled":true},` +
    `"user":{"id":${1e5 + n},"name":"${pick(NAMES, n)}","agent":"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"},` +
    `"tags":["shop","eu-central"],"referrer":null,"cost":1.5E-${1 + (n % 3)}}}`
  )
}

const ALL = Array.from({ length: HITS }, (_, n) => hit(n))

/** So many documents, those of the hits. */
export function* documentsOf(from: number, count: number): Generator<string> {
  for (let n = from; n < from + count; n++) {
    const hit = pick(ALL, n)
    yield hit.slice(hit.indexOf('"_source":') + '"_source":'.length, -1)
  }
}

/** All hits that differ, with commas between them. */
const BLOCK = Buffer.from(ALL.join(','))

/** A search response with these hits; each text is one of them, or several with commas between them. */
function responseOf(hits: readonly (string | Buffer)[], total: number, members = {}): Buffer {
  const envelope = JSON.stringify({
    ...members,
    took: 5,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: { total: { value: total, relation: 'eq' }, max_score: null, hits: [] },
  })
  const joined = hits.flatMap(bytes => [Buffer.from(','), Buffer.from(bytes)]).slice(1)
  return Buffer.concat([Buffer.from(envelope.slice(0, -3)), ...joined, Buffer.from(']}}')])
}

/** A response of 10 hits. */
export const tenHits = (): Buffer => responseOf(ALL.slice(0, 10), 10)

/** One response of about that many MB. */
export function largeResponse(megabytes: number): Buffer {
  const blocks = blocksOf(megabytes)
  return responseOf(Array(blocks).fill(BLOCK), blocks * HITS)
}

/**
 * The hits of the large response in pages of 10,000, as a scroll returns them.
 *
 * @param scrollId of the page before; undefined for the first
 */
export function page(megabytes: number, scrollId: string | undefined): Buffer {
  const blocks = blocksOf(megabytes)
  const from = Number(scrollId ?? 0)
  const to = Math.min(from + 10_000 / HITS, blocks)
  return responseOf(Array(to - from).fill(BLOCK), blocks * HITS, { _scroll_id: String(to) })
}

const blocksOf = (megabytes: number): number => Math.ceil((megabytes * 1e6) / BLOCK.length)
