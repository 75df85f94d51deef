import { join, resolve } from 'node:path'
import type { ErrorDetails } from '../../errors.ts'
import { escapeControls } from '../../text.ts'
import { parseDuration } from '../../units.ts'
import { homeDirectory } from '../files/home.ts'
import { readText } from '../files/read.ts'
import { FieldError, locationOf, type Path } from '../mistakes.ts'
import { parseNodeUrl } from '../node-url.ts'
import { type Definition, headerValueMistake } from '../schema/alias.ts'
import { lineMistake, type SecretInput, type SecretSource, tokenMistake } from '../schema/auth.ts'
import { isPem } from '../schema/tls.ts'
import type { AliasTarget, Auth, ClusterSettings, Layer, Tls } from '../types.ts'
import type { Env } from '../variables.ts'
import { isHiddenHeader, isSecretHeader } from './secret-headers.ts'

const KEYRING_ADVICE =
  'is it unlocked? A secret can also come from a variable, { file: … } or { command: […] }'

/** Reads the files, keyring entries and commands to which an alias refers, and remembers the secrets. */
export class SecretReader {
  /** Every secret that was read, in clear text; a new list after `renew`. */
  known: string[] = []
  #lasting: readonly string[] | undefined
  #renewed: readonly string[] = []
  readonly #layer: Layer
  readonly #alias: Path
  readonly #env: Env
  readonly #signal: AbortSignal | undefined

  /** @param signal ends a command that is run for a secret */
  constructor({ layer, name }: AliasTarget, env: Env, signal?: AbortSignal) {
    this.#layer = layer
    this.#alias = ['aliases', name]
    this.#env = env
    this.#signal = signal
  }

  /**
   * A secret in clear text.
   *
   * @param path the field inside the alias
   * @throws {ConfigError} where it cannot be read, or is not valid for the field
   */
  async secret(value: SecretInput | undefined, path: Path): Promise<string | undefined> {
    if (value === undefined) return undefined
    const secret = this.check(typeof value === 'string' ? value : await this.#fetch(value, path), path)
    this.known.push(secret)
    return secret
  }

  /** Adds secrets that replace earlier ones. The previous ones are kept, since a request with them may be under way. */
  renew(secrets: readonly string[]): void {
    this.#lasting ??= this.known
    this.known = [...this.#lasting, ...this.#renewed, ...secrets]
    this.#renewed = secrets
  }

  /** @throws {ConfigError} for a text that is not valid for the field */
  check(text: string, path: Path): string {
    const what = secretMistake(path, text)
    return what === undefined ? text : this.fail(path, what)
  }

  /**
   * The text of a file, of at most 1 MiB.
   *
   * @throws {ConfigError} where it does not exist or cannot be read
   */
  file(file: string, path: Path): string {
    const text = readText(this.path(file), this.#location(path))
    if (text === undefined) this.fail(path, `no such file: ${escapeControls(this.path(file))}`)
    return text
  }

  /** The absolute path of a file: `~/` is the user's home, as in a shell. */
  path(file: string): string {
    const { base } = this.#layer
    return file.startsWith('~/') ? join(homeDirectory(this.#env) ?? base, file.slice(2)) : resolve(base, file)
  }

  /** @throws {ConfigError} always, for the field at `path` inside the alias */
  fail(path: Path, what: string, details?: ErrorDetails): never {
    throw new FieldError(this.#layer.source, { path: [...this.#alias, ...path], what }, details)
  }

  #location(path: Path): string {
    return locationOf(this.#layer.source, [...this.#alias, ...path])
  }

  async #fetch({ file, keyring, command, timeout }: SecretSource, path: Path): Promise<string> {
    if (file !== undefined) return withoutLineEnd(this.file(file, [...path, 'file']))
    if (keyring !== undefined) return await this.#fromKeyring(keyring, [...path, 'keyring'])
    const call = {
      argv: command ?? [],
      cwd: this.#layer.base,
      env: this.#env,
      timeout: timeout === undefined ? undefined : parseDuration(timeout),
      signal: this.#signal,
    }
    const { runSecretCommand } = await import('./command.ts')
    const output = runSecretCommand(call).catch(cause => {
      if (this.#signal?.aborted) throw cause
      return this.fail([...path, 'command'], `the command ${cause.message}`)
    })
    return withoutLineEnd(await output)
  }

  async #fromKeyring(entry: string, path: Path): Promise<string> {
    const { readKeyring } = await import('./keyring.ts')
    const secret = await readKeyring(entry).catch(cause =>
      this.fail(path, cause.message, { cause, advice: KEYRING_ADVICE }),
    )
    const advice = 'store the secret in this entry of the keyring'
    const hint = { kind: 'store-secret', alias: String(this.#alias[1]) } as const
    return secret ?? this.fail(path, 'the keyring has no such entry', { advice, hint })
  }
}

/** Removes the line end after a secret, which is not part of it. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '')

/** The shortest part of a header that is redacted by itself, in characters: longer than `Bearer`. */
const MIN_SECRET_LENGTH = 8

/** The credentials in `auth` of an alias; those in the URLs of its nodes are not included. */
export async function resolveAuth(
  { username, password, apiKey, bearer, serviceToken, aws }: NonNullable<Definition['auth']>,
  reader: SecretReader,
  env: Env,
): Promise<Auth | undefined> {
  if (apiKey !== undefined) return { apiKey: await resolveApiKey(apiKey, reader) }
  if (aws !== undefined) return await resolveAws(aws, reader, env)
  if (username !== undefined) {
    return { username, password: (await reader.secret(password, ['auth', 'password'])) ?? '' }
  }
  const path = ['auth', bearer === undefined ? 'serviceToken' : 'bearer']
  const token = await reader.secret(bearer ?? serviceToken, path)
  return token === undefined ? undefined : { bearer: token }
}

/**
 * Headers in clear text, with names in lower case.
 *
 * @param written the same before their variables were filled in
 */
export async function resolveHeaders(
  headers: Headers,
  reader: SecretReader,
  written: Headers,
): Promise<ClusterSettings['headers']> {
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const isOwn = isSecretHeader(name, value) || typeof value !== 'string' // other values may contain a word as common as `search`, which must not be redacted everywhere
    const read = isOwn ? await reader.secret(value, ['headers', name]) : value
    if (typeof read !== 'string') continue
    if (isHiddenHeader(name, written[name])) reader.known.push(...repeatableParts(read))
    settings[name.toLowerCase()] = read
  }
  return settings
}

type Headers = NonNullable<Definition['headers']>

/** The parts of `Bearer token` or `a=b; c=d` that a server may repeat alone, unless they are too short. */
const repeatableParts = (value: string): string[] =>
  value
    .split(/[\s;,]+/)
    .flatMap(part => [part, part.slice(part.indexOf('=') + 1)])
    .concat(value)
    .filter(part => part.length >= MIN_SECRET_LENGTH)

type ApiKey = NonNullable<NonNullable<Definition['auth']>['apiKey']>

async function resolveApiKey(apiKey: ApiKey, reader: SecretReader): Promise<string> {
  const path = ['auth', 'apiKey']
  if (typeof apiKey === 'string' || apiKey.key === undefined) {
    const encoded = (await reader.secret(apiKey, path)) ?? ''
    reader.known.push(...decodedKey(encoded))
    return encoded
  }
  const key = await reader.secret(apiKey.key, [...path, 'key'])
  const encoded = Buffer.from(`${apiKey.id}:${key}`).toString('base64')
  reader.known.push(encoded)
  return encoded
}

/** `id:key` and the key of an encoded API key; nothing for another text. */
function decodedKey(encoded: string): string[] {
  const decoded = Buffer.from(encoded, 'base64').toString()
  const [, key] = /^[!-9;-~]+:([!-~]+)$/.exec(decoded) ?? []
  return key === undefined ? [] : [decoded, key]
}

/** Nothing is read before the first request. */
async function resolveAws(
  { service = 'es', ...fields }: NonNullable<NonNullable<Definition['auth']>['aws']>,
  reader: SecretReader,
  env: Env,
): Promise<Auth> {
  const { AwsLogin } = await import('./aws.ts')
  const fail = (what: string, advice?: string) => reader.fail(['auth', 'aws'], what, { advice })
  const renew = (secrets: readonly string[]) => reader.renew(secrets)
  return { aws: new AwsLogin({ service, ...fields }, env, { fail, renew }) }
}

/** The TLS settings of an alias, with its files read. */
export async function resolveTls(
  { ca, caFingerprint, cert, key, passphrase, verify = true, serverName }: NonNullable<Definition['tls']>,
  reader: SecretReader,
): Promise<Tls> {
  const files = Object.entries({ ca, cert, key }).flatMap(([field, value]) =>
    typeof value === 'string' && !isPem(value) ? [[field, reader.path(value)]] : [],
  )
  return {
    files: Object.fromEntries(files),
    ca: resolvePem(ca, 'ca', reader),
    cert: resolvePem(cert, 'cert', reader),
    key: await resolveKey(key, reader),
    passphrase: await reader.secret(passphrase, ['tls', 'passphrase']),
    caFingerprint: caFingerprint?.replaceAll(':', '').toLowerCase(),
    serverName,
    verify,
  }
}

function resolvePem(
  value: string | undefined,
  field: 'ca' | 'cert',
  reader: SecretReader,
): string | undefined {
  if (value === undefined) return undefined
  const path = ['tls', field]
  return reader.check(isPem(value) ? value : reader.file(value, path), path)
}

async function resolveKey(
  value: NonNullable<Definition['tls']>['key'],
  reader: SecretReader,
): Promise<string | undefined> {
  const path = ['tls', 'key']
  const source = typeof value === 'string' && !isPem(value) ? reader.file(value, path) : value
  return await reader.secret(source, path)
}

const PEM_CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/
const PEM_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/**
 * Why a text that was read for a field of an alias is not valid, without repeating it; undefined where it is valid.
 *
 * @param path the field inside the alias
 */
export function secretMistake([group, field, part]: Path, text: string): string | undefined {
  if (text === '') return 'is empty'
  if (group === 'headers') return headerValueMistake(text)
  if (field === 'key') return PEM_KEY.test(text) ? undefined : 'contains no private key in PEM form'
  if (field === 'ca' || field === 'cert')
    return PEM_CERTIFICATE.test(text) ? undefined : 'the file contains no certificate in PEM form'
  return field === 'password' || field === 'passphrase' || part === 'key'
    ? lineMistake(text)
    : tokenMistake(text)
}

/**
 * Every text that must be redacted: the secrets that were read, and each form in which they are sent, since a server
 * may return any of them. The longest come first, so that none is redacted only in part.
 */
export function secretVariants(
  known: readonly string[],
  { auth, proxies = new Map() }: Pick<ClusterSettings, 'auth' | 'proxies'>,
): string[] {
  const logins = [auth, ...[...proxies.values()].map(proxy => parseNodeUrl(proxy).login)]
  const forms = logins.flatMap(login =>
    login && 'password' in login ? [login.password, basic(login.username, login.password)] : [],
  )
  const all = [...known, ...forms].flatMap(secret => [secret, encodeURIComponent(secret), inJson(secret)])
  return [...new Set(all)].filter(Boolean).toSorted((a, b) => b.length - a.length)
}

const basic = (username: string, password: string): string =>
  Buffer.from(`${username}:${password}`).toString('base64')

const inJson = (secret: string): string => JSON.stringify(secret).slice(1, -1)
