import { dirname } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { toLayer } from '../configuration.ts'
import { fileSearches, projectFile, projectPath } from '../files/find.ts'
import { loadFile } from '../files/load.ts'
import { locationOf } from '../mistakes.ts'
import { withoutCredentials } from '../node-url.ts'
import { nodeAddresses } from '../settings.ts'
import type { FoundFile, Layer, Surroundings, Trust } from '../types.ts'
import { needsOf } from './needs.ts'
import { refuseForeignFile } from './owner.ts'
import { recordTrust, removeTrust } from './store.ts'

/** A project's file, and what trusting it would allow. */
export interface TrustReview {
  file: string
  trust: Trust
  /** Everything that it could use then, and where it does: `file:line:column: aliases.logs.auth`. */
  grants: { location: string; what: string }[]
  /** The addresses of its aliases, without credentials. */
  nodes: string[]
  /** Records the trust, which ends when any byte of the file changes. */
  accept: () => void
}

/**
 * What trusting a project's file would allow: of the file named `name`, else of the one in effect.
 *
 * @throws {ConfigError} where there is none, and for a file that is never trusted
 */
export function reviewTrust(surroundings: Surroundings, name?: string): TrustReview {
  const { cwd, env } = surroundings
  const source = name === undefined ? projectFile(cwd, env) : fileNamed(projectPath(name, cwd))
  const { file, text } = source ?? {}
  if (source === undefined || file === undefined || text === undefined)
    throw new ConfigError('there is no project file here', { advice: 'name the file to trust' })
  const layer = toLayer({ origin: 'project', source, base: dirname(file) }, env)
  const layers = [layer, ...userLayers(surroundings)]
  const needs = [...layer.aliases.keys()].flatMap(alias => needsOf(layers, layer, alias))
  return {
    file,
    trust: layer.trust,
    grants: needs.map(({ path, what }) => ({ location: locationOf(source, path), what })),
    nodes: nodesIn(layer, layers),
    accept: () => recordTrust(file, text, env),
  }
}

/** Revokes the trust in a project's file, which may no longer exist. */
export function revokeTrust(
  surroundings: Surroundings,
  name?: string,
): { file: string; wasTrusted: boolean } {
  const { cwd, env } = surroundings
  const file = name === undefined ? projectFile(cwd, env)?.file : projectPath(name, cwd)
  if (file === undefined) throw new ConfigError('there is no project file here')
  return { file, wasTrusted: removeTrust(file, env) }
}

/** The addresses of all aliases; of another name for an alias those of its target. */
function nodesIn({ aliases }: Layer, layers: readonly Layer[]): string[] {
  const all = [...aliases.values()].flatMap(definition => {
    const found =
      typeof definition === 'string' ? layers.map(layer => layer.aliases.get(definition)) : [definition]
    return found.flatMap(one => (typeof one === 'object' ? nodeAddresses(one).map(withoutCredentials) : []))
  })
  return [...new Set(all)]
}

function fileNamed(file: string): FoundFile['source'] {
  refuseForeignFile(file)
  return loadFile(file)
}

function userLayers(surroundings: Surroundings): Layer[] {
  const [, search] = fileSearches(surroundings)
  const found = search?.()
  return found === undefined ? [] : [toLayer(found, surroundings.env)]
}
