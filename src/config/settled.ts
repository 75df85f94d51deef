import type { Login } from './nodes.ts'

/** How to log in, in clear. A service token is a bearer's. */
export type Auth = Login | { apiKey: string } | { bearer: string } | { aws: Aws }

/** What requests to a cluster of Amazon's are signed with. */
export interface Aws {
  region: string
  service: 'es' | 'aoss'
  credentials: AwsCredentials
}

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

/** How the cluster's certificate is judged, and which one is shown to it; each of the three texts is PEM. */
export interface Tls {
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
  passphrase?: string | undefined
  /** SHA-256 of a certificate in the cluster's chain: 64 hexadecimal digits, lower case. */
  caFingerprint?: string | undefined
  /** Where those that are files stand. */
  files?: { ca?: string; cert?: string; key?: string } | undefined
  /** The name that the certificate must be for, where it is not the host of the node. */
  serverName?: string | undefined
  verify: boolean
}

/** An index expression, and for a view the query that is always in force, as JSON text. */
export interface Index {
  index: string
  query?: string | undefined
}

/** What an alias stands for, with every variable, file and secret read. */
export interface Settled {
  /** URLs without credentials and without a slash at their end; a path is a prefix of every request. */
  nodes: readonly string[]
  auth?: Auth | undefined
  tls: Tls
  /** By URL of a node: the proxy through which it is reached, with its credentials. */
  proxies?: ReadonlyMap<string, string> | undefined
  /** Sent with every request; names in lower case. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Names of those whose values are not to be shown. */
  secretHeaders?: readonly string[] | undefined
  /** Milliseconds to the first byte, and of every silence after it. */
  timeout?: number | undefined
  /** Further attempts after the first. */
  retries?: number | undefined
  /** Whether requests and responses are compressed. */
  compression?: boolean | undefined
  /** Whether only what reads may be asked. */
  readonly?: boolean | undefined
  indices: ReadonlyMap<string, Index>
  /** Every text that must not be repeated to anybody, in each form in which it travels. */
  secrets?: readonly string[] | undefined
}
