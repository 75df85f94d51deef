import type { Client } from '@elastic/elasticsearch'

/**
 * Makes handing a connection to another thread or process fail with a message that says what to do instead.
 * The structured clone meets integer keys first and puts a symbol's description into its `DataCloneError`.
 */
export function forbidTransfer(connection: Client, alias: string): void {
  const reason = Symbol(advice(alias))
  Object.defineProperty(connection, 0, { value: reason, enumerable: true })
}

/**
 * Throws where JSON is made of a connection for a message to another process: there no clone is made, and the
 * other side would get a plain object. Only the stack tells this use of JSON from any other.
 */
export function refuseMessage(alias: string): void {
  if (new Error().stack?.includes('at writeChannelMessage (node:internal')) throw new TypeError(advice(alias))
}

const advice = (alias: string): string =>
  `a connection belongs to one thread: share the alias ${JSON.stringify(alias)} and take connections[alias] there`
