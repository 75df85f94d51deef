import { Option, type Command as Parser } from 'commander'
import { UsageError } from '../errors.ts'
import type { Additions } from '../query/body.ts'
import type { Context } from './context.ts'
import { fieldsOption } from './options.ts'
import { FORMATS, type FormatChoice, type FormatName, isForPeople } from './output/formats.ts'

/** The values of the flags that every command which prints hits takes, as typed. */
export interface FormatOptions {
  format?: FormatName
  fields?: string[]
  rawField?: string
  header: boolean
  csvSafe?: boolean
  /** Declared by the commands themselves. */
  source?: string[]
}

/** Declares the flags that say how hits are printed; a command may not have all formats. */
export function formatFlags(parser: Parser, formats: readonly FormatName[] = FORMATS): Parser {
  const others = formats === FORMATS ? '; else only these fields of each hit' : ''
  return parser
    .addOption(
      new Option(
        '--format <format>',
        'how the hits are written (default: pretty on a terminal, else ndjson)',
      ).choices(formats),
    )
    .option(
      '--fields <field,field>',
      `the columns of csv, tsv and table${others} (repeatable)`,
      fieldsOption('--fields'),
    )
    .option('--raw-field <field>', "only this field's text, one per line")
    .option('--no-header', 'csv, tsv and table without the line of column names')
    .option(
      '--csv-safe',
      "csv and tsv: an apostrophe before texts that a spreadsheet would run, '=1+2' for example",
    )
}

const ROW_FORMATS: ReadonlySet<FormatName> = new Set(['csv', 'tsv', 'table'])

/** Whether hits become rows with columns. */
export const isRowFormat = (name: FormatName): boolean => ROW_FORMATS.has(name)

/** Formats in which a hit has the members that the cluster sends. */
const HIT_FORMATS: ReadonlySet<FormatName> = new Set(['ndjson', 'pretty', 'json', 'response'])

/**
 * The format that the flags choose.
 *
 * @throws {UsageError} for flags that make no sense together
 */
export function chooseFormat(options: FormatOptions, context: Context): FormatChoice {
  const { format, rawField, header, csvSafe = false } = options
  const name = format ?? (isForPeople(context) ? 'pretty' : 'ndjson')
  const { fields } = options
  const mistake =
    rawField === undefined ? mistakeOfFormat(name, options) : mistakeOfRawField(rawField, options)
  if (mistake) throw mistake
  return { name, rawField, fields, header, csvSafe }
}

function mistakeOfFormat(
  name: FormatName,
  { fields, header, csvSafe, source }: FormatOptions,
): UsageError | undefined {
  const isRow = isRowFormat(name)
  if (fields !== undefined && !isRow && !HIT_FORMATS.has(name))
    return new UsageError(`--fields has no meaning with --format ${name}`, {
      advice: '--raw-field FIELD prints the text of one field, --format tsv --fields a,b those of several',
    })
  if (isRow && fields?.some(field => field.includes('*')))
    return new UsageError('--fields names the columns one by one, without *', {
      advice: 'without --fields every field is a column',
    })
  if (isRow && source !== undefined) return sourceMistake()
  if (!header && !isRow) return new UsageError('--no-header is for --format csv, tsv and table')
  if (csvSafe && name !== 'csv' && name !== 'tsv')
    return new UsageError('--csv-safe is for --format csv and tsv')
  return undefined
}

/** What the cluster leaves of a document it writes anew, with other digits. */
const sourceMistake = () =>
  new UsageError('--source is for whole documents, and would change the digits of single values', {
    advice: 'use --fields or --raw-field alone',
  })

function mistakeOfRawField(
  rawField: string,
  { format, fields, header, csvSafe, source }: FormatOptions,
): UsageError | undefined {
  if (source !== undefined) return sourceMistake()
  if (rawField.trim() === '') return new UsageError('--raw-field: the name of a field is blank')
  const [other] = [
    format && '--format',
    fields && '--fields',
    !header && '--no-header',
    csvSafe && '--csv-safe',
  ].filter(Boolean)
  return other ? new UsageError(`--raw-field and ${other} cannot be used together`) : undefined
}

/** What a format needs in the body of a search. */
export function formatAdditions({
  name,
  fields,
  rawField,
}: FormatChoice): Required<Pick<Additions, 'members' | 'defaults'>> {
  const columns = rawField === undefined ? fields : [rawField]
  const made = columns?.filter(field => !field.startsWith('_')) ?? []
  return {
    // fields of the mapping alone, sub-fields and runtime fields, are not in the document
    members: new Map(made.length > 0 ? [['fields', JSON.stringify(made)]] : []),
    defaults: new Map([
      ...(fields && HIT_FORMATS.has(name) ? [['_source', 'false'] as const] : []),
      ...(name === 'aggs' ? [['size', '0'] as const] : []),
    ]),
  }
}
