import { escapeInvisible } from '../../text.ts'
import { FieldError } from '../mistakes.ts'
import type { AliasTarget, Layer } from '../types.ts'
import type { Env } from '../variables.ts'
import { changesOf } from './facts.ts'
import { needsOf } from './needs.ts'

/**
 * Refuses an alias of a project's file that needs trust.
 *
 * @throws {ConfigError} where the file is not trusted, and where the alias leads elsewhere than when it was
 */
export function refuseUntrusted(layers: readonly Layer[], target: AliasTarget, env: Env): void {
  const { layer, name } = target
  if (layer.origin !== 'project') return
  const [need] = needsOf(layers, target, env)
  if (need === undefined) return
  if (layer.trust !== 'trusted') {
    const state = layer.trust === 'changed' ? 'has changed since you trusted it' : 'is not trusted'
    const what = `the file ${state}, and uses ${need.what}`
    const advice = 'define the alias in your own file, or pass the path of this file as `config`'
    throw new FieldError(layer.source, { path: need.path, what }, { advice, hint: { kind: 'trust-file' } })
  }
  const [what] = changesOf(layers, target, env)
  if (what === undefined) return
  const advice = 'undo that, or pass the path of this file as `config`'
  throw new FieldError(
    layer.source,
    { path: ['aliases', name], what: escapeInvisible(what) },
    { advice, hint: { kind: 'trust-again' } },
  )
}
