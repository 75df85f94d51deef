import * as v from 'valibot'
import { didYouMean, listKnown, type Mistake, mistakesIn, type Path, type Source } from '../mistakes.ts'

/**
 * The output of `schema` for the data at `path` of a source.
 *
 * @throws {ConfigMistakes} with all mistakes of the data
 */
export function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  data: unknown,
  { source, path }: { source: Source; path: Path },
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  const mistakes = result.issues.flatMap(issue => mistakesOf(issue, path))
  throw mistakesIn(source, mistakes)
}

/** The mistakes in an issue; where two forms were possible, those inside the form that was meant. */
function mistakesOf(issue: v.BaseIssue<unknown>, outer: Path): Mistake[] {
  const path = [...outer, ...(issue.path ?? []).map(({ key }) => key as string | number)]
  const inner = (issue.issues ?? []).filter(({ path, kind }) => path !== undefined || kind === 'validation')
  if (inner.length > 0) return inner.flatMap(one => mistakesOf(one, path))
  return [{ path, what: issue.type === 'never' ? unknownKey(path, issue.message) : issue.message }]
}

function unknownKey(path: Path, message: string): string {
  const known = message.split(' ')
  return `unknown key${keyHint(String(path.at(-1)), known) ?? listKnown(known)}`
}

/** Names that other tools have for our fields. */
const OTHER_NAMES: Record<string, string> = {
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

/** Fields that people put one level too high, by the mapping in which they belong. */
const NESTED_FIELDS: Record<string, readonly string[]> = {
  auth: ['username', 'password', 'apiKey', 'bearer', 'serviceToken', 'aws'],
  tls: ['ca', 'caFingerprint', 'cert', 'key', 'passphrase', 'verify', 'serverName'],
}

function keyHint(name: string, known: readonly string[]): string | undefined {
  const other = Object.hasOwn(OTHER_NAMES, name) ? (OTHER_NAMES[name] as string) : name
  const parent = Object.keys(NESTED_FIELDS).find(
    key => known.includes(key) && NESTED_FIELDS[key]?.includes(other),
  )
  if (parent !== undefined) return `; \`${other}\` belongs under \`${parent}\``
  if (known.includes(other)) return `; did you mean \`${other}\`?`
  if (known.includes('aliases')) return didYouMean(name, known) || '; an alias goes under `aliases`'
  return didYouMean(name, known) || undefined
}
