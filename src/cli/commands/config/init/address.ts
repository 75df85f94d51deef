import { cloudMistake } from '../../../../config/cloud.ts'
import { hasVariables } from '../../../../config/expand.ts'
import { loginsDiffer, nodeMistake, parseNode, type Login as UrlLogin } from '../../../../config/nodes.ts'
import { isName, NAME_RULE } from '../../../../config/schema/rules.ts'
import { UsageError } from '../../../../errors.ts'
import { asked } from '../../../ask.ts'
import { type Session, untilSensible } from './session.ts'

/** Where a cluster stands; a user and password that stood in a URL are taken out of it. */
export interface Address {
  nodes: readonly string[]
  cloudId?: string | undefined
  login?: UrlLogin | undefined
}

/**
 * The alias's name: what the options say, or what is entered.
 *
 * @throws {UsageError} for what cannot be a name
 */
export async function nameOf(session: Session): Promise<string> {
  const { options, asks, context } = session
  const given =
    options.name ?? context.globals.alias ?? (hasAddress(options) || !asks ? 'default' : undefined)
  if (given !== undefined) return sensibleName(given)
  return await untilSensible(session, async () =>
    sensibleName(await asked('Name of the alias:', context.io, 'default')),
  )
}

function sensibleName(name: string): string {
  if (isName(name)) return name
  throw new UsageError(`the alias ${NAME_RULE}`)
}

/**
 * Where the cluster stands: what the options say, or what is entered.
 *
 * @throws {UsageError} where neither says anything
 */
export async function addressOf(session: Session): Promise<Address> {
  const { options, asks, context } = session
  if (hasAddress(options)) return { nodes: options.node ?? [], cloudId: options.cloudId }
  if (!asks)
    throw new UsageError('--node or --cloud-id is missing, and there is no terminal to ask on', {
      advice: 'for example: esconn config init --node http://localhost:9200',
    })
  return await untilSensible(session, async () =>
    sensibleAddress(await asked('URL of a node, or Cloud ID:', context.io, 'http://localhost:9200')),
  )
}

const hasAddress = ({ node, cloudId }: Session['options']): boolean => (node ?? cloudId) !== undefined

/** What asks for a variable stays as it is. */
function sensibleAddress(typed: string): Address {
  if (cloudMistake(typed) === undefined) return { nodes: [], cloudId: typed }
  const urls = typed.split(/[\s,]+/)
  const mistake = urls.map(url => (hasVariables(url) ? undefined : nodeMistake(url))).find(Boolean)
  if (mistake !== undefined) throw new UsageError(`a node's URL ${mistake}`)
  if (urls.some(hasVariables)) return { nodes: urls }
  const nodes = urls.map(parseNode)
  const logins = nodes.map(({ login }) => login)
  if (loginsDiffer(logins)) throw new UsageError('the same user and password must stand in every node')
  return { nodes: nodes.map(({ url }) => url), login: logins[0] }
}
