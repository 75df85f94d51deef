import { type Command, examples } from '../../command.ts'
import { COMPLETE } from '../../exit-status.ts'

export const schema: Command = {
  dryRun: 'ignored',
  declare: parser =>
    parser.addHelpText(
      'after',
      `${examples('esconn config schema > esconn.schema.json')}

The first line of a YAML configuration in the same directory tells editors to use it:
  # yaml-language-server: $schema=./esconn.schema.json`,
    ),
  run: async ({ out }) => {
    const { default: schema } = await import('esconn/schema.json', { with: { type: 'json' } })
    await out.write(`${JSON.stringify(schema, null, 2)}\n`)
    return COMPLETE
  },
}
