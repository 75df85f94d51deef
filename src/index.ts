import { type Connections, createConnections } from './connections.ts'

export type { ConfigMistakes, LocatedMistake } from './config/mistakes.ts'
export type { Index } from './config/types.ts'
export type { AliasDefinition, HitsOptions } from './connection.ts'
export { Connection } from './connection.ts'
export type { Connections, ConnectionsOptions } from './connections.ts'
export { createConnections } from './connections.ts'
export {
  ConfigError,
  EsconnError,
  type Fault,
  type Hint,
  IncompleteError,
  InputError,
  UsageError,
  WireError,
} from './errors.ts'
export type { Additions } from './query/body.ts'
export type { Body } from './query/search.ts'
export type { Checkpoint, ShardCheckpoint } from './walk/checkpoint.ts'
export type { TailOptions } from './walk/tail.ts'
export type { WalkBatch, WalkOptions } from './walk/walk.ts'
export type { Call, ExchangeOptions } from './wire/exchange.ts'

/** The connections of this process by alias; each thread and each process has its own. */
export const connections: Connections = createConnections()

/** The connection of the alias `default`. */
export const connection = connections.get('default')
