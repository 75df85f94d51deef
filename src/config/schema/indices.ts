import * as v from 'valibot'
import { NoJson, toJson } from '../json.ts'
import { anyMapping, either, fields, names, text } from './rules.ts'

/** The query of a view; it leaves as JSON text, in which no digit is lost. */
const querySchema = v.pipe(
  anyMapping,
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    try {
      return toJson(value)
    } catch (error) {
      if (!(error instanceof NoJson)) throw error
      addIssue({ message: error.message })
      return NEVER
    }
  }),
)

/** Names for index expressions and views. */
export function indicesSchema(filled: boolean) {
  const index = v.pipe(text(filled), v.metadata({ description: 'Index expression', examples: ['logs-*'] }))
  const view = fields({
    index,
    query: v.pipe(
      querySchema,
      v.metadata({
        description: 'Query that is always in force',
        examples: [{ term: { level: 'error' } }],
      }),
    ),
  })
  return names(either(index, view, 'must be an index expression, or a mapping with `index` and `query`'))
}
