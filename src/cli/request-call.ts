import { headerNameMistake, headerValueMistake } from '../config/schema/alias.ts'
import { isSecretHeader } from '../config/secrets/secret-headers.ts'
import { UsageError } from '../errors.ts'
import { encodeUrl } from '../text.ts'
import type { StreamCall } from '../wire/exchange.ts'
import type { Context } from './context.ts'
import { readOrStream } from './input.ts'

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']

/** What a request is sent with besides its method and path, as typed. */
export interface CallOptions {
  body?: string
  header?: string[]
}

/**
 * The request that the words of a command line describe.
 *
 * @throws {UsageError} for a method, path or header that cannot be sent
 * @throws {InputError} if the body cannot be read
 */
export async function callFrom(
  [typedMethod, typedPath]: readonly [method: string, path: string | undefined],
  { body, header = [] }: CallOptions,
  { io, exchangeOptions: { signal } }: Context,
): Promise<StreamCall> {
  const method = typedMethod.toUpperCase()
  if (typedPath === undefined) throw missingPath(method, typedMethod)
  if (!METHODS.includes(method))
    throw new UsageError(`${typedMethod} is not an HTTP method`, { advice: `one of ${METHODS.join(', ')}` })
  const target = parseTarget(typedPath)
  const headers = Object.fromEntries(header.map(parseHeader))
  if (body === undefined) return { method, ...target, headers }
  const all = { 'content-type': contentTypeFor(target.path), ...headers }
  return { method, ...target, headers: all, body: await readOrStream(body, { io, signal }) }
}

function missingPath(method: string, typed: string): UsageError {
  if (METHODS.includes(method))
    return new UsageError('the path is missing', { advice: `for example: esconn request ${method} /_search` })
  const path = typed.startsWith('/') ? typed : `/${typed}`
  return new UsageError('the method is missing', { advice: `for example: esconn request GET ${path}` })
}

/** Path and query, each as typed but for what a URL cannot contain. */
function parseTarget(typed: string): Pick<StreamCall, 'path' | 'querystring'> {
  const mistake = targetMistake(typed)
  if (mistake !== undefined) throw new UsageError(`the path ${typed} ${mistake.what}`, mistake)
  const [path = '', ...query] = encodeUrl(typed).split('?')
  return {
    path: path.startsWith('/') ? path : `/${path}`,
    ...(query.length > 0 ? { querystring: query.join('?') } : {}),
  }
}

function targetMistake(typed: string): { what: string; advice: string } | undefined {
  if (typed.trim() === '') return { what: 'is blank', advice: 'the root of the cluster is /' }
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(typed))
    return { what: 'is a URL', advice: 'the alias names the cluster: write only what follows its address' }
  if (typed.includes('#')) return { what: 'has a # in it, where a URL would end', advice: 'write %23 for it' }
  const [path = ''] = typed.split('?')
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path))
    return {
      what: 'has . or .. between slashes, which servers and proxies read in different ways',
      advice: 'write the path without it',
    }
  return undefined
}

/** Headers that a request may have in another form than that of the alias. */
const CONTENT_HEADER = /^(?:accept|content-type|content-encoding|user-agent)$/i

function parseHeader(typed: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([^:]*):[ \t]*(.*?)[ \t]*$/s.exec(typed) ?? []
  if (isSecretHeader(name, value))
    throw new UsageError(`-H ${name}: other users of this machine can see the arguments of a command`, {
      advice: 'put it into `auth` or `headers` of the alias',
    })
  const mistake = CONTENT_HEADER.test(name) ? undefined : headerNameMistake(name)
  if (name === '' || mistake !== undefined)
    throw new UsageError(`-H ${name || typed} ${mistake ?? 'is not the name of a header'}`, {
      advice: "a header is written -H 'Name: value'",
    })
  const valueMistake = headerValueMistake(value)
  if (valueMistake !== undefined) throw new UsageError(`-H ${name}: its value ${valueMistake}`)
  return [name.toLowerCase(), value]
}

/** The endpoints whose body is lines of JSON (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk). */
const LINES = /\/(?:_bulk|_msearch(?:\/template)?|_monitoring\/bulk|_fleet_msearch)\/*$/

const contentTypeFor = (path: string): string =>
  LINES.test(path) ? 'application/x-ndjson' : 'application/json'
