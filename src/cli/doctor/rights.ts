import { WireError } from '../../errors.ts'
import { objectOf } from '../../wire/refusal.ts'
import { type Finding, warning } from './finding.ts'
import { loginOf } from './login.ts'
import type { Visit } from './visit.ts'

/** By part of an index expression, the rights that we lack on it. */
type Lacking = ReadonlyMap<string, readonly string[]>

const WANTED = ['read', 'view_index_metadata']

/** What we may not do with all that an index expression covers; nothing where the cluster cannot be asked. */
export async function rightsOn(visit: Visit, expression: string): Promise<Lacking> {
  const names = expression.split(',').filter(part => !UNASKED.test(part))
  const { security } = await loginOf(visit)
  if (security !== 'elasticsearch' || names.length === 0) return new Map()
  const body = JSON.stringify({ index: [{ names, privileges: WANTED }] })
  try {
    const { text } = await visit.ask({ method: 'POST', path: '/_security/user/_has_privileges', body })
    const granted = Object.entries(Object(objectOf(text).index))
    return new Map(
      granted.map(([name, rights]) => [name, WANTED.filter(right => Object(rights)[right] === false)]),
    )
  } catch (error) {
    if (error instanceof WireError && error.status !== undefined) return new Map()
    throw error
  }
}

/** What the question does not understand: exclusions, date math, other clusters. */
const UNASKED = /^-|[<>:]/

/** What lacks although a search went well. */
export function lacking(rights: Lacking): Finding[] {
  const without = (right: string) =>
    [...rights].filter(([, lacks]) => lacks.includes(right)).map(([name]) => name)
  const [unread, unseen] = WANTED.map(without) as [string[], string[]]
  return [
    ...unread.map(name =>
      warning(
        `no role grants read on all of ${name}: what is not granted is left out of every answer`,
        `a role with the privilege read on ${name} would show it`,
      ),
    ),
    ...unseen
      .filter(name => !unread.includes(name))
      .map(name =>
        warning(
          `the mappings and settings of ${name} may not be seen`,
          `a role with the privilege view_index_metadata on ${name} would show them; searches do not need it`,
        ),
      ),
  ]
}
