import { fileErrors, locateAlias, secretFilesOf, unsetVariables, variableUses } from '../../config/check.ts'
import { permissionWarning } from '../../config/configuration.ts'
import { isReadableByOthers } from '../../config/files/read.ts'
import { formatPath } from '../../config/mistakes.ts'
import type { Definition } from '../../config/schema/alias.ts'
import type { SecretInput } from '../../config/schema/auth.ts'
import { fileFields, secretFields, secretName } from '../../config/secrets/secret-fields.ts'
import { resolveProxies } from '../../config/settings.ts'
import { hasVariables } from '../../config/variables.ts'
import { shellQuote } from '../../text.ts'
import { DEFAULT_TIMEOUT } from '../../wire/http-node.ts'
import type { AliasUnderTest } from './alias-under-test.ts'
import { type CheckStep, type Finding, failedFindings, ok, warning } from './check.ts'
import { timed } from './timing.ts'

/** Everything about an alias that can be checked without connecting to a node. */
export const ALIAS_CHECKS: readonly CheckStep<AliasUnderTest>[] = [
  { name: 'file', run: checkFile },
  { name: 'trust', requires: ['file'], run: checkTrust },
  { name: 'permissions', requires: ['trust'], run: checkPermissions },
  { name: 'variables', requires: ['permissions'], run: checkVariables },
  { name: 'secrets', requires: ['variables'], run: checkSecrets },
]

/** Whether a valid configuration is found and has the alias. */
function checkFile(subject: AliasUnderTest): Finding[] {
  const { layers, alias, env } = subject
  if (layers.length === 0) {
    void subject.target // throws for any alias but `default`
    return [
      warning(
        'no configuration found: the alias default is http://localhost:9200',
        'esconn config init writes one',
      ),
    ]
  }
  const { file = 'config', line, name } = locateAlias(layers, alias, env)
  return [ok(`${file}:${line}${name === alias ? '' : ` (${alias} points to ${name})`}`)]
}

/**
 * Whether the file is trusted as far as the alias needs it.
 *
 * @throws {ConfigError} if it needs trust and has none
 */
function checkTrust({ target, layers, alias, env }: AliasUnderTest): Finding[] {
  if (target === undefined) return [ok('no file that needs it')]
  const { origin, trust } = locateAlias(layers, alias, env)
  if (origin === 'user') return [ok('your own file')]
  if (origin !== 'project') return [ok('the file you named')]
  return [
    ok(trust === 'trusted' ? 'a project file that you trust' : 'a project file; the alias needs no trust'),
  ]
}

/** Whether other users of this machine can read a secret in the configuration. */
function checkPermissions({ layers }: AliasUnderTest): Finding[] {
  const warnings = layers.flatMap(layer => permissionWarning(layer) ?? [])
  if (warnings.length === 0) return [ok('no secret is readable by others')]
  return warnings.map(({ location, what, advice }) => warning(`${location}: ${what}`, advice))
}

/** Whether the environment variables that the alias uses are set to something valid. */
function checkVariables(subject: AliasUnderTest): Finding[] {
  const { target, env } = subject
  const unset = target ? unsetVariables(target, env) : []
  if (unset.length > 0) return unset.flatMap(failedFindings)
  if (target) resolveProxies(subject.definition, env) // throws if a value makes the definition invalid
  const uses = target ? variableUses(target) : []
  const names = [...new Set(uses.flatMap(({ variables }) => variables))]
  return [ok(names.map(name => describeVariable(name, env[name])).join(', ') || 'none used')]
}

function describeVariable(name: string, value: string | undefined): string {
  if (value) return `${name} is set`
  return value === '' ? `${name} is empty` : `${name} is not set (its default is used)`
}

/** Whether the files, keyring entries and commands of the alias give valid secrets. */
async function checkSecrets(subject: AliasUnderTest): Promise<Finding[]> {
  const errors = subject.target ? fileErrors(subject.target, subject.env) : []
  if (errors.length > 0) return errors.flatMap(failedFindings)
  const { took, value: awsSource } = await timed(() => readSecrets(subject))
  const written = subject.target?.layer.aliases.get(subject.target.name)
  const sources = [
    ...(typeof written === 'object' ? describeSources(written) : []),
    ...(awsSource === undefined ? [] : [`auth.aws from ${awsSource}`]),
  ]
  const time = sources.some(source => source.includes(COMMAND)) ? ` (${took})` : ''
  return [ok(sources.length > 0 ? sources.join(', ') + time : 'none used'), ...readableSecretFiles(subject)]
}

/** Reads all secrets of the alias; returns where its AWS credentials come from, if it has any. */
async function readSecrets(subject: AliasUnderTest): Promise<string | undefined> {
  const { auth, timeout = DEFAULT_TIMEOUT } = await subject.settings()
  if (!auth || !('aws' in auth)) return undefined
  await auth.aws.refresh?.({ timeout, ...subject.exchange })
  return auth.aws.origin
}

const COMMAND = 'from the command '

/** Where each secret and each TLS file comes from. */
function describeSources(definition: Definition): string[] {
  const secrets = secretFields(definition).map(
    ([path, value]) => `${secretName(path)} ${describeSource(value)}`,
  )
  const files = fileFields(definition)
    .filter(([path]) => path[0] === 'tls')
    .map(([path, file]) => `${formatPath(path)} from ${file}`)
  return [...secrets, ...files]
}

/** A command is shown without its arguments, since one of them may be secret. */
function describeSource(value: SecretInput): string {
  if (typeof value === 'string')
    return hasVariables(value) ? 'from the environment' : 'from the configuration file'
  if (value.file !== undefined) return `from ${value.file}`
  return value.keyring === undefined ? COMMAND + value.command?.[0] : `from the keyring (${value.keyring})`
}

function readableSecretFiles({ target, definition, env }: AliasUnderTest): Finding[] {
  const files = target ? secretFilesOf(target, definition, env) : []
  return files
    .filter(isReadableByOthers)
    .map(file =>
      warning(`${file}: a secret, in a file that others can read`, `chmod 600 ${shellQuote(file)}`),
    )
}
