import { ConfigError } from '../errors.ts'
import { at, type Path, type Source } from './mistakes.ts'

/** The environment, as `process.env` has it. */
export type Env = Readonly<Record<string, string | undefined>>

interface Mark {
  dollar?: string
  name?: string
  fallback?: string
}

/** `$$`, `${NAME}`, `${NAME:-default}`, or a `${` that begins none of them. */
const MARK = /\$(?:(?<dollar>\$)|\{(?<name>[A-Za-z_]\w*)(?::-(?<fallback>(?:[^$}]|\$\$|\$(?!\{))*))?\}|\{)/g

/** Whether variables are asked for. */
export const hasVariables = (text: string): boolean =>
  marksIn(text).some(({ dollar }) => dollar === undefined)

/** The names of the variables that are asked for; a `${` that begins none counts by its text. */
export const variablesIn = (text: string): string[] =>
  marksIn(text).flatMap(({ dollar, name }) => (dollar === undefined ? [name ?? '${'] : []))

/** Whether `text` gives away what it stands for: it asks for no variable, or has a default for one. */
export const isLiteral = (text: string): boolean =>
  !hasVariables(text) || marksIn(text).some(({ fallback }) => fallback)

/**
 * Fills in the variables of a text: `${NAME}`, `${NAME:-default}` where it is unset or empty, and `$$` for a dollar.
 * Any other dollar stays.
 *
 * @param fail called with what is wrong, which names the variable but no value; never returns
 */
export function expand(text: string, env: Env, fail: (what: string) => never): string {
  return text.replace(MARK, (...found) => {
    const { dollar, name, fallback } = found.at(-1) as Mark
    if (dollar !== undefined) return dollar
    if (name === undefined)
      return fail('a `${` without a name and a closing brace; `$${` gives the characters')
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (fallback !== undefined) return value || fallback.replaceAll('$$', '$')
    return value ?? fail(`the variable ${name} is not set`)
  })
}

/** What can be done about a fault of a text. */
export const mendOf = (what: string): string | undefined =>
  what.startsWith('the variable') ? 'export it, or write a default behind its name (:-default)' : undefined

const marksIn = (text: string): Mark[] => [...text.matchAll(MARK)].map(({ groups }) => groups as Mark)

/**
 * Fills in the variables of the text that stands at `path` of a source.
 *
 * @throws {ConfigError} for a variable that is not set
 */
export function expandAt(source: Source, path: Path, { text, env }: { text: string; env: Env }): string {
  return expand(text, env, what => {
    throw new ConfigError(`${at(source, path)}: ${what}`, { advice: mendOf(what) })
  })
}
