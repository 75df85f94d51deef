import { Option, type Command as Parser } from 'commander'
import { writtenPassword } from '../../../../config/node-url.ts'
import { isLiteral } from '../../../../config/variables.ts'
import { UsageError } from '../../../../errors.ts'
import { examples } from '../../../command.ts'
import type { Context } from '../../../context.ts'
import { repeatable } from '../../../options.ts'
import { LOGIN_KINDS, type LoginKind } from './draft.ts'
import type { TargetFile } from './target-file.ts'

export interface InitOptions {
  name?: string
  node?: string[]
  cloudId?: string
  auth?: LoginKind | 'none'
  username?: string
  secretEnv?: string
  secretFile?: string
  secretCommand?: string
  secretKeyring?: true
  ca?: string
  caFingerprint?: string
  project?: true
  test: boolean
  force?: true
}

/** One run of `config init`. */
export interface InitSession {
  context: Context
  options: InitOptions
  target: TargetFile
  /** Whether there is a terminal to prompt on. */
  interactive: boolean
}

const AFTER = `
On a terminal it prompts for whatever the options do not give; without one it never prompts.
A secret is never an option: it is typed hidden, read from standard input, or read from
elsewhere each time the alias is used. The rest of an existing file is not changed.
`

const EXAMPLES = examples(
  'esconn config init',
  'esconn config init --node http://localhost:9200',
  'esconn config init --name logs --node https://es1:9200 --node https://es2:9200 --ca ca.pem \\',
  '  --auth apiKey --secret-env LOGS_API_KEY',
  'esconn config init --name prod --cloud-id "$ID" --username ada --secret-keyring < password.txt',
  "esconn config init --node https://es:9200 --auth bearer --secret-command 'pass show es'",
)

export function declare(parser: Parser): void {
  parser
    .option('--name <alias>', 'name of the alias (default: default)')
    .option('--node <url>', 'URL of a node, http or https (repeatable)', repeatable)
    .addOption(new Option('--cloud-id <id>', 'Elastic Cloud ID, instead of --node').conflicts('node'))
    .addOption(new Option('--auth <kind>', 'login method').choices(['none', ...LOGIN_KINDS]))
    .option('--username <name>', 'name of the user, for --auth basic')
  for (const option of SECRET_OPTIONS()) parser.addOption(option)
  parser
    .option('--ca <file>', 'certificate authority to trust: a PEM file')
    .addOption(
      new Option(
        '--ca-fingerprint <hex>',
        "certificate authority to trust: SHA-256 of a certificate in the cluster's chain",
      ).conflicts('ca'),
    )
    .option('--project', "write the project's file in the working directory, not your own")
    .option('--no-test', 'write without testing the connection')
    .option('--force', 'replace the alias if it exists')
    .addHelpText('after', AFTER + EXAMPLES)
}

const SECRET_OPTIONS = () => [
  new Option('--secret-env <name>', 'read the secret from this environment variable').conflicts([
    'secretFile',
    'secretCommand',
    'secretKeyring',
  ]),
  new Option('--secret-file <path>', 'read the secret from this file').conflicts([
    'secretCommand',
    'secretKeyring',
  ]),
  new Option(
    '--secret-command <argv>',
    'run this program for the secret: words, or a JSON array of them; no shell',
  ).conflicts('secretKeyring'),
  new Option(
    '--secret-keyring',
    'store the secret in the system keyring: typed, or read from standard input',
  ),
]

/** The login method of the options; undefined where they do not say. */
export const loginKind = ({ auth, username }: InitOptions): InitOptions['auth'] =>
  auth ?? (username === undefined ? undefined : 'basic')

/** @throws {UsageError} for options that do not go together, or that show a secret */
export function checkOptions(options: InitOptions): void {
  const kind = loginKind(options)
  const logsIn = kind !== undefined && kind !== 'none'
  const { username, node = [], secretEnv, secretFile, secretCommand, secretKeyring } = options
  if (username !== undefined && kind !== 'basic') fail(`--username goes with --auth basic, not with ${kind}`)
  if (!logsIn && (secretEnv ?? secretFile ?? secretCommand ?? secretKeyring) !== undefined)
    fail('the login method of the secret is missing', 'add --auth basic, apiKey, bearer or serviceToken')
  if (node.some(hasPassword))
    fail(
      '--node: other users of this machine can see a password in an argument',
      'leave it out, and use --username with --secret-keyring, for example',
    )
  if (options.project && logsIn)
    fail(
      "--project: a project's file is shared by everyone who works on it, and must not contain a login",
      'without --project the alias goes into your own file',
    )
}

function fail(what: string, advice?: string): never {
  throw new UsageError(what, { advice })
}

function hasPassword(node: string): boolean {
  const password = writtenPassword(node)
  return password !== undefined && isLiteral(password)
}
