import type { Command as Parser } from 'commander'
import type { ExchangeOptions } from '../wire/exchange.ts'
import type { Globals } from './globals.ts'
import type { Io, Output, Talk } from './io.ts'
import type { CommandRegistry } from './registry.ts'

/** What a command works with. */
export interface Context {
  io: Io
  out: Output
  talk: Talk
  globals: Globals
  /** The configuration and its connections, each loaded when it is first asked for. */
  registry: CommandRegistry
  /** The limits, the signal and the listeners of every request. */
  exchange: ExchangeOptions
}

/** A command is a value: what it is called, what it takes, and what it does. */
export interface Command {
  name: string
  summary: string
  /** Declares arguments, options and examples. */
  declare?: (parser: Parser) => void
  /** Answers with the exit status. Failures are thrown. */
  // biome-ignore lint/suspicious/noExplicitAny: each command knows the type of its own options
  run: (context: Context, options: any, ...words: string[]) => Promise<number>
}

/** Commands under one name, `config show` for example. */
export interface Group {
  name: string
  summary: string
  commands: readonly Command[]
}
