import { WireError } from '../../errors.ts'
import { identify } from '../../wire/identity.ts'
import { objectOf } from '../../wire/refusal.ts'
import type { Visit } from './visit.ts'

/** What a node says of itself and of its cluster; undefined is what it does not tell. */
export interface Identity {
  /** `Elasticsearch` or `OpenSearch`. */
  flavour: string
  version: string | undefined
  cluster: string | undefined
  uuid: string | undefined
  name: string | undefined
}

/**
 * What answers at `GET /`, `Elasticsearch 9.5.3` for example.
 *
 * @throws {WireError} if it is neither Elasticsearch nor OpenSearch, or does not let us in
 */
export async function productOf(visit: Visit): Promise<string> {
  const { status, headers, text } = await visit.root()
  try {
    return await identify({
      status,
      headers,
      node: visit.address,
      chunks: inOnePiece(text),
      redact: visit.clean,
    })
  } catch (error) {
    throw visit.told(error)
  }
}

async function* inOnePiece(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

/** What a node says of itself, asked once. */
export const identityOf = (visit: Visit): Promise<Identity> => visit.once('identity', () => identityAt(visit))

async function identityAt(visit: Visit): Promise<Identity> {
  const root = await visit.root()
  const [flavour = ''] = (await productOf(visit)).split(' ')
  const { name, cluster_name, cluster_uuid, version } = root.status === 200 ? objectOf(root.text) : {}
  const { number, build_flavor } = Object(version)
  const told = {
    flavour: build_flavor === 'serverless' ? `${flavour} Serverless` : flavour,
    version: text(number),
    cluster: text(cluster_name),
    uuid: text(cluster_uuid),
    name: text(name),
  }
  return told.version === undefined ? { ...told, ...(await otherwise(visit)) } : told
}

/** What a cluster that keeps `GET /` to itself may say in other places. */
async function otherwise(visit: Visit): Promise<Partial<Identity>> {
  const nodes = await said(visit, '/_nodes/_local', 'cluster_name,nodes.*.name,nodes.*.version')
  const state = await said(visit, '/_cluster/state/version', 'cluster_uuid')
  const [node] = Object.values(Object(nodes.nodes))
  const { name, version } = Object(node)
  return {
    version: text(version),
    cluster: text(nodes.cluster_name),
    uuid: text(state.cluster_uuid),
    name: text(name),
  }
}

/** Empty where it does not tell. */
async function said(visit: Visit, path: string, members: string): Promise<Record<string, unknown>> {
  try {
    const { text } = await visit.ask({ method: 'GET', path, querystring: `filter_path=${members}` })
    return objectOf(text)
  } catch (error) {
    if (error instanceof WireError && error.status !== undefined) return {}
    throw error
  }
}

/** A text that is one; a cluster that has not formed yet calls itself `_na_`. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '_na_' ? value : undefined
