import type { AliasEntry } from '../../../config/aliases.ts'
import type { Configuration } from '../../../config/configuration.ts'
import type { EffectiveAlias } from '../../../config/show.ts'
import { ConfigError } from '../../../errors.ts'
import { escapeControls, escapeLines } from '../../../text.ts'
import { type Command, examples } from '../../command.ts'
import { aliasesIn } from '../../context.ts'
import { COMPLETE, exitStatusOf } from '../../exit-status.ts'
import { printError } from '../../print-error.ts'

export const show: Command = {
  dryRun: 'ignored',
  declare: parser =>
    parser
      .argument('[alias...]', 'default: those of --alias, else all')
      .addHelpText('after', examples('esconn config show', 'esconn config show logs')),
  run: async ({ session, out, messages, globals }, _options, ...named) => {
    const configuration = await session.configuration()
    const entries = selectEntries(
      configuration,
      aliasesIn(named.length > 0 ? named : [globals.alias ?? []].flat()),
    )
    let status = COMPLETE
    for (const entry of entries) {
      try {
        const text = section(entry, configuration.effective(entry.name))
        await out.write(text)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        printError(error.addAlias(entry.name), messages)
        status ||= exitStatusOf(error)
      }
    }
    return status
  },
}

/** @throws {ConfigError} for an unknown alias */
function selectEntries(configuration: Configuration, names: readonly string[]): readonly AliasEntry[] {
  for (const name of names) configuration.require(name)
  const { aliases } = configuration
  return names.length === 0 ? aliases : aliases.filter(({ name }) => names.includes(name))
}

/** YAML that can be pasted into a file. */
function section({ file, line, pointsTo }: AliasEntry, { yaml, proxies }: EffectiveAlias): string {
  const chain = 'alias' in pointsTo ? `, which points to ${pointsTo.alias}` : ''
  const comments = [
    file === undefined ? 'no configuration' : `${file}:${line}${chain}`,
    ...[...proxies].map(([node, proxy]) => `${node} via proxy ${proxy}, set in the environment`),
  ]
  return `${comments.map(comment => `# ${escapeControls(comment)}\n`).join('')}${escapeLines(yaml)}`
}
