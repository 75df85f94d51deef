import { FieldError, type Path, type Source } from './mistakes.ts'

/** The environment, as `process.env` has it. */
export type Env = Readonly<Record<string, string | undefined>>

/** Why a variable cannot be filled in; neither text repeats a value. */
export interface VariableFault {
  what: string
  advice?: string
}

/** The groups of `REFERENCE`: `$$`, or a variable with or without a default. */
interface Reference {
  dollar?: string
  name?: string
  fallback?: string
}

/** `$$`, `${NAME}`, `${NAME:-default}`, or a `${` that begins none of them. */
const REFERENCE =
  /\$(?:(?<dollar>\$)|\{(?<name>[A-Za-z_]\w*)(?::-(?<fallback>(?:[^$}]|\$\$|\$(?!\{))*))?\}|\{)/g

/**
 * Fills in the variables of a text: `${NAME}`, `${NAME:-default}` where it is unset or empty, and `$$` for a dollar.
 * Any other dollar stays.
 *
 * @param fail called for a variable that cannot be filled in; what it returns takes the variable's place
 */
export function expand(text: string, env: Env, fail: (fault: VariableFault) => string): string {
  return text.replace(REFERENCE, (...found) => {
    const { dollar, name, fallback } = found.at(-1) as Reference
    if (dollar !== undefined) return dollar
    if (name === undefined)
      return fail({ what: 'a `${` without a name and a closing brace; write `$${` for the characters' })
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value?.includes(REPLACEMENT)) return fail({ what: `the value of the variable ${name} is not UTF-8` })
    if (fallback !== undefined) return value || fallback.replaceAll('$$', '$')
    return value ?? fail({ what: `the variable ${name} is not set`, advice: UNSET_ADVICE })
  })
}

/** A text with `\0`, which no name and no path contains, in the place of what cannot be filled in. */
export const expandKnown = (text: string, env: Env): string => expand(text, env, () => '\0')

/** What Node puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd'

const UNSET_ADVICE = 'export it, or write a default after its name (:-default)'

/**
 * Fills in the variables of the text at `path` of a source.
 *
 * @throws {ConfigError} for a variable that is not set
 */
export function expandAt(source: Source, path: Path, { text, env }: { text: string; env: Env }): string {
  return expand(text, env, ({ what, advice }) => {
    throw new FieldError(source, { path, what }, { advice })
  })
}

/** Whether a text refers to variables. */
export const hasVariables = (text: string): boolean =>
  referencesIn(text).some(({ dollar }) => dollar === undefined)

/** The names of the variables that a text refers to; a `${` without a name counts as `${`. */
export const variablesIn = (text: string): string[] =>
  referencesIn(text).flatMap(({ dollar, name }) => (dollar === undefined ? [name ?? '${'] : []))

/** Whether a text reveals its value: it refers to no variable, or has a default for one. */
export const isLiteral = (text: string): boolean =>
  !hasVariables(text) || referencesIn(text).some(({ fallback }) => fallback)

const referencesIn = (text: string): Reference[] =>
  [...text.matchAll(REFERENCE)].map(({ groups }) => groups as Reference)
