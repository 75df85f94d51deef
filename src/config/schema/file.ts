import * as v from 'valibot'
import { definitionSchema } from './alias.ts'
import { described, either, fields, isName, NAME, NAME_RULE, names, text } from './rules.ts'

/** A whole file: each alias is a definition, or the name of another alias. */
export const fileSchema = fields({
  $schema: described(text(true), 'Address of the JSON Schema, for editors', {
    examples: ['./node_modules/esconn/esconn.schema.json'],
  }),
  aliases: described(
    names(
      either(
        v.pipe(nameOf(false), v.metadata({ description: 'Another name for an alias', pattern: NAME })),
        definitionSchema(false),
        'must be the name of another alias, or a mapping with `node`, `nodes` or `cloudId`',
      ),
    ),
    'The clusters, by the names that you give them',
    { examples: [{ default: { node: 'http://localhost:9200' }, local: 'default' }] },
  ),
})

/** The name of an alias, where one is named by another. */
export function nameOf(filled: boolean) {
  return text(filled, value => (isName(value) ? undefined : `${NAME_RULE}; a URL goes under \`node\``))
}
