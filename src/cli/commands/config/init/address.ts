import {
  type Credentials,
  cloudMistake,
  credentialsDiffer,
  nodeMistake,
  parseNodeUrl,
} from '../../../../config/node-url.ts'
import { hasVariables } from '../../../../config/variables.ts'
import { UsageError } from '../../../../errors.ts'
import type { Context } from '../../../context.ts'
import { askText, NO_TERMINAL } from '../../../prompt.ts'
import type { InitSession } from './options.ts'

/** Where a cluster is, and the user and password that were in its URLs. */
export interface ClusterAddress {
  nodes: readonly string[]
  cloudId?: string | undefined
  credentials?: Credentials | undefined
}

/** @throws {UsageError} where the options do not say and there is no terminal to prompt on */
export async function askAddress({ options, interactive, context }: InitSession): Promise<ClusterAddress> {
  const { node = [], cloudId } = options
  if (node.length > 0 || cloudId !== undefined) return { nodes: node, cloudId }
  if (interactive) return await enterAddress('http://localhost:9200', context)
  throw new UsageError(`--node or --cloud-id is missing, and ${NO_TERMINAL}`, {
    advice: 'for example: esconn config init --node http://localhost:9200',
  })
}

export const enterAddress = (fallback: string, { io }: Context): Promise<ClusterAddress> =>
  askText('URL of a node, or Cloud ID', io, { parse: parseAddress, fallback })

/** A URL that refers to variables stays as it is. */
function parseAddress(typed: string): ClusterAddress {
  if (cloudMistake(typed) === undefined) return { nodes: [], cloudId: typed }
  const urls = typed.split(/[\s,]+/)
  const mistake = urls.map(url => (hasVariables(url) ? undefined : nodeMistake(url))).find(Boolean)
  if (mistake !== undefined) throw new UsageError(`the URL of a node ${mistake}`)
  if (urls.some(hasVariables)) return { nodes: urls }
  const nodes = urls.map(parseNodeUrl)
  const logins = nodes.map(({ login }) => login)
  if (credentialsDiffer(logins)) throw new UsageError('all nodes must have the same user and password')
  return { nodes: nodes.map(({ url }) => url), credentials: logins[0] }
}
