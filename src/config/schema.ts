import * as v from 'valibot'
import { hasVariables } from './expand.ts'
import { NoJson, toJson } from './json.ts'
import { loginsDiffer, nodeMistake, parseNode } from './nodes.ts'
import { anyMapping, described, either, fields, isName, judged, NAME_RULE, names, text } from './rules.ts'

/** The query of a view; it leaves as JSON text, in which no digit is lost. */
const querySchema = v.pipe(
  anyMapping,
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    try {
      return toJson(value)
    } catch (error) {
      if (!(error instanceof NoJson)) throw error
      addIssue({ message: error.message })
      return NEVER
    }
  }),
)

/** What one alias is: where its cluster stands and how it is reached. A view's query is JSON text. */
export type Definition = v.InferOutput<ReturnType<typeof definitionSchema>>

/**
 * The definition of one alias.
 *
 * @param filled whether `${…}` has been filled in, so that every string can be judged
 */
export function definitionSchema(filled: boolean) {
  const url = text(filled, nodeMistake)
  const urls = v.pipe(v.array(url, 'must be a list of URLs'), v.nonEmpty('must not be empty'))
  return v.pipe(
    fields({
      node: described(url, 'URL of the node, http or https; a path in it is a prefix of every request'),
      nodes: described(urls, 'URLs of several nodes of one cluster'),
      auth: described(authSchema(filled), 'How to log in: username and password, or apiKey, or bearer'),
      tls: described(tlsSchema(filled), 'How the certificate of the cluster is judged'),
      indices: described(indicesSchema(filled), 'Names of your own for indices and views'),
    }),
    judged(addressFault),
    judged(mapping => loginFault(filled, mapping)),
    v.description('A cluster'),
  )
}

/** A whole file: each alias is a definition, or the name of another alias. */
export const fileSchema = fields({
  $schema: described(text(true), 'Address of the JSON Schema, for editors'),
  aliases: described(
    names(
      either(
        v.pipe(nameOf(false), v.description('Another name for an alias')),
        definitionSchema(false),
        'must be the name of another alias, or a mapping with `node` or `nodes`',
      ),
    ),
    'The clusters, by the names that you give them',
  ),
})

/** The name of an alias, where one is named by another. */
export function nameOf(filled: boolean) {
  return text(filled, value => (isName(value) ? undefined : `${NAME_RULE}; a URL goes under \`node\``))
}

function authSchema(filled: boolean) {
  const login = fields({
    username: described(text(filled, usernameMistake), 'Name of the user'),
    password: described(text(filled), 'Password of the user'),
    apiKey: described(text(filled, tokenMistake), 'API key in its encoded form'),
    bearer: described(text(filled, tokenMistake), 'Token of a bearer'),
  })
  return v.pipe(login, judged(authFault))
}

function tlsSchema(filled: boolean) {
  return fields({
    ca: described(text(filled), 'PEM file of the trusted authorities, relative to this file'),
    verify: described(v.boolean('must be true or false'), 'Whether certificates are checked; default true'),
  })
}

function indicesSchema(filled: boolean) {
  const index = v.pipe(text(filled), v.description('Index expression'))
  const view = fields({ index, query: v.pipe(querySchema, v.description('Query that is always in force')) })
  return names(either(index, view, 'must be an index expression, or a mapping with `index` and `query`'))
}

function addressFault({ node, nodes }: Record<string, unknown>): string | undefined {
  if (node === undefined && nodes === undefined) return 'needs `node` or `nodes`'
  return node === undefined || nodes === undefined ? undefined : 'must have only one of `node` and `nodes`'
}

function loginFault(filled: boolean, { node, nodes, auth }: Record<string, unknown>): string | undefined {
  const texts = [node, nodes].flat().filter(url => typeof url === 'string')
  const urls = texts.filter(url => !nodeMistake(url) && (filled || !hasVariables(url)))
  const logins = urls.map(url => parseNode(url).login)
  if (loginsDiffer(logins)) return 'the same user and password must stand in every node, or in `auth` alone'
  return auth !== undefined && logins[0] !== undefined
    ? 'has a user in its URL, so that it can have no `auth`'
    : undefined
}

function authFault(auth: Record<string, unknown>): string | undefined {
  const { username, password, apiKey, bearer } = auth
  const kinds = [username ?? password, apiKey, bearer].filter(kind => kind !== undefined).length
  if (kinds !== 1) return 'must have exactly one of: `username` and `password`, `apiKey`, `bearer`'
  return (username === undefined) === (password === undefined)
    ? undefined
    : 'needs `username` and `password` together'
}

function usernameMistake(value: string): string | undefined {
  return value.includes(':') ? 'must not hold a colon' : undefined
}

function tokenMistake(value: string): string | undefined {
  return /^[\x21-\x7E]+$/.test(value) ? undefined : 'must be one word of ASCII characters, without a line end'
}
