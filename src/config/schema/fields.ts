import * as v from 'valibot'
import { isObject } from '../../json/members.ts'
import { RawNumber } from '../../json/numbers.ts'
import { parseDuration } from '../../units.ts'
import { hasVariables } from '../variables.ts'

const RESERVED = ['__proto__', 'constructor', 'prototype']
const QUOTE_ADVICE = 'must be a string: put it in quotes'

/** Whether data is a mapping; its prototype does not matter. */
export const isMapping = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && !(value instanceof RawNumber)

/** Any mapping. */
export const anyMapping = v.custom<unknown>(isMapping, 'must be a mapping')

/** What the reference and the JSON Schema say about a field besides its description. */
interface FieldFacts {
  /** The value where it is left out. */
  default?: unknown
  examples?: readonly unknown[]
  /** Matches every string without variables that is valid; may match others. */
  pattern?: RegExp
}

/** A field that may be left out. */
export function optionalField<Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  facts?: FieldFacts,
) {
  return v.optional(v.pipe(schema, v.metadata({ description, ...facts })))
}

/** A reference to a variable of the environment, as in a file. */
export const variableReference = (name: string): string => `\${${name}}`

/** For the JSON Schema: exactly one of these fields must be there. */
export const exactlyOne = (...names: string[]) => ({ oneOf: names.map(name => ({ required: [name] })) })

/** A rule about a mapping as a whole; skipped where a key is unknown, since that may be a misspelt one. */
export function checkMapping<Input>(fault: (mapping: Record<string, unknown>) => string | undefined) {
  return v.rawCheck<Input>(({ dataset: { value, issues }, addIssue }) => {
    if (!isMapping(value) || issues?.some(({ type, path }) => type === 'never' && path?.length === 1)) return
    const message = fault(value)
    if (message !== undefined) addIssue({ message })
  })
}

/** A mapping without the keys that can pollute prototypes, which valibot would ignore. */
export const safeMapping = v.pipe(
  anyMapping,
  v.rawCheck(({ dataset: { value: input }, addIssue }) => {
    if (!isMapping(input)) return
    for (const key of RESERVED.filter(key => Object.hasOwn(input, key))) {
      const path: [v.ObjectPathItem] = [{ type: 'object', origin: 'key', input, key, value: input[key] }]
      addIssue({ message: 'cannot be used as a key', path })
    }
  }),
)

/**
 * A mapping with these fields and no other. The message for another key is the list of known ones, from which
 * `mistakesOf` makes the final message.
 */
export function fields<Entries extends v.ObjectEntries>(entries: Entries) {
  const unknownKey = v.never(Object.keys(entries).join(' '))
  const object = v.objectWithRest(entries, unknownKey, 'is missing')
  return v.pipe(safeMapping, object as unknown as v.ObjectSchema<Entries, undefined>)
}

/** A mapping whose keys are names: none could be mistaken for a URL, a path or a list. */
export function names<Value extends v.GenericSchema>(value: Value) {
  const shape = { pattern: NAME, not: { enum: RESERVED } }
  return v.pipe(
    safeMapping,
    v.record(v.pipe(v.string(), v.check(isName, NAME_RULE), v.metadata(shape)), value),
  )
}

export const NAME_RULE = 'must be a name without white space and without any of , : / @'

export const NAME = /^[^\s\p{C},:/@]+$/u

export const isName = (text: string): boolean => NAME.test(text)

/**
 * A string that is not empty and in which `mistake` finds nothing wrong. While it has variables that are not filled
 * in, only its type is checked.
 */
export function text(
  filled: boolean,
  mistake?: (value: string) => string | undefined,
  misread = (input: unknown) => orQuote(input, 'must be a string'),
) {
  return v.pipe(
    v.string(({ input }) => misread(input)),
    v.nonEmpty('must not be empty'),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed || dataset.issues || (!filled && hasVariables(dataset.value))) return
      const message = mistake?.(dataset.value)
      if (message !== undefined) addIssue({ message })
    }),
  )
}

/** One of two forms; `message` is for data that is neither. */
export function either<One extends v.GenericSchema, Other extends v.GenericSchema>(
  one: One,
  other: Other,
  message: string,
) {
  return v.union([one, other], ({ input }) => orQuote(input, message))
}

/** The advice for a value that YAML read as a number or a boolean, else `message`. */
function orQuote(input: unknown, message: string): string {
  const unquoted = input instanceof RawNumber || ['number', 'bigint', 'boolean'].includes(typeof input)
  return unquoted ? QUOTE_ADVICE : message
}

/** A duration, `30s` for example. */
export function durationText(filled: boolean) {
  const duration = text(filled, durationMistake, input =>
    input instanceof RawNumber || typeof input === 'number' ? UNIT : 'must be a duration, for example 30s',
  )
  return v.pipe(duration, v.metadata({ title: 'Duration', pattern: /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/ }))
}

const UNIT = 'needs a unit, for example 30s, 500ms or 2m'

function durationMistake(value: string): string | undefined {
  if (parseDuration(value) !== undefined) return undefined
  return /^[\d.]+$/.test(value) ? UNIT : 'is not a duration, for example 30s, 500ms or 2m, at most 24d'
}

/** A whole number from 0 to `most`; in a file it is a `RawNumber`. */
export function wholeNumber(most: number) {
  const message = `must be a whole number from 0 to ${most}`
  return v.pipe(
    v.unknown(),
    v.transform(input => (input instanceof RawNumber ? Number(input.text) : input)),
    v.number(message),
    v.check(value => Number.isInteger(value) && value >= 0 && value <= most, message),
    v.metadata({ type: 'integer', minimum: 0, maximum: most }),
  )
}
