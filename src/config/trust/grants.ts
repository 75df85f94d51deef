import { dirname } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { toLayer } from '../configuration.ts'
import { fileSearches, projectFile, projectPath } from '../files/find.ts'
import { loadFile } from '../files/load.ts'
import { locationOf } from '../mistakes.ts'
import type { AliasTarget, FoundFile, Layer, Surroundings, Trust, TrustRecord } from '../types.ts'
import type { Env } from '../variables.ts'
import { destinationOf } from './destinations.ts'
import { changesOf, factsOf } from './facts.ts'
import { needsOf } from './needs.ts'
import { refuseForeignFile } from './owner.ts'
import { recordTrust, removeTrust } from './store.ts'

/** A project's file, and what trusting it would allow. Its texts may contain any character. */
export interface TrustReview {
  file: string
  trust: Trust
  /** What is no longer as it was when the file was trusted, where the file itself is the same. */
  changes: Located[]
  /** Everything that it could use then, and where it does. */
  grants: Located[]
  /** Where each of its aliases leads, and what is sent there. */
  destinations: { alias: string; leadsTo: string; sends: string }[]
  /** Records the trust, which ends when any byte of the file changes, or something else that was shown. */
  accept: () => void
}

/** A statement about a field: `file:line:column: aliases.logs.auth`. */
interface Located {
  location: string
  what: string
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
  const targets = [...layer.aliases.keys()].map(name => ({ layer, name }))
  const needs = targets.flatMap(target => needsOf(layers, target, env))
  const changes = layer.trust === 'trusted' ? targets.flatMap(target => changesIn(layers, target, env)) : []
  const record = recordOf(layers, targets, env)
  return {
    file,
    trust: changes.length > 0 ? 'changed' : layer.trust,
    changes,
    grants: needs.map(({ path, what }) => ({ location: locationOf(source, path), what })),
    destinations: targets.map(target => {
      const { leadsTo, sends } = destinationOf(layers, target, env)
      return { alias: target.name, leadsTo: leadsTo.shown, sends: sends.shown }
    }),
    accept: () => recordTrust({ file, text }, record, env),
  }
}

/** What has changed about an alias, if it needs trust at all. */
function changesIn(layers: readonly Layer[], target: AliasTarget, env: Env): Located[] {
  if (needsOf(layers, target, env).length === 0) return []
  const location = locationOf(target.layer.source, ['aliases', target.name])
  return changesOf(layers, target, env).map(what => ({ location, what }))
}

/** What is recorded with the trust: as it is when it is shown, not when the user answers. */
function recordOf(layers: readonly Layer[], targets: readonly AliasTarget[], env: Env): TrustRecord {
  const facts = targets.flatMap(target => factsOf(layers, target, env))
  return new Map(facts.map(({ name, hash }) => [name, hash]))
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

function fileNamed(file: string): FoundFile['source'] {
  refuseForeignFile(file)
  return loadFile(file)
}

function userLayers(surroundings: Surroundings): Layer[] {
  const [, search] = fileSearches(surroundings)
  const found = search?.()
  return found === undefined ? [] : [toLayer(found, surroundings.env)]
}
