import { sep } from 'node:path'
import { Worker } from 'node:worker_threads'
import { anySignal } from '../../abort.ts'
import { WireError } from '../../errors.ts'
import { escapeControls, shellQuote } from '../../text.ts'
import { formatDuration, MAX_TIMER } from '../../units.ts'
import { homeDirectory } from '../files/home.ts'
import type { Aws, AwsCredentials } from '../types.ts'
import type { Env } from '../variables.ts'

/** Receives the outcome of a search for credentials. */
interface Listener {
  /** Called with the secrets of new credentials, before anything is signed with them. */
  renew: (secrets: readonly string[]) => void
  /** Called with why there are none, in words without any secret; never returns. */
  fail: (what: string, advice?: string) => never
}

/** How long a caller waits for credentials. */
type Limits = Parameters<Aws['refresh'] & {}>[0]

/** Credentials, when they expire, and where they come from. */
interface Found {
  credentials: AwsCredentials
  /** Milliseconds since the epoch; keys without a session token do not expire. */
  expires: number
  origin: string
}

/** What the worker is started with. */
interface SearchRequest {
  profile: string | undefined
  /** The region in which a role is assumed, unless its profile names another one. */
  region: string
}

/** What the worker reports finally. */
type WorkerReport = { error: SdkError } | (AwsCredentials & { expiration?: Date; features: string[] })
type SdkError = Pick<Error, 'name' | 'message'>

/** Runs the SDK; the file is next to this module, and next to the bundled command line as well. */
const WORKER = new URL('./aws-worker.js', import.meta.url)

/** Credentials are replaced this long before they expire, in milliseconds: the SDK's own choice. */
const RENEW_BEFORE_EXPIRY = 5 * 60_000

/** The shortest time between two searches while the current credentials are still valid, in milliseconds. */
const MIN_INTERVAL = 60_000

/**
 * The AWS credentials of an alias, from wherever the AWS SDK finds them, in its order: the profile that is named by
 * `profile` or AWS_PROFILE, instead of the variables AWS_ACCESS_KEY_ID and so on; then the profile `default`, a web
 * identity, and the credentials of the container or of the EC2 instance.
 *
 * The SDK reads the environment of the process and takes no signal. So it runs in a worker whose environment is the
 * registry's, and which is terminated when nobody waits for it any longer (but a `credential_process` runs on until it
 * ends). Keys in the environment need no SDK.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export class AwsLogin implements Aws {
  readonly region: string
  readonly service: Aws['service']
  readonly #profile: string | undefined
  readonly #env: Env
  readonly #listener: Listener
  #found: Found | undefined
  #search: CredentialSearch | undefined
  /** When the credentials have to be read again: milliseconds since the epoch. */
  #due = 0

  /** @param env the environment that the SDK sees */
  constructor(
    { region, service, profile }: Pick<Aws, 'region' | 'service'> & { profile?: string | undefined },
    env: Env,
    listener: Listener,
  ) {
    this.region = region
    this.service = service
    this.#profile = profile
    this.#env = env
    this.#listener = listener
  }

  get credentials(): AwsCredentials {
    if (!this.#found) throw new TypeError('credentials before `refresh`')
    return this.#found.credentials
  }

  get origin(): string | undefined {
    return this.#found?.origin
  }

  async refresh(limits: Limits): Promise<void> {
    if (Date.now() < this.#due) return
    try {
      this.#use(environmentKeys(this.#env, this.#profile) ?? (await this.#read(limits)))
    } catch (error) {
      const expires = this.#found?.expires ?? 0
      if (limits.signal?.aborted || expires <= Date.now()) throw error
      this.#due = Math.min(Date.now() + MIN_INTERVAL, expires) // the current ones are still valid
    }
  }

  #use(found: Found): void {
    if (found === this.#found) return // another request that waited for the same search has done it
    const { secretAccessKey, sessionToken } = found.credentials
    this.#listener.renew([secretAccessKey, sessionToken ?? []].flat())
    this.#found = found
    this.#due = Math.min(
      found.expires,
      Math.max(found.expires - RENEW_BEFORE_EXPIRY, Date.now() + MIN_INTERVAL),
    )
  }

  /** One search for all requests that wait. */
  async #read(limits: Limits): Promise<Found> {
    const request = { region: this.region, profile: this.#profile }
    if (this.#search === undefined || this.#search.isOver)
      this.#search = new CredentialSearch(request, this.#env, this.#listener.fail)
    return await this.#search.wait(limits)
  }
}

/** The SDK's first source, which is skipped where a profile is named. */
function environmentKeys(env: Env, profile: string | undefined): Found | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env
  if (profile || env.AWS_PROFILE || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN || undefined,
  }
  return { credentials, expires: Number.POSITIVE_INFINITY, origin: 'the environment' }
}

/** One search for credentials by the SDK. */
class CredentialSearch {
  isOver = false
  readonly #worker: Worker
  readonly #found: Promise<Found>
  readonly #log: SearchLog
  readonly #fail: Listener['fail']
  #waiting = 0

  constructor(request: SearchRequest, env: Env, fail: Listener['fail']) {
    this.#log = new SearchLog(request, env)
    this.#fail = fail
    // By `import`: Node refuses a worker's file where it was itself started with --input-type.
    this.#worker = new Worker(`import(${JSON.stringify(WORKER.href)})`, {
      eval: true,
      workerData: request,
      env: environment(env),
      stdout: true, // nothing that the SDK prints is for the user
      stderr: true,
    })
    this.#found = this.#outcome()
    this.#found.catch(() => {}) // nobody may be waiting any more
  }

  /**
   * The credentials; the search ends when nobody waits for it any longer.
   *
   * @throws {ConfigError} where there are none
   * @throws {WireError} `timeout`
   */
  async wait({ timeout, signal }: Limits): Promise<Found> {
    this.#waiting++
    const limit = AbortSignal.timeout(Math.min(timeout, MAX_TIMER))
    const end = anySignal(limit, signal)
    const ended = new Promise<never>((_, reject) => {
      const stop = () => reject(limit.aborted ? this.#timeoutError(timeout) : end.reason)
      if (end.aborted) stop()
      end.addEventListener('abort', stop)
    })
    try {
      return await Promise.race([this.#found, ended])
    } finally {
      if (--this.#waiting === 0) this.#stop()
    }
  }

  #timeoutError(timeout: number): WireError {
    const what = `no AWS credentials from ${this.#log.last} within ${formatDuration(timeout)}`
    return new WireError('timeout', what, {
      advice: '`timeout` of the alias allows more time',
      hint: { kind: 'wait-longer' },
    })
  }

  async #outcome(): Promise<Found> {
    const report = await this.#reported()
    if ('error' in report) {
      return this.#fail(this.#log.failure(report.error), this.#log.advice(report.error))
    }
    const { expiration, features, ...credentials } = report
    const refusal = this.#log.refusal(features)
    if (refusal) return this.#fail(refusal)
    const expires = expiration?.getTime() ?? Number.POSITIVE_INFINITY
    return { credentials, expires, origin: this.#log.origin(features) }
  }

  /** What the worker reports finally; before that it sends the lines of the SDK's log. */
  async #reported(): Promise<WorkerReport> {
    return await new Promise<WorkerReport>(resolve => {
      this.#worker.on('message', (report: WorkerReport | { log: string }) => {
        if ('log' in report) this.#log.add(report.log)
        else resolve(report)
      })
      this.#worker.on('error', error => resolve({ error }))
      this.#worker.on('exit', () => resolve({ error: { name: '', message: 'the search ended early' } }))
    }).finally(() => this.#stop())
  }

  #stop(): void {
    this.isOver = true
    this.#worker.terminate()
  }
}

/** Of the registry's environment, what is set. */
const environment = (env: Env): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
  HOME: homeDirectory(env) ?? sep, // never the working directory, whose files may come from anybody
})

/** Patterns for what the SDK logs about a source, and the source in words. */
const SOURCES: readonly [RegExp, string][] = [
  [/defaultProvider::fromEnv/, 'the environment (AWS_ACCESS_KEY_ID)'],
  [/defaultProvider::fromIni/, 'the profile'],
  [/defaultProvider::fromTokenFile/, 'a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)'],
  [/remoteProvider::fromHttp/, 'the container (AWS_CONTAINER_CREDENTIALS_*)'],
  [/defaultProvider::remoteProvider/, 'the EC2 instance metadata'],
]

/** How a profile gets its credentials, by the SDK's notes on them. */
const KINDS: readonly [RegExp, string][] = [
  [/SSO/, 'IAM Identity Center'],
  [/PROCESS/, 'credential_process'],
  [/LOGIN/, 'aws login'],
  [/WEB_ID/, 'a web identity'],
  [/ASSUME_ROLE/, 'a role'],
]

/** Reasons that only say that a source is not in use. */
const NOT_IN_USE =
  /^(?:AWS_PROFILE is set|Skipping SSO|Could not (?:resolve|load) credentials|Unable to find environment|Web identity configuration not|AWS_EC2_METADATA_V1_DISABLED not set|Profile .* (?:could not be found in|did not contain))/

/** What the SDK tried, which only its log says. */
class SearchLog {
  readonly #profile: string
  readonly #named: boolean
  readonly #files: readonly string[]
  readonly #tried = new Set<string>()
  readonly #reasons = new Set<string>()

  constructor({ profile }: SearchRequest, env: Env) {
    this.#profile = profile || env.AWS_PROFILE || 'default'
    this.#named = Boolean(profile)
    this.#files = [
      env.AWS_CONFIG_FILE || '~/.aws/config',
      env.AWS_SHARED_CREDENTIALS_FILE || '~/.aws/credentials',
    ]
  }

  add(log: string): void {
    const [, source] = SOURCES.find(([start]) => start.test(log)) ?? []
    if (source) this.#tried.add(source === 'the profile' ? `${source} ${this.#profile}` : source)
    const [, reason] = /^@smithy\/property-provider \S+ (.*)/s.exec(log) ?? []
    if (reason && !NOT_IN_USE.test(reason)) this.#reasons.add(describeFailure({ name: '', message: reason }))
  }

  /** The source that was tried last. */
  get last(): string {
    return [...this.#tried].at(-1) ?? 'the AWS SDK'
  }

  origin(features: readonly string[]): string {
    const [, kind] = KINDS.find(([note]) => features.some(feature => note.test(feature))) ?? []
    return kind && this.last.startsWith('the profile') ? `${this.last} (${kind})` : this.last
  }

  /** Why credentials are refused: the alias names a profile, which the SDK skipped in favour of another source. */
  refusal(features: readonly string[]): string | undefined {
    if (!this.#named || features.some(feature => feature.startsWith('CREDENTIALS_PROFILE'))) return undefined
    const reasons = [...this.#reasons].join('; ') || `it has none in ${this.#files.join(' or ')}`
    return `no AWS credentials from the profile ${this.#profile}: ${reasons}`
  }

  failure(error: SdkError): string {
    const isEnd = error.message.startsWith('Could not load credentials')
    if (!isEnd) return `no AWS credentials from ${this.last}: ${describeFailure(error)}`
    const tried = [...this.#tried].map(source =>
      source.startsWith('the profile') ? `${source} (${this.#files.join(', ')})` : source,
    )
    return [`no AWS credentials found; tried ${tried.join(', ')}`, ...this.#reasons].join('; ')
  }

  advice({ message }: SdkError): string {
    const [, name = this.#profile] = /associated with profile=(\S+)/.exec(message) ?? [] // may be the source profile of a role
    const profile = name === 'default' ? '' : ` --profile ${shellQuote(name)}`
    if (/aws sso login|UnauthorizedException/.test(message)) return `aws sso login${profile}`
    if (/multi-factor/.test(message))
      return `eval "$(aws configure export-credentials${profile} --format env)"`
    return `\`aws configure list${profile}\` shows what AWS itself finds`
  }
}

/** The SDK's message, without what may contain a secret: a command line and its output, or a response body. */
function describeFailure({ name, message }: SdkError): string {
  if (name === 'SyntaxError') return 'the answer is not valid JSON'
  if (message.startsWith('Command failed')) return 'credential_process failed'
  return escapeControls(message.replace(/ ?To refresh this SSO session.*/s, '')).replace(/\.$/, '')
}
