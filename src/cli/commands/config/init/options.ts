import { Option, type Command as Parser } from 'commander'
import { KINDS, type Kind } from './draft.ts'

export interface Options {
  name?: string
  node?: string[]
  cloudId?: string
  auth?: Kind | 'none'
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

const AFTER = `
On a terminal it asks for what no option says. A secret is never an option: it is typed, or read from standard
input, or had from elsewhere each time that the alias is used.

Examples:
  esconn config init
  esconn config init --node http://localhost:9200
  esconn config init --name logs --node https://es1:9200 --node https://es2:9200 --ca ca.pem \\
    --auth apiKey --secret-env LOGS_API_KEY
  esconn config init --name prod --cloud-id "$ID" --username ada --secret-keyring < password.txt
  esconn config init --node https://es:9200 --auth bearer --secret-command 'pass show es'`

export function declare(parser: Parser): void {
  const collect = (value: string, earlier: string[] = []) => [...earlier, value]
  parser
    .option('--name <alias>', 'what the cluster is to be called (default: default)')
    .option('--node <url>', 'http or https (repeatable)', collect)
    .option('--cloud-id <id>', "Elastic Cloud's name for the cluster, in place of nodes")
    .addOption(new Option('--auth <kind>', 'how to log in').choices(['none', ...KINDS]))
    .option('--username <name>', 'who logs in, by --auth basic')
    .option(
      '--secret-env <name>',
      'the password, key or token is in that variable whenever the alias is used',
    )
    .option('--secret-file <path>', 'it is in that file')
    .option('--secret-command <argv>', 'that program prints it: words, or a JSON array of them; no shell')
    .option('--secret-keyring', 'it is typed, or read from standard input, and put into the keyring now')
    .option('--ca <file>', 'the authority to trust, a PEM file')
    .option(
      '--ca-fingerprint <hex>',
      "SHA-256 of a certificate in the cluster's chain, to trust as authority",
    )
    .option('--project', "write the project's file in the working directory, not your own")
    .option('--no-test', 'write without asking the cluster')
    .option('--force', 'replace the alias if it is there')
    .addHelpText('after', AFTER)
}
