import type { AliasEntry } from '../../../config/aliases.ts'
import type { Configuration } from '../../../config/resolve.ts'
import type { Effective } from '../../../config/show.ts'
import { EsconnError } from '../../../errors.ts'
import { visible } from '../../../hits/visible.ts'
import type { Command } from '../../command.ts'
import { COMPLETE, statusOf } from '../../exit.ts'
import { namesIn } from '../../named.ts'

export const show: Command = {
  name: 'show',
  summary:
    'Print aliases as they hold here: variables filled in, secrets left out, with the line that says so',
  declare: parser => parser.argument('[alias...]', 'default: what --alias names, else all'),
  run: async ({ registry, out, talk, globals }, _options, ...words) => {
    const configuration = await registry.configuration()
    const entries = chosen(configuration, namesIn(words, globals.alias))
    let status = COMPLETE
    for (const entry of entries) {
      try {
        await out.write(section(entry, configuration.effective(entry.name)))
      } catch (error) {
        if (!(error instanceof EsconnError)) throw error
        talk.say(error.of(entry.name).message)
        if (error.advice) talk.say(error.advice)
        status ||= statusOf(error)
      }
    }
    return status
  },
}

/** @throws {ConfigError} for an unknown alias */
function chosen(configuration: Configuration, names: readonly string[]): readonly AliasEntry[] {
  for (const name of names) configuration.require(name)
  const { aliases } = configuration
  return names.length === 0 ? aliases : aliases.filter(({ name }) => names.includes(name))
}

/** YAML, as it could stand in a file. */
function section({ file, line, leadsTo }: AliasEntry, { yaml, proxies }: Effective): string {
  const chain = 'alias' in leadsTo ? `, which leads to ${leadsTo.alias}` : ''
  const comments = [
    file === undefined ? 'no configuration' : `${file}:${line}${chain}`,
    ...[...proxies].map(([node, proxy]) => `${node} through ${proxy}, which the environment says`),
  ]
  return `${comments.map(comment => `# ${visible(comment)}\n`).join('')}${lines(yaml)}`
}

/** Each line made visible by itself; YAML quotes what it must. */
const lines = (text: string): string => text.split('\n').map(visible).join('\n')
