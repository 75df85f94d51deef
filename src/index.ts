import { type Connections, createConnections } from './connections.ts'

export type { Definition, HitsOptions } from './connection.ts'
export { Connection } from './connection.ts'
export type { Connections, ConnectionsOptions } from './connections.ts'
export { createConnections } from './connections.ts'
export {
  ConfigError,
  EsconnError,
  type Fault,
  IncompleteError,
  InputError,
  UsageError,
  WireError,
} from './errors.ts'
export type { Batch } from './hits/scanner.ts'
export type { Body } from './query/request.ts'
export type { Ending, Scan, ScanOptions } from './scan.ts'

/** The connections of this process by alias; each thread and each process has its own. */
export const connections: Connections = createConnections()

/** The connection of the alias `default`. */
export const connection = connections.get('default')
