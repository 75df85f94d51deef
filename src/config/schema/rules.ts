import * as v from 'valibot'
import { hasVariables } from '../expand.ts'
import { Numeral } from '../json.ts'

const RESERVED = ['__proto__', 'constructor', 'prototype']
const QUOTE = 'must be a string: put it in quotes'

/** Whether data is a mapping; its prototype does not matter. */
export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Numeral)

/** Any mapping. */
export const anyMapping = v.custom<unknown>(isMapping, 'must be a mapping')

/** What the reference and the JSON Schema tell of a field beside its description. */
interface Facts {
  /** What holds where it is left out. */
  default?: unknown
  examples?: readonly unknown[]
  /** What a string in it looks like once no variable is to be filled in; the rules ask for this much at least. */
  pattern?: RegExp
}

/** A field that may be left out. */
export function described<Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  facts?: Facts,
) {
  return v.optional(v.pipe(schema, v.metadata({ description, ...facts })))
}

/** A variable of the environment, as a file asks for it. */
export const variable = (name: string): string => `\${${name}}`

/** For the JSON Schema: exactly one of these fields must be there. */
export const exactlyOne = (...names: string[]) => ({ oneOf: names.map(name => ({ required: [name] })) })

/** A rule about a mapping as a whole; not asked where a key is unknown, since that may be the one that is missed. */
export function judged<Input>(fault: (mapping: Record<string, unknown>) => string | undefined) {
  return v.rawCheck<Input>(({ dataset: { value, issues }, addIssue }) => {
    if (!isMapping(value) || issues?.some(({ type, path }) => type === 'never' && path?.length === 1)) return
    const message = fault(value)
    if (message !== undefined) addIssue({ message })
  })
}

/** valibot passes over the keys by which objects are attacked; here they are mistakes. */
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
 * A mapping with these fields and no other. The message for another key carries the known ones, since valibot
 * does not tell the key to whoever words it (see `mistakesOf`).
 */
export function fields<Entries extends v.ObjectEntries>(entries: Entries) {
  const unknownKey = v.never(Object.keys(entries).join(' '))
  const object = v.objectWithRest(entries, unknownKey, 'is missing')
  return v.pipe(safeMapping, object as unknown as v.ObjectSchema<Entries, undefined>)
}

/** A mapping of free names, none of which could be taken for a URL, a path or a list. */
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
 * A string that is not empty, and against which `mistake` has nothing. Where `${…}` is still to be filled in, only
 * its type is looked at.
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

/** One of two forms; the message is for data that has neither. */
export function either<One extends v.GenericSchema, Other extends v.GenericSchema>(
  one: One,
  other: Other,
  message: string,
) {
  return v.union([one, other], ({ input }) => orQuote(input, message))
}

/** The advice for what YAML read as a number or a truth value, else `message`. */
function orQuote(input: unknown, message: string): string {
  const unquoted = input instanceof Numeral || ['number', 'bigint', 'boolean'].includes(typeof input)
  return unquoted ? QUOTE : message
}
