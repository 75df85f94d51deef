import * as v from 'valibot'
import { list, type Mistake, nearest, type Path, refuse, type Source } from './mistakes.ts'

/**
 * What `schema` makes of the data at `path` of a source.
 *
 * @throws {ConfigError} telling the first of all mistakes
 */
export function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  data: unknown,
  { source, path }: { source: Source; path: Path },
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  const mistakes = result.issues.flatMap(issue => mistakesOf(issue, path))
  throw refuse(source, mistakes)
}

/** What an issue says in our words; where two forms were possible, what is wrong inside the one that was meant. */
function mistakesOf(issue: v.BaseIssue<unknown>, outer: Path): Mistake[] {
  const path = [...outer, ...(issue.path ?? []).map(({ key }) => key as string | number)]
  const inner = (issue.issues ?? []).filter(({ path, kind }) => path !== undefined || kind === 'validation')
  if (inner.length > 0) return inner.flatMap(one => mistakesOf(one, path))
  return [{ path, what: issue.type === 'never' ? unknownKey(path, issue.message) : issue.message }]
}

function unknownKey(path: Path, message: string): string {
  const known = message.split(' ')
  return `unknown key${nearest(String(path.at(-1)), known) || list(known)}`
}
