import { WireError } from '../errors.ts'

/** The error for a reply that breaks the rules of JSON or has not the shape of a search response. */
export function broken(what: string, cause?: unknown): WireError {
  return new WireError('foreign', `the reply is not a search response of Elasticsearch: ${what}`, { cause })
}
