import { Option, type Command as Parser } from 'commander'
import type { Context } from '../context.ts'
import { chalkFor } from './color.ts'
import { toColumns } from './columns.ts'

const LIST_FORMATS = ['table', 'tsv', 'json'] as const
type ListFormat = (typeof LIST_FORMATS)[number]

/** The flags of a command that prints a list, as typed. */
export interface ListFlags {
  format?: ListFormat
  header: boolean
}

/** Declares the flags of a command that prints a list. */
export const listFlags = (parser: Parser): Parser =>
  parser
    .addOption(
      new Option(
        '--format <format>',
        "how the list is written (default: table on a terminal, else tsv); json is the cluster's response",
      ).choices(LIST_FORMATS),
    )
    .option('--no-header', 'leave out the line with the names of the columns')

export const listFormat = ({ format }: ListFlags, { out }: Context): ListFormat =>
  format ?? (out.isTerminal ? 'table' : 'tsv')

/** Rows, and the names of their columns. */
interface List {
  columns: readonly string[]
  rows: readonly (readonly string[])[]
}

/** Prints rows under the names of their columns: as a table, or as tab-separated values. */
export async function printList(
  context: Context,
  alias: string,
  { columns, rows }: List,
  flags: ListFlags,
): Promise<void> {
  const { out, messages } = context
  const table =
    listFormat(flags, context) === 'table' ? await newTable({ columns, rows }, context) : undefined
  const lines = table
    ? [table.header, ...rows.map(row => table.line(row))]
    : [columns, ...rows].map(toColumns)
  await out.write(lines.slice(flags.header ? 0 : 1).join(''))
  if (table && table.hidden.length > 0)
    messages.print(
      `${alias}: the terminal is too narrow for ${table.hidden.join(', ')}; --format tsv prints all columns`,
    )
}

async function newTable({ columns, rows }: List, context: Context) {
  const { Table } = await import('./table.ts')
  return new Table(columns, rows, { chalk: chalkFor(context), width: context.out.columns })
}
