import type { Source } from './mistakes.ts'
import type { Credentials } from './node-url.ts'
import type { Definition } from './schema/alias.ts'
import type { Env } from './variables.ts'

/** Credentials in clear text. A service token is sent as a bearer token. */
export type Auth = Credentials | { apiKey: string } | { bearer: string } | { aws: Aws }

/** How requests to a cluster on AWS are signed. */
export interface Aws {
  readonly region: string
  readonly service: 'es' | 'aoss'
  /** The current ones; to be read once `refresh` has resolved, if there is one. */
  readonly credentials: AwsCredentials
  /** Where they come from, in words. */
  readonly origin?: string | undefined
  /**
   * Replaces `credentials` if there are none or they expire soon; to be called before each request.
   *
   * @throws {ConfigError} if none are found
   * @throws {WireError} `timeout`, after that many milliseconds; or the reason of the signal
   */
  refresh?(limits: { timeout: number; signal?: AbortSignal | undefined }): Promise<void>
}

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

/** How the cluster's certificate is verified, and which client certificate is sent; `ca`, `cert` and `key` are PEM. */
export interface Tls {
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
  passphrase?: string | undefined
  /** SHA-256 of a certificate in the cluster's chain: 64 hexadecimal digits, lower case. */
  caFingerprint?: string | undefined
  /** The absolute paths of those that are files. */
  files?: { ca?: string; cert?: string; key?: string } | undefined
  /** The host name that the certificate must match, where it is not the host of the node. */
  serverName?: string | undefined
  verify: boolean
}

/** An index expression, and for a view its query as JSON text, which always applies. */
export interface Index {
  index: string
  query?: string | undefined
  /** The field with the time of a document, if it is not `@timestamp`. */
  timeField?: string | undefined
}

/** The settings of an alias, with every variable, file and secret read. */
export interface ClusterSettings {
  /** URLs without credentials and without a slash at their end; a path is a prefix of every request. */
  nodes: readonly string[]
  auth?: Auth | undefined
  tls: Tls
  /** By URL of a node: the URL of its proxy, with credentials. */
  proxies?: ReadonlyMap<string, string> | undefined
  /** Sent with every request; names in lower case. */
  headers?: Readonly<Record<string, string>> | undefined
  /** The names, in lower case, of the headers whose values are redacted. */
  secretHeaders?: readonly string[] | undefined
  /** Milliseconds: the longest wait for the first byte, and the longest pause after it. */
  timeout?: number | undefined
  /** Attempts after the first. */
  retries?: number | undefined
  /** Whether requests and responses are compressed. */
  compression?: boolean | undefined
  /** Whether only requests that read are allowed. */
  readonly?: boolean | undefined
  indices: ReadonlyMap<string, Index>
  /** Every text that must be redacted, in each form in which it is sent; a new list once there are more. */
  readonly secrets?: readonly string[] | undefined
}

/** The directory and the environment of the caller. */
export interface Surroundings {
  /** Absolute path of the working directory. */
  cwd: string
  /** `HOME`, `XDG_CONFIG_HOME`, and the variables of `${NAME}`. */
  env: Env
}

/** Where a file comes from: found in a project, the user's own, or named by the caller. */
export type Origin = 'project' | 'user' | 'named'

/** A configuration, and the directory to which its paths are relative. */
export interface FoundFile {
  origin: Origin
  source: Source
  base: string
}

/** A validated configuration: of a file, of a program's object, or the implicit one without any file. */
export interface Layer extends Omit<FoundFile, 'origin'> {
  origin: Origin | 'object' | 'implicit'
  /** Variables are not filled in yet. */
  aliases: ReadonlyMap<string, string | Definition>
  /** Whether it may use variables, files, secrets and the user's aliases. */
  trust: Trust
  /** What was recorded when it was trusted; empty for a file that needs no trust. */
  record: TrustRecord
}

/** The definition at the end of an alias's chain: the layer that contains it, and its name there. */
export interface AliasTarget {
  layer: Layer
  name: string
}

/** Whether the user trusts a file: not (yet), with its current text, or with an earlier one. */
export type Trust = 'unknown' | 'trusted' | 'changed'

/** SHA-256 of each thing that must still be as it was when a file was trusted, by what it is. */
export type TrustRecord = ReadonlyMap<string, string>

/** What requests need to know of an alias. */
export type ConnectionSettings = Omit<ClusterSettings, 'indices'>
