import { WireError } from '../../errors.ts'
import { objectOf } from '../../wire/refusal.ts'
import type { Visit } from './visit.ts'

/** As whom a cluster lets us in. */
export interface Login {
  /** Whose way of security it has; `none` where everybody is let in, `silent` where it does not say. */
  security: 'elasticsearch' | 'opensearch' | 'none' | 'silent'
  user?: string
  roles?: readonly string[]
  realm?: string | undefined
  /** Why it does not say. */
  reason?: string
}

/** Endpoints that say who asks, by whose security has them. */
const ENDPOINTS = {
  elasticsearch: '/_security/_authenticate',
  opensearch: '/_plugins/_security/authinfo',
} as const

type Flavour = keyof typeof ENDPOINTS

/** As whom a node lets us in, asked once. */
export const loginOf = (visit: Visit): Promise<Login> => visit.once('login', () => loginAt(visit))

/** @throws {WireError} `denied` where it does not let us in */
async function loginAt(visit: Visit): Promise<Login> {
  const root = await visit.root()
  try {
    for (const flavour of flavoursOf(root.text)) {
      const who = await ask(visit, flavour)
      if (who) return who
    }
    return { security: 'none' }
  } catch (error) {
    if (!(error instanceof WireError && error.fault === 'denied')) throw error
    const byUs = error.status === undefined // what a readonly alias does not let pass
    if (root.status !== 200 && !byUs) throw error
    return { security: 'silent', reason: error.message }
  }
}

/** Where it is known, the other's endpoint is not asked for: Amazon's service answers 401 to what it does not know. */
function flavoursOf(root: string): readonly Flavour[] {
  const { version } = objectOf(root)
  const { distribution, number } = Object(version)
  if (distribution === 'opensearch') return ['opensearch']
  return number === undefined ? ['elasticsearch', 'opensearch'] : ['elasticsearch']
}

/** Undefined where there is no such endpoint. */
async function ask(visit: Visit, flavour: Flavour): Promise<Login | undefined> {
  try {
    const { text } = await visit.ask({ method: 'GET', path: ENDPOINTS[flavour] })
    const said = objectOf(text)
    const { name } = Object(said.authentication_realm)
    const roles = Array.isArray(said.roles) ? said.roles.map(String) : []
    const user = String(said.username ?? said.user_name ?? 'somebody')
    return { security: flavour, user, roles, realm: typeof name === 'string' ? name : undefined }
  } catch (error) {
    if (error instanceof WireError && ['refused', 'foreign'].includes(error.fault)) return undefined
    throw error
  }
}
