import { topMembers } from '../json/top-members.ts'
import { notSearchResponse } from './scanner.ts'

const MEMBERS = ['_index', '_id', '_routing', '_source'] as const

/**
 * What a hit says of its document, as JSON.
 *
 * @throws {WireError} `foreign` for what is not a JSON object
 */
export function documentIn(hit: Buffer): { [name in (typeof MEMBERS)[number]]?: Buffer } {
  try {
    return topMembers(hit, MEMBERS)
  } catch (error) {
    throw error instanceof SyntaxError ? notSearchResponse(error.message, error) : error
  }
}
