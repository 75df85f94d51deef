import type { Command } from '../../command.ts'
import { COMPLETE } from '../../exit.ts'

export const schema: Command = {
  name: 'schema',
  summary: 'Print the JSON Schema of the configuration, by which editors complete and check it',
  declare: parser =>
    parser.addHelpText(
      'after',
      '\nExample:\n  esconn config schema > esconn.schema.json\nand in the first line of the configuration beside it:\n  # yaml-language-server: $schema=./esconn.schema.json',
    ),
  run: async ({ out }) => {
    const { default: schema } = await import('esconn/schema.json', { with: { type: 'json' } })
    await out.write(`${JSON.stringify(schema, null, 2)}\n`)
    return COMPLETE
  },
}
