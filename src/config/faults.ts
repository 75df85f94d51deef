import { ConfigError } from '../errors.ts'
import { type Env, expandAt, hasVariables, mendOf } from './expand.ts'
import { askingsOf } from './inspect.ts'
import type { Target } from './lookup.ts'
import type { Path } from './mistakes.ts'
import { filesIn } from './secrets/fields.ts'
import { SecretReader, withoutLineEnd } from './secrets/reader.ts'
import { filled, proxiesOf, unfilled } from './settle.ts'

/**
 * All that keeps an alias from being used, as far as that can be seen without asking the keyring, a command or AWS:
 * variables, what they are filled into, files.
 */
export function faultsIn(target: Target, env: Env): ConfigError[] {
  const unset = unsetIn(target, env)
  const rest = unset.length > 0 ? [] : caught(() => void proxiesOf(filled(target, env), env))
  return [...unset, ...rest, ...fileFaultsIn(target, env)]
}

/** Each variable that is asked for and is not set, and what only looks like one. */
export function unsetIn(target: Target, env: Env): ConfigError[] {
  return askingsOf(target, env).flatMap(({ place, faults }) =>
    faults.map(fault => new ConfigError(`${place}: ${fault}`, { advice: mendOf(fault) })),
  )
}

/** Each file that is not there, or does not hold what it should; one whose variable is not set is passed over. */
export function fileFaultsIn(target: Target, env: Env): ConfigError[] {
  const { layer, name } = target
  const reader = new SecretReader(target, env)
  const isKnown = unsetIn(target, env).length === 0
  const judge = ([path, written]: [Path, string]) => {
    const file = expandAt(layer.source, ['aliases', name, ...path], { text: written, env })
    reader.judged(withoutLineEnd(reader.file(file, path)), path)
  }
  const files = filesIn(unfilled(target)).filter(([, written]) => isKnown || !hasVariables(written))
  return files.flatMap(file => caught(() => judge(file)))
}

function caught(act: () => void): ConfigError[] {
  try {
    act()
    return []
  } catch (error) {
    if (error instanceof ConfigError) return [error]
    throw error
  }
}
