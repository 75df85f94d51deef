import { gunzipSync } from 'node:zlib'
import { isStream } from '../exchange.ts'

/** What is sent with a request besides its method, path and query. */
interface Content {
  headers: readonly (readonly [string, unknown])[]
  body?: unknown
  bulkBody?: unknown
}

/** Whether a request with this content only reads, if one without a body does. */
export function isBodyAllowed(method: string, path: string, content: Content): boolean {
  const { body, bulkBody } = content
  if (!body && !bulkBody) return true
  if (method === 'POST' && path.endsWith('/point_in_time')) return false // Elasticsearch 7 would index it: only OpenSearch has the endpoint
  const isHarmless = ruleFor(method, path)
  if (!isHarmless) return true
  const text = bulkBody || !isJson(content) ? undefined : textOf(content)
  return text !== undefined && isHarmless(text)
}

/** Other forms, CBOR for example, could write the same in a way that is not recognized here. */
const isJson = ({ headers }: Content): boolean =>
  headers.every(
    ([name, value]) =>
      !/^content-type$/i.test(name) || /^application\/(?:[\w.]+\+)?json\b/i.test(String(value)),
  )

type Rule = (body: string) => boolean

function ruleFor(method: string, path: string): Rule | undefined {
  if (method === 'DELETE') return isWithoutAll
  if (keepsResults(path)) return isNotKept
  return path.startsWith('/_plugins/_ppl') ? isWithoutTraining : undefined
}

/** Whether an endpoint can be told to store its result for days, which by default it does not if the result is there soon. */
export const keepsResults = (path: string): boolean =>
  /\/(?:_async_search|_asynchronous_search|_query\/async|_eql\/search|_sql|_xpack\/sql)$/.test(path)

/** Whether a body does not contain `_all`, which closes the scrolls and points in time of all users. */
const isWithoutAll: Rule = body => stringsIn(body)?.every(([text]) => text !== '_all') === true

/** Whether a body does not say `keep_on_completion`. Servers read more than strict JSON: what that hides is not allowed. */
export const isNotKept: Rule = body =>
  stringsIn(body)?.every(([text, after]) => text !== 'keep_on_completion' || IS_FALSE.test(after)) ??
  !/[\0\\]|keep_on_completion/.test(body)

const IS_FALSE = /^\s*:\s*"?false\b/

/** Whether a query in PPL is without the command `ml`, which can train a model and store it. */
const isWithoutTraining: Rule = body =>
  stringsIn(body)?.every(([text]) => !/(?<![\w.-])ml(?![\w.-])/i.test(text)) === true

/** Every string of a JSON text, each with the start of what follows it; undefined if the text is not JSON. */
function stringsIn(json: string): [text: string, after: string][] | undefined {
  try {
    JSON.parse(json)
    return [...json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"/g)].map(({ 0: string, index }) => {
      const end = index + string.length
      return [JSON.parse(string), json.slice(end, end + 100)]
    })
  } catch {
    return undefined
  }
}

/** Larger bodies are not unpacked. */
const MAX_UNPACKED = 100 * 1024 * 1024

/** The text of a body; undefined if it cannot be known. */
function textOf({ headers, body }: Content): string | undefined {
  if (isStream(body)) return undefined
  const encodings = headers.filter(([name]) => /^content-encoding$/i.test(name)).map(([, value]) => value)
  try {
    if (encodings.length === 0)
      return typeof body === 'string' || Buffer.isBuffer(body) ? `${body}` : JSON.stringify(body)
    const isGzip = Buffer.isBuffer(body) && encodings.every(encoding => encoding === 'gzip')
    return isGzip ? gunzipSync(body, { maxOutputLength: MAX_UNPACKED }).toString() : undefined
  } catch {
    return undefined
  }
}
