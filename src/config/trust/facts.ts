import { stringsIn } from '../definition-strings.ts'
import type { AliasTarget, Layer } from '../types.ts'
import { type Env, expand, hasVariables } from '../variables.ts'
import { dependenciesOf, hashFile } from './dependencies.ts'
import { destinationOf } from './destinations.ts'
import { recordName, sha256 } from './store.ts'

/**
 * What is no longer as it was when the file was trusted, about an alias that needs trust.
 *
 * @throws {ConfigError} for a file that cannot be read
 */
export function changesOf(layers: readonly Layer[], target: AliasTarget, env: Env): string[] {
  const { record } = target.layer
  return factsOf(layers, target, env).flatMap(({ name, hash, change, isKnown = true }) =>
    record.get(name) === hash || !isKnown ? [] : [change(record.has(name))],
  )
}

/** Something that must stay as it is while a file is trusted. */
interface Fact {
  /** Its name in the record. */
  name: string
  hash: string
  /** Whether all its variables are set; if not, the alias cannot be used for that reason. Default: true. */
  isKnown?: boolean
  /** What to say when it is not the same any more, or was not recorded. */
  change: (wasRecorded: boolean) => string
}

/** @throws {ConfigError} for a file that cannot be read */
export function factsOf(layers: readonly Layer[], target: AliasTarget, env: Env): Fact[] {
  const { leadsTo, sends } = destinationOf(layers, target, env)
  const isKnown = hasAllVariables(target, env)
  const files = dependenciesOf(target, env).map(path => ({
    name: recordName(path),
    hash: hashFile(path),
    change: (wasRecorded: boolean) =>
      wasRecorded
        ? `the file ${path}, which it uses, has changed since you trusted it`
        : `uses the file ${path}, which it did not when you trusted it`,
  }))
  return [
    {
      name: `aliases.${target.name} leads to`,
      hash: sha256(leadsTo.exact),
      isKnown,
      change: () =>
        `leads to ${leadsTo.shown} now${valueNote(leadsTo.shown)}; when you trusted the file it led elsewhere`,
    },
    ...files,
    {
      name: `aliases.${target.name} sends`,
      hash: sha256(sends.exact),
      isKnown,
      change: () => `sends ${sends.shown} now; when you trusted the file it sent something else`,
    },
  ]
}

function hasAllVariables({ layer, name }: AliasTarget, env: Env): boolean {
  let isComplete = true
  const noteMissing = () => {
    isComplete = false
    return ''
  }
  for (const [, text] of stringsIn(layer.aliases.get(name))) expand(text, env, noteMissing)
  return isComplete
}

/** A variable in a path is shown as it is written, since its value may be secret. */
const valueNote = (shown: string): string =>
  hasVariables(shown) ? ', where a variable has another value' : ''
