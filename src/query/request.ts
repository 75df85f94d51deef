import type { estypes, TransportRequestOptions } from '@elastic/elasticsearch'
import type { Index } from '../config/settled.ts'
import { type Additions, composeBody } from './body.ts'
import { membersOf } from './json.ts'
import { pathSegment } from './names.ts'

/** A search's body: the object, its JSON text, or that text's bytes. */
export type Body = estypes.SearchRequest | Record<string, unknown> | string | Uint8Array

/** `search` by the alias's own name for an index. */
export type SearchByName = <Document = unknown>(
  name: string,
  body?: Body,
  options?: TransportRequestOptions,
) => Promise<estypes.SearchResponse<Document>>

/** A search as it is sent. */
export interface SearchCall {
  method: 'POST'
  path: string
  body?: Buffer
}

/**
 * The search for `body` in what `target` stands for; a view's query is added to it.
 *
 * @throws {UsageError} if the name is no index, or the view cannot bind the body
 * @throws {InputError} if the body is no JSON object
 */
export function searchCall(target: Index, body: Body | undefined, additions: Additions = {}): SearchCall {
  const path = `/${pathSegment(target.index)}/_search`
  const composed = composeBody(body === undefined ? undefined : toBytes(body), {
    ...additions,
    view: target.query,
  })
  return composed ? { method: 'POST', path, body: composed } : { method: 'POST', path }
}

/** Whether a search asks to be ended early, so that `terminated_early` makes its answer incomplete. */
export const terminates = ({ body }: SearchCall): boolean =>
  body !== undefined && membersOf(body).some(({ key }) => key === 'terminate_after')

function toBytes(body: Body): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}
