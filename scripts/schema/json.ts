import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema'
import { fileSchema } from '../../src/config/schema/alias.ts'
import { anyMapping, variableReference } from '../../src/config/schema/fields.ts'

/** As much of a JSON Schema as ours has. */
export interface JsonSchema {
  $schema?: string
  $ref?: string
  title?: string
  description?: string
  type?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | false
  propertyNames?: JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  not?: JsonSchema
  dependencies?: Record<string, string[]>
  enum?: string[]
  const?: unknown
  pattern?: RegExp | string
  minimum?: number
  maximum?: number
  default?: unknown
  examples?: unknown[]
  definitions?: Record<string, JsonSchema>
}

const VARIABLES: JsonSchema = {
  title: 'Variables',
  description: `Text in which variables are to be filled in: ${variableReference('NAME')}, or ${variableReference('NAME:-default')}`,
  type: 'string',
  pattern: /^(?:[^$]|\$\$|\$[^${])*\$\{/,
}

/**
 * The JSON Schema (draft-07, which editors know) of a configuration file. Where it cannot express a rule of our own
 * validation it allows more: a valid file is valid by both.
 */
export function jsonSchema(): JsonSchema {
  const { $schema, ...converted } = toJsonSchema(fileSchema, CONVERSION) as JsonSchema
  const definitions: Record<string, JsonSchema> = {}
  const root = translated(converted, definitions)
  return {
    $schema: $schema as string,
    title: 'Configuration of esconn',
    description: 'Clusters of Elasticsearch and OpenSearch, by alias',
    ...root,
    definitions: { ...definitions, [keyOf(VARIABLES)]: withPatterns(VARIABLES) },
  }
}

/** Checks in code; their JSON Schema is the metadata next to them. */
const IN_CODE = ['check', 'raw_check', 'transform', 'raw_transform']

const CONVERSION: ConversionConfig = {
  target: 'draft-07',
  errorMode: 'ignore', // of a pipe of several schemas; all other errors arrive below
  overrideSchema: ({ valibotSchema, jsonSchema, errors }) => {
    if (valibotSchema === anyMapping) return { type: 'object' }
    if (errors) throw new Error(errors.join('\n'))
    return valibotSchema.type === 'object_with_rest' ? closed(jsonSchema) : undefined
  },
  overrideAction: ({ valibotAction, jsonSchema, errors }) => {
    if (errors && !IN_CODE.includes(valibotAction.type)) throw new Error(errors.join('\n'))
    return jsonSchema
  },
}

/** The schema of a mapping with fixed fields, without an empty `required`. */
function closed<Schema extends { required?: string[] | undefined }>({ required = [], ...schema }: Schema) {
  return { ...schema, ...(required.length > 0 ? { required } : {}), additionalProperties: false as const }
}

/** Translates our metadata to JSON Schema; a schema with a title becomes a definition. */
function translated(schema: JsonSchema, definitions: Record<string, JsonSchema>): JsonSchema {
  const inner = (one: JsonSchema) => translated(one, definitions)
  const { pattern, properties, additionalProperties, propertyNames, items, anyOf, ...rest } = schema
  const result: JsonSchema = { ...rest }
  if (rest.default !== undefined) result.description = `${rest.description} (default: ${rest.default})`
  if (properties) result.properties = mapped(properties, inner)
  if (propertyNames) result.propertyNames = withPatterns(propertyNames)
  if (additionalProperties !== undefined)
    result.additionalProperties = additionalProperties && inner(additionalProperties)
  if (items) result.items = inner(items)
  if (anyOf)
    result.anyOf = anyOf.map(one => defined(inner(pattern ? shaped(one, pattern) : one), definitions))
  else if (pattern) result.anyOf = [{ pattern: withoutFlags(pattern as RegExp) }, refTo(VARIABLES)]
  return result
}

/** A rule for strings, applied to the one of several forms that is a string. */
function shaped(schema: JsonSchema, pattern: RegExp | string): JsonSchema {
  return schema.type === 'string' ? { ...schema, pattern } : schema
}

function defined(schema: JsonSchema, definitions: Record<string, JsonSchema>): JsonSchema {
  if (schema.title === undefined) return schema
  definitions[keyOf(schema)] = schema
  return refTo(schema)
}

const refTo = (schema: JsonSchema): JsonSchema => ({ $ref: `#/definitions/${keyOf(schema)}` })

/** `Secret source` becomes `secretSource`. */
const keyOf = ({ title = '' }: JsonSchema): string =>
  title.replace(/^./, first => first.toLowerCase()).replace(/ (.)/g, (_, next) => next.toUpperCase())

/** The same with the text of each regular expression in its place. */
function withPatterns(schema: JsonSchema): JsonSchema {
  const { pattern, not } = schema
  return {
    ...schema,
    ...(pattern ? { pattern: withoutFlags(pattern as RegExp) } : {}),
    ...(not ? { not: withPatterns(not) } : {}),
  }
}

/** JSON Schema has no flags: `u` is on, and for `i` each letter outside of escapes and classes is given twice. */
function withoutFlags({ source, flags }: RegExp): string {
  if (/[^iu]/.test(flags))
    throw new Error(`the flags of /${source}/${flags} cannot be expressed in JSON Schema`)
  const plain = source.replaceAll('\\/', '/')
  if (!flags.includes('i')) return plain
  return plain.replace(/\\.|\[[^\]]*\]|([a-z])/g, (part, letter) =>
    letter ? `[${letter.toUpperCase()}${letter}]` : part,
  )
}

function mapped<Value>(record: Record<string, Value>, map: (value: Value) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
