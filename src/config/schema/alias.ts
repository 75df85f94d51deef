import * as v from 'valibot'
import { NotJsonError, toJson } from '../../json/numbers.ts'
import { cloudMistake, credentialsDiffer, nodeMistake, parseNodeUrl, proxyMistake } from '../node-url.ts'
import { hasVariables } from '../variables.ts'
import { authSchema, secret } from './auth.ts'
import {
  anyMapping,
  checkMapping,
  durationText,
  either,
  exactlyOne,
  fields,
  isName,
  NAME,
  NAME_RULE,
  names,
  optionalField,
  safeMapping,
  text,
  variableReference,
  wholeNumber,
} from './fields.ts'
import { tlsSchema } from './tls.ts'

const ADDRESS = /^https?:\/\/[^\s?#\\]+$/i
const CLOUD_ID = 'logs:ZXUtd2VzdC0xLmF3cy5mb3VuZC5pbyQ0ZmQxZTliOGMxYTM0YjdjJGEyYzBkZTVm'

/** The definition of an alias; the query of a view is JSON text. */
export type Definition = v.InferOutput<ReturnType<typeof definitionSchema>>

/** The address of the cluster. */
const addressFields = (filled: boolean) => {
  const url = v.pipe(text(filled, nodeMistake), v.metadata({ pattern: ADDRESS }))
  const urls = v.pipe(v.array(url, 'must be a list of URLs'), v.nonEmpty('must not be empty'))
  return {
    node: optionalField(url, 'URL of the node, http or https; a path in it is a prefix of every request', {
      examples: ['http://localhost:9200'],
    }),
    nodes: optionalField(urls, 'URLs of several nodes of one cluster', {
      examples: [['https://es1.example:9200', 'https://es2.example:9200']],
    }),
    cloudId: optionalField(
      text(filled, cloudMistake),
      'Cloud ID of a deployment on Elastic Cloud, instead of nodes',
      { examples: [CLOUD_ID], pattern: /^[^:]*:[A-Za-z0-9+/_-]+=*$/ },
    ),
  }
}

/** How requests are sent. */
const requestFields = (filled: boolean) => {
  const truth = v.boolean('must be true or false')
  return {
    proxy: optionalField(
      text(filled, proxyMistake),
      'HTTP proxy to the nodes; default: HTTPS_PROXY, ALL_PROXY and NO_PROXY as in curl',
      { examples: ['http://proxy.example:3128'], pattern: ADDRESS },
    ),
    headers: optionalField(headersSchema(filled), 'Headers sent with every request', {
      examples: [{ 'X-Team': 'search' }],
    }),
    timeout: optionalField(
      durationText(filled),
      'Longest wait for the first byte, and longest pause after it',
      { default: '30s', examples: ['5s'] },
    ),
    retries: optionalField(wholeNumber(100), 'How often a failed request is retried', {
      default: 3,
      examples: [0],
    }),
    compression: optionalField(truth, 'Whether requests and responses are compressed', {
      default: false,
      examples: [true],
    }),
    readonly: optionalField(truth, 'Whether requests that could change something are refused', {
      default: false,
      examples: [true],
    }),
  }
}

/**
 * The definition of one alias.
 *
 * @param filled whether variables have been filled in, so that every string can be checked
 */
export function definitionSchema(filled: boolean) {
  return v.pipe(
    fields({
      ...addressFields(filled),
      auth: optionalField(authSchema(filled), 'How to log in', {
        examples: [{ apiKey: variableReference('LOGS_API_KEY') }],
      }),
      tls: optionalField(
        tlsSchema(filled),
        'How the certificate of the cluster is verified, and which client certificate is sent',
        { examples: [{ ca: './ca.pem' }] },
      ),
      ...requestFields(filled),
      indices: optionalField(indicesSchema(filled), 'Your names for indices and views', {
        examples: [{ access: 'logs-access-*' }],
      }),
    }),
    checkMapping(checkAddress),
    checkMapping(mapping => checkLogin(filled, mapping)),
    v.metadata({ title: 'Cluster', description: 'A cluster', ...exactlyOne('node', 'nodes', 'cloudId') }),
  )
}

function checkAddress({ node, nodes, cloudId }: Record<string, unknown>): string | undefined {
  const given = [node, nodes, cloudId].filter(address => address !== undefined).length
  if (given === 0) return 'needs `node`, `nodes` or `cloudId`'
  return given === 1 ? undefined : 'must have only one of `node`, `nodes` and `cloudId`'
}

function checkLogin(
  filled: boolean,
  { node, nodes, auth, headers }: Record<string, unknown>,
): string | undefined {
  const texts = [node, nodes].flat().filter(url => typeof url === 'string')
  const urls = texts.filter(url => !nodeMistake(url) && (filled || !hasVariables(url)))
  const logins = urls.map(url => parseNodeUrl(url).login)
  if (credentialsDiffer(logins))
    return 'every node must have the same user and password, or write them only in `auth`'
  if (logins[0] !== undefined && auth !== undefined)
    return 'has a user in its URL and therefore cannot have `auth`'
  const own = Object.keys(Object(headers)).some(name => name.toLowerCase() === 'authorization')
  return own && (auth ?? logins[0]) !== undefined
    ? 'logs in already and therefore cannot have the header `authorization`'
    : undefined
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/
const HEADER_VALUE = /^[\t -~]+$/

/** Headers that the client, the connection or another field of the alias sets. */
const RESERVED_HEADER =
  /^(?:host|user-agent|accept|accept-encoding|content-.*|connection|keep-alive|expect|te|trailer|transfer-encoding|upgrade|proxy-.*|x-http-method.*|x-method-override)$/i

/** The field `headers`. */
function headersSchema(filled: boolean) {
  const name = v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed ? headerNameMistake(dataset.value) : undefined
      if (message !== undefined) addIssue({ message })
    }),
    v.metadata({ pattern: HEADER_NAME, not: { pattern: RESERVED_HEADER } }),
  )
  const value = v.pipe(secret(filled, headerValueMistake), v.metadata({ pattern: HEADER_VALUE }))
  return v.pipe(safeMapping, v.record(name, value))
}

/** Why a header cannot be set by the user; undefined if it can. */
export function headerNameMistake(name: string): string | undefined {
  if (!HEADER_NAME.test(name)) return 'is not the name of a header'
  return RESERVED_HEADER.test(name) ? 'is a header that esconn sets itself' : undefined
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.values, without characters that Node would send as Latin-1. */
export function headerValueMistake(value: string): string | undefined {
  return HEADER_VALUE.test(value) ? undefined : 'must be ASCII characters on one line'
}

/** The query of a view; its output is JSON text, in which no digit is lost. */
const querySchema = v.pipe(
  anyMapping,
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    try {
      return toJson(value)
    } catch (error) {
      if (!(error instanceof NotJsonError)) throw error
      addIssue({ message: error.message })
      return NEVER
    }
  }),
)

/** The field `indices`. */
export function indicesSchema(filled: boolean) {
  const index = v.pipe(text(filled), v.metadata({ description: 'Index expression', examples: ['logs-*'] }))
  const view = fields({
    index,
    query: optionalField(querySchema, 'Query that always applies', {
      examples: [{ term: { level: 'error' } }],
    }),
    timeField: optionalField(text(filled), 'Field of --since and --until; default: @timestamp', {
      examples: ['published'],
    }),
  })
  return names(either(index, view, 'must be an index expression, or a mapping with `index`'))
}

/** A whole file: each alias is a definition, or the name of another alias. */
export const fileSchema = fields({
  $schema: optionalField(text(true), 'Address of the JSON Schema, for editors', {
    examples: ['./node_modules/esconn/esconn.schema.json'],
  }),
  aliases: optionalField(
    names(
      either(
        v.pipe(aliasName(false), v.metadata({ description: 'Another name for an alias', pattern: NAME })),
        definitionSchema(false),
        'must be the name of another alias, or a mapping with `node`, `nodes` or `cloudId`',
      ),
    ),
    'The clusters, by your names for them',
    { examples: [{ default: { node: 'http://localhost:9200' }, local: 'default' }] },
  ),
})

/** The name of an alias as the value of another. */
export function aliasName(filled: boolean) {
  return text(filled, value => (isName(value) ? undefined : `${NAME_RULE}; a URL goes under \`node\``))
}
