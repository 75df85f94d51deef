import * as v from 'valibot'
import { cloudMistake } from '../cloud.ts'
import { hasVariables } from '../expand.ts'
import { loginsDiffer, nodeMistake, parseNode, proxyMistake } from '../nodes.ts'
import { durationText, wholeNumber } from './amounts.ts'
import { authSchema } from './auth.ts'
import { headersSchema } from './headers.ts'
import { indicesSchema } from './indices.ts'
import { described, exactlyOne, fields, judged, text, variable } from './rules.ts'
import { tlsSchema } from './tls.ts'

const ADDRESS = /^https?:\/\/[^\s?#\\]+$/i
const CLOUD_ID = 'logs:ZXUtd2VzdC0xLmF3cy5mb3VuZC5pbyQ0ZmQxZTliOGMxYTM0YjdjJGEyYzBkZTVm'

/** What one alias is: where its cluster stands and how it is reached. A view's query is JSON text. */
export type Definition = v.InferOutput<ReturnType<typeof definitionSchema>>

/** Where the cluster stands. */
const addressFields = (filled: boolean) => {
  const url = v.pipe(text(filled, nodeMistake), v.metadata({ pattern: ADDRESS }))
  const urls = v.pipe(v.array(url, 'must be a list of URLs'), v.nonEmpty('must not be empty'))
  return {
    node: described(url, 'URL of the node, http or https; a path in it is a prefix of every request', {
      examples: ['http://localhost:9200'],
    }),
    nodes: described(urls, 'URLs of several nodes of one cluster', {
      examples: [['https://es1.example:9200', 'https://es2.example:9200']],
    }),
    cloudId: described(
      text(filled, cloudMistake),
      "Elastic Cloud's name for the cluster, in place of nodes",
      { examples: [CLOUD_ID], pattern: /^[^:]*:[A-Za-z0-9+/_-]+=*$/ },
    ),
  }
}

/** How it is asked. */
const requestFields = (filled: boolean) => {
  const truth = v.boolean('must be true or false')
  return {
    proxy: described(
      text(filled, proxyMistake),
      'HTTP proxy to the nodes; default: HTTPS_PROXY, ALL_PROXY and NO_PROXY as curl has them',
      { examples: ['http://proxy.example:3128'], pattern: ADDRESS },
    ),
    headers: described(headersSchema(filled), 'Headers that are sent with every request', {
      examples: [{ 'X-Team': 'search' }],
    }),
    timeout: described(
      durationText(filled),
      'How long to wait for the first byte, and in every silence after it',
      { default: '30s', examples: ['5s'] },
    ),
    retries: described(wholeNumber(100), 'Further attempts after one that failed', {
      default: 3,
      examples: [0],
    }),
    compression: described(truth, 'Whether requests and responses are compressed', {
      default: false,
      examples: [true],
    }),
    readonly: described(truth, 'Whether everything that could change something is refused', {
      default: false,
      examples: [true],
    }),
  }
}

/**
 * The definition of one alias.
 *
 * @param filled whether `${…}` has been filled in, so that every string can be judged
 */
export function definitionSchema(filled: boolean) {
  return v.pipe(
    fields({
      ...addressFields(filled),
      auth: described(authSchema(filled), 'How to log in: one of its kinds', {
        examples: [{ apiKey: variable('LOGS_API_KEY') }],
      }),
      tls: described(
        tlsSchema(filled),
        'How the certificate of the cluster is judged, and which one is shown to it',
        { examples: [{ ca: './ca.pem' }] },
      ),
      ...requestFields(filled),
      indices: described(indicesSchema(filled), 'Names of your own for indices and views', {
        examples: [{ access: 'logs-access-*' }],
      }),
    }),
    judged(addressFault),
    judged(mapping => loginFault(filled, mapping)),
    v.metadata({ title: 'Cluster', description: 'A cluster', ...exactlyOne('node', 'nodes', 'cloudId') }),
  )
}

function addressFault({ node, nodes, cloudId }: Record<string, unknown>): string | undefined {
  const given = [node, nodes, cloudId].filter(address => address !== undefined).length
  if (given === 0) return 'needs `node`, `nodes` or `cloudId`'
  return given === 1 ? undefined : 'must have only one of `node`, `nodes` and `cloudId`'
}

function loginFault(
  filled: boolean,
  { node, nodes, auth, headers }: Record<string, unknown>,
): string | undefined {
  const texts = [node, nodes].flat().filter(url => typeof url === 'string')
  const urls = texts.filter(url => !nodeMistake(url) && (filled || !hasVariables(url)))
  const logins = urls.map(url => parseNode(url).login)
  if (loginsDiffer(logins)) return 'the same user and password must stand in every node, or in `auth` alone'
  if (logins[0] !== undefined && auth !== undefined)
    return 'has a user in its URL, so that it can have no `auth`'
  const own = Object.keys(Object(headers)).some(name => name.toLowerCase() === 'authorization')
  return own && (auth ?? logins[0]) !== undefined
    ? 'logs in already, so that it can have no header `authorization`'
    : undefined
}
