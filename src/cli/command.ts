import type { Command as Parser } from 'commander'
import type { Context } from './context.ts'

/** A command is a value: what it takes, and what it does. */
export interface Command {
  /**
   * What --dry-run and --curl do: `prints` the request instead of sending it; `reads` what those that change something depend
   * on, and prints these; or `ignored` since nothing is sent.
   * Without it they are refused, so that a command which cannot print its requests sends none by mistake.
   */
  dryRun?: 'prints' | 'reads' | 'ignored'
  /** Whether its output goes through a pager where it is longer than the screen. */
  pages?: boolean
  /** Whether it reads or writes whole indices: then less memory is worth more than two milliseconds of its start. */
  movesIndices?: boolean
  /** What each argument may be, in their order: for a suggestion when one is mistyped. */
  completers?: readonly Completer[]
  /** Declares arguments, options and examples. */
  declare?: (parser: Parser) => void
  /** Returns the exit status. Failures are thrown. */
  // biome-ignore lint/suspicious/noExplicitAny: each command knows the type of its own options
  run: (context: Context, options: any, ...words: string[]) => Promise<number>
}

/** The values that an argument may have, as far as they are known without asking a cluster. */
export type Completer = (context: Context) => Promise<readonly string[]>

/** A command in the list of all: what the help of esconn shows of it. The rest is loaded when it is asked for. */
export interface ListedCommand {
  name: string
  /** Its arguments, as it declares them. */
  takes?: string
  summary: string
  load: () => Promise<Command>
}

/** Commands under one name, `config show` for example. */
export interface Group {
  name: string
  summary: string
  commands: readonly ListedCommand[]
}

/** The examples at the end of a command's help, a line each. */
export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map(line => `  ${line}`).join('\n')}`
