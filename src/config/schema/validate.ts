import * as v from 'valibot'
import { list, type Mistake, nearest, type Path, refuse, type Source } from '../mistakes.ts'

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
  return `unknown key${hint(String(path.at(-1)), known) ?? list(known)}`
}

/** What other tools call a field of ours. */
const ELSEWHERE: Record<string, string> = {
  user: 'username',
  pass: 'password',
  api_key: 'apiKey',
  token: 'bearer',
  service_token: 'serviceToken',
  url: 'node',
  host: 'node',
  urls: 'nodes',
  hosts: 'nodes',
  cloud_id: 'cloudId',
  ca_fingerprint: 'caFingerprint',
  fingerprint: 'caFingerprint',
  aliases: 'indices',
}

/** Fields that a person may put one level too high, by the mapping that they belong to. */
const INSIDE: Record<string, readonly string[]> = {
  auth: ['username', 'password', 'apiKey', 'bearer', 'serviceToken', 'aws'],
  tls: ['ca', 'caFingerprint', 'cert', 'key', 'passphrase', 'verify', 'serverName'],
}

function hint(name: string, known: readonly string[]): string | undefined {
  const other = Object.hasOwn(ELSEWHERE, name) ? (ELSEWHERE[name] as string) : name
  const parent = Object.keys(INSIDE).find(key => known.includes(key) && INSIDE[key]?.includes(other))
  if (parent !== undefined) return `; \`${other}\` belongs under \`${parent}\``
  if (known.includes(other)) return `; did you mean \`${other}\`?`
  if (known.includes('aliases')) return nearest(name, known) || '; an alias goes under `aliases`'
  return nearest(name, known) || undefined
}
