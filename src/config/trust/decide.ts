import { dirname } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { loadFile } from '../files.ts'
import { type Found, type Surroundings, searches } from '../find.ts'
import { type Layer, layerOf } from '../layers.ts'
import { at } from '../mistakes.ts'
import { withoutLogin } from '../nodes.ts'
import { projectFile, projectPath } from '../project.ts'
import { nodesOf } from '../settle.ts'
import { needsOf } from './needs.ts'
import { refuseForeign } from './owner.ts'
import { recordTrust, removeTrust, type Trust } from './store.ts'

/** A project's file, and what trusting it would mean. */
export interface Candidate {
  file: string
  trust: Trust
  /** Each thing that it could do then, with the place that says so. */
  grants: { place: string; what: string }[]
  /** The addresses that its aliases have, without logins. */
  nodes: string[]
  /** Records that it may, as long as none of its bytes changes. */
  accept: () => void
}

/**
 * The project's file of that name, or the one that holds here.
 *
 * @throws {ConfigError} where there is none, or it cannot be trusted at all
 */
export function candidate(surroundings: Surroundings, name?: string): Candidate {
  const { cwd, env } = surroundings
  const source = name === undefined ? projectFile(cwd, env) : fileNamed(projectPath(name, cwd))
  const { file, text } = source ?? {}
  if (source === undefined || file === undefined || text === undefined)
    throw new ConfigError('there is no project file here', { advice: 'name it: esconn config trust FILE' })
  const layer = layerOf({ origin: 'project', source, base: dirname(file) }, env)
  const layers = [layer, ...userLayers(surroundings)]
  const needs = [...layer.aliases.keys()].flatMap(alias => needsOf(layers, layer, alias))
  return {
    file,
    trust: layer.trust,
    grants: needs.map(({ path, what }) => ({ place: at(source, path), what })),
    nodes: nodesIn(layer, layers),
    accept: () => recordTrust(file, text, env),
  }
}

/** Takes back the trust in a project's file, which may be gone; answers with its path and whether there was any. */
export function withdraw(surroundings: Surroundings, name?: string): { file: string; withdrawn: boolean } {
  const { cwd, env } = surroundings
  const file = name === undefined ? projectFile(cwd, env)?.file : projectPath(name, cwd)
  if (file === undefined) throw new ConfigError('there is no project file here')
  return { file, withdrawn: removeTrust(file, env) }
}

/** Of other names for aliases, where they lead to. */
function nodesIn({ aliases }: Layer, layers: readonly Layer[]): string[] {
  const all = [...aliases.values()].flatMap(definition => {
    const found =
      typeof definition === 'string' ? layers.map(layer => layer.aliases.get(definition)) : [definition]
    return found.flatMap(one => (typeof one === 'object' ? nodesOf(one).map(withoutLogin) : []))
  })
  return [...new Set(all)]
}

function fileNamed(file: string): Found['source'] {
  refuseForeign(file)
  return loadFile(file)
}

function userLayers(surroundings: Surroundings): Layer[] {
  const [, search] = searches(surroundings)
  const found = search?.()
  return found === undefined ? [] : [layerOf(found, surroundings.env)]
}
