import { isLiteral } from '../../../../config/expand.ts'
import { writtenPassword } from '../../../../config/nodes.ts'
import { UsageError } from '../../../../errors.ts'
import type { Options } from './options.ts'

/** The login that the options say, or that follows from them; undefined where there is no word of any. */
export const kindOf = ({ auth, username }: Options): Options['auth'] =>
  auth ?? (username === undefined ? undefined : 'basic')

/** @throws {UsageError} for options that do not go together */
export function refuseContradictions(options: Options): void {
  const kind = kindOf(options)
  const { username, node = [], project, secretEnv, secretFile, secretCommand, secretKeyring } = options
  refuseTwins(options)
  const logsIn = kind !== undefined && kind !== 'none'
  if (username !== undefined && kind !== 'basic') fail(`--username goes with --auth basic, not with ${kind}`)
  if (!logsIn && (secretEnv ?? secretFile ?? secretCommand ?? secretKeyring) !== undefined)
    fail('a secret is for a login', '--auth basic, apiKey, bearer or serviceToken says which')
  if (node.some(hasPassword))
    fail(
      '--node: a password in an argument can be seen by others on this machine',
      'leave it out; --username ada, and --secret-keyring for example, say how to log in',
    )
  if (project && logsIn)
    fail(
      "--project: a project's file is for everybody who works on it, and should hold no login",
      'without --project the alias goes into your own file',
    )
}

function refuseTwins({ node = [], cloudId, ca, caFingerprint }: Options): void {
  if (node.length > 0 && cloudId !== undefined) fail('--node and --cloud-id name one cluster each: give one')
  if (ca !== undefined && caFingerprint !== undefined)
    fail('--ca and --ca-fingerprint are two ways to trust: give one')
}

function fail(what: string, advice?: string): never {
  throw new UsageError(what, { advice })
}

function hasPassword(node: string): boolean {
  const password = writtenPassword(node)
  return password !== undefined && isLiteral(password)
}
