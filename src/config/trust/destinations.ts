import { readableLinks } from '../chain.ts'
import { mapStrings } from '../definition-strings.ts'
import { type Path, quoteName } from '../mistakes.ts'
import { cloudMistake, cloudNode, nodeMistake, parseNodeUrl, proxyMistake } from '../node-url.ts'
import { proxyFor } from '../proxy.ts'
import type { Definition } from '../schema/alias.ts'
import { isPem } from '../schema/tls.ts'
import { secretFields, secretName } from '../secrets/secret-fields.ts'
import type { AliasTarget, Layer } from '../types.ts'
import { type Env, expand, hasVariables } from '../variables.ts'
import { sourceNeeds, variableNeeds } from './needs.ts'

/** A statement as it is shown, and in full as it must not change. */
interface Statement {
  shown: string
  /** May contain secrets: only its hash is kept. */
  exact: string
}

/** Where the requests of an alias go and what they carry, with variables as they are now. */
export interface Destination {
  /** Addresses, proxy, certificate authority, the alias at the end of a chain; never empty. */
  leadsTo: Statement
  /** The secrets and variables; no value of one is shown. */
  sends: Statement
}

/** The destination of an alias of a project's file. */
export function destinationOf(layers: readonly Layer[], { layer, name }: AliasTarget, env: Env): Destination {
  const definition = layer.aliases.get(name)
  return typeof definition === 'object' ? clusterOf(definition, env) : chainEnd(layers, name, env)
}

/** The destination of another name: its end in the same file, or the first alias of the user, by its name alone. */
function chainEnd(layers: readonly Layer[], alias: string, env: Env): Destination {
  const { links, mistake } = readableLinks(layers, alias, env)
  const own = links.find(({ layer }) => layer.origin === 'user')
  const end = links.at(-1)
  const definition = end?.layer.aliases.get(end.name)
  if (end === undefined || typeof definition !== 'object') {
    const leadsTo = unknown(mistake?.what ?? 'no such alias')
    return {
      leadsTo: own ? { ...leadsTo, exact: exactEnd(own) } : leadsTo,
      sends: { shown: 'not known', exact: '' },
    }
  }
  const { leadsTo, sends } = clusterOf(definition, env)
  const whose = own === undefined ? 'the alias' : 'your alias'
  return {
    leadsTo: { shown: `${whose} ${quoteName(end.name)}: ${leadsTo.shown}`, exact: exactEnd(own ?? end) },
    sends: { ...sends, exact: '' },
  }
}

const exactEnd = ({ layer, name }: AliasTarget): string => `${layer.origin} ${name}`

function clusterOf(definition: Definition, env: Env): Destination {
  const addresses = addressesOf(definition, env)
  const route = [...proxyOf(definition, env), ...authorityOf(definition, env)]
  const shown = [addresses.map(one => one.shown).join(' '), ...route.map(one => one.shown)].join(', ')
  const sent = sentWith(definition, env, false)
  return {
    leadsTo: { shown, exact: JSON.stringify([...addresses, ...route].map(one => one.exact)) },
    sends: {
      shown: sent.join(', ') || 'no secret',
      exact: JSON.stringify(sentWith(definition, env, true)),
    },
  }
}

const same = (text: string): Statement => ({ shown: text, exact: text })

const unknown = (why: string): Statement => same(`not known: ${why}`)

const labelled = (label: string, { shown, exact }: Statement): Statement => ({
  shown: `${label} ${shown}`,
  exact: `${label} ${exact}`,
})

/** The statement about a text with its variables filled in, or that one of them is not set. */
function fillIn(text: string, env: Env, describe: (filled: string) => Statement): Statement {
  const faults: string[] = []
  const filled = expand(text, env, ({ what }) => {
    faults.push(what)
    return ''
  })
  return faults[0] === undefined ? describe(filled) : unknown(faults[0])
}

function addressesOf({ node, nodes, cloudId }: Definition, env: Env): Statement[] {
  if (cloudId !== undefined)
    return [fillIn(cloudId, env, id => same(cloudNode(id) ?? `not known: cloudId ${cloudMistake(id)}`))]
  return [node ?? nodes ?? []].flat().map(url => addressOf(url, env))
}

function addressOf(written: string, env: Env): Statement {
  return fillIn(written, env, filled => {
    const mistake = nodeMistake(filled)
    if (mistake !== undefined) return unknown(`the address ${mistake}`)
    const { url } = parseNodeUrl(filled)
    return { shown: withWrittenPath(url, written, env), exact: url }
  })
}

/** The address as shown: variables in its path stay as they are written, since the value of one may be secret. */
function withWrittenPath(url: string, written: string, env: Env): string {
  const [, head = '', path = ''] = WRITTEN_URL.exec(written) ?? []
  if (!hasVariables(path)) return url
  const start = expand(head, env, () => '')
  if (nodeMistake(start) !== undefined || new URL(start).origin !== new URL(url).origin) return url
  return parseNodeUrl(start).url + path
}

/** An address up to its path, and the path. */
const WRITTEN_URL = /^((?:\w+:\/\/)?(?:\$\{[^}]*\}|[^/])*)(\/.*)$/s

function proxyOf({ proxy }: Definition, env: Env): Statement[] {
  if (proxy === undefined) return []
  const statement = fillIn(proxy, env, filled => {
    const mistake = proxyMistake(filled)
    return mistake === undefined ? same(withPort(filled)) : unknown(`the address ${mistake}`)
  })
  return [labelled('proxy', statement)]
}

/** A proxy as it is used: without credentials, with the default port. */
const withPort = (proxy: string): string => parseNodeUrl(proxyFor('http://localhost', {}, proxy) ?? proxy).url

function authorityOf({ tls = {} }: Definition, env: Env): Statement[] {
  const { ca, caFingerprint, serverName, verify } = tls
  const fields = [
    ['authority', ca, (text: string) => authorityFile(text)],
    ['authority with the fingerprint', caFingerprint, (text: string) => same(JSON.stringify(text))],
    ['certificate of', serverName, (text: string) => same(JSON.stringify(text))],
  ] as const
  const given = fields.flatMap(([label, text, describe]) =>
    text === undefined ? [] : [labelled(label, fillIn(text, env, describe))],
  )
  return verify === false ? [same('certificate not verified (verify: false)'), ...given] : given
}

const authorityFile = (text: string): Statement =>
  isPem(text) ? { shown: 'in PEM text', exact: text } : same(JSON.stringify(text))

/**
 * The variables and secrets that requests carry, each once.
 *
 * @param exact whether the arguments of commands are filled in too, which may make them secret
 */
function sentWith(definition: Definition, env: Env, exact: boolean): string[] {
  const selecting = sourcePaths(definition)
  const isSelecting = (path: Path) => selecting.some(start => startsWith(path, start))
  const fill = (text: string) => expand(text, env, ({ what }) => `(not known: ${what})`)
  const filled = mapStrings(definition, (text, path) =>
    isSelecting(path) && (exact || !isArgument(path)) ? fill(text) : text,
  ) as Definition
  const variables = variableNeeds(definition).filter(
    ({ path }) => !isSelecting(path) && !isShownOtherwise(definition, path, env),
  )
  const sources = sourceNeeds(filled).filter(({ path }) => !CERTIFICATES.has(path.join('.')))
  const all = [...variables, ...sources].map(({ what }) => what)
  return [...new Set([...all, ...literalsIn(definition)])]
}

/** Where a definition says from which source a secret is read: these texts are not sent themselves. */
const sourcePaths = (definition: Definition): Path[] => [
  ...secretFields(definition).flatMap(([path, value]) => (typeof value === 'string' ? [] : [path])),
  ['auth', 'aws', 'profile'],
]

const startsWith = (path: Path, start: Path): boolean => start.every((key, index) => path[index] === key)

const isArgument = (path: Path): boolean => path.at(-2) === 'command' && Number(path.at(-1)) > 0

/** The files of TLS that are no secret. */
const CERTIFICATES = new Set(['tls.ca', 'tls.cert'])

/** Whether the value of a variable can be seen in `leadsTo`, or is not sent at all. */
function isShownOtherwise(definition: Definition, path: Path, env: Env): boolean {
  const [group, field] = path
  if (group === 'tls') return field === 'ca' || field === 'caFingerprint' || field === 'serverName'
  if (group === 'node' || group === 'nodes' || group === 'proxy') {
    const written = path.reduce<unknown>((data, key) => Object(data)[key], definition)
    return isOnlyHost(expand(String(written), env, () => ''))
  }
  return group === 'cloudId' || group === 'timeout'
}

/** Whether a URL has neither credentials nor a path. */
function isOnlyHost(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password, pathname } = new URL(text)
  return username === '' && password === '' && pathname === '/'
}

const literalsIn = (definition: Definition): string[] =>
  secretFields(definition).flatMap(([path, value]) =>
    typeof value === 'string' && !hasVariables(value) ? [`${secretName(path)} (written in the file)`] : [],
  )
