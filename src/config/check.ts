import { ConfigError } from '../errors.ts'
import { faultsIn } from './faults.ts'
import { type Surroundings, searches } from './find.ts'
import { layerOf, warningsOf } from './layers.ts'
import { lookup } from './lookup.ts'
import { Mistakes } from './mistakes.ts'

interface Mistake {
  what: string
  advice?: string | undefined
}

/** What is wrong with a configuration as a whole. */
export interface Findings {
  /** Each with its place, and the mend where there is one. */
  mistakes: Mistake[]
  files: string[]
  aliases: number
}

/**
 * Judges every file and every alias that holds here: whether its chain ends, its variables are set, its files are
 * there, it is trusted. Secrets that only a keyring or a command has are not asked for.
 */
export function check(surroundings: Surroundings, named?: string): Findings {
  const mistakes: Mistake[] = []
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      mistakes.push(...linesOf(error))
      return undefined
    }
  }
  const { env } = surroundings
  const found = searches(surroundings, named).flatMap(search => attempt(search) ?? [])
  const layers = found.flatMap(one => attempt(() => layerOf(one, env)) ?? [])
  for (const layer of layers)
    mistakes.push(...(attempt(() => warningsOf(layer)) ?? []).map(what => ({ what })))
  const aliases = [...new Set(layers.flatMap(layer => [...layer.aliases.keys()]))]
  for (const alias of aliases)
    mistakes.push(...(attempt(() => faultsIn(lookup(layers, alias, env), env).flatMap(linesOf)) ?? []))
  const files = found.flatMap(({ source: { file } }) => file ?? [])
  const once = new Map(mistakes.map(mistake => [mistake.what, mistake]))
  return { mistakes: [...once.values()], files, aliases: aliases.length }
}

const linesOf = (error: ConfigError): Mistake[] =>
  error instanceof Mistakes
    ? error.lines.map(what => ({ what }))
    : [{ what: error.message, advice: error.advice }]
