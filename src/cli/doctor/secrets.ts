import { hasVariables } from '../../config/expand.ts'
import { fileFaultsIn } from '../../config/faults.ts'
import { isOpenToOthers } from '../../config/files.ts'
import { secretFilesOf } from '../../config/inspect.ts'
import { dotted, type Path } from '../../config/mistakes.ts'
import type { Definition } from '../../config/schema/alias.ts'
import type { SecretInput } from '../../config/schema/secret.ts'
import { filesIn, secretsIn } from '../../config/secrets/fields.ts'
import { quoted } from '../../config/shell.ts'
import { type Finding, failures, ok, type Step, warning } from './finding.ts'
import { timed } from './limit.ts'
import type { Patient } from './patient.ts'

/** Whether the files, the keyring and the commands that the alias refers to give what they should. */
export const secrets: Step<Patient> = {
  name: 'secrets',
  needs: ['variables'],
  look: async patient => {
    const absent = patient.target ? fileFaultsIn(patient.target, patient.env) : []
    if (absent.length > 0) return absent.flatMap(failures)
    const { took } = await timed(() => patient.settled())
    const written = patient.target?.layer.aliases.get(patient.target.name)
    const sources = typeof written === 'object' ? sourcesOf(written) : []
    const time = sources.some(source => source.includes(COMMAND)) ? ` (${took})` : ''
    return [ok(sources.length > 0 ? sources.join(', ') + time : 'none are asked for'), ...openFiles(patient)]
  },
}

const COMMAND = 'from the command '

/** Where each secret and each file comes from; of a command no argument is shown, since one may tell. */
function sourcesOf(definition: Definition): string[] {
  const secret = secretsIn(definition).map(([path, value]) => `${nameOf(path)} ${originOf(value)}`)
  const files = filesIn(definition)
    .filter(([path]) => path[0] === 'tls')
    .map(([path, file]) => `${dotted(path)} from ${file}`)
  return [...secret, ...files, ...(definition.auth?.aws ? ['auth.aws from your AWS credentials'] : [])]
}

/** The password of a URL is a part of that alone. */
const nameOf = (path: Path): string =>
  /^(?:nodes?|proxy)$/.test(String(path[0])) ? `the password in ${dotted(path)}` : dotted(path)

function originOf(value: SecretInput): string {
  if (typeof value === 'string')
    return hasVariables(value) ? 'from the environment' : 'from the configuration itself'
  if (value.file !== undefined) return `from ${value.file}`
  return value.keyring === undefined ? COMMAND + value.command?.[0] : `from the keyring (${value.keyring})`
}

function openFiles({ target, definition, env }: Patient): Finding[] {
  const files = target ? secretFilesOf(target, definition, env) : []
  return files
    .filter(isOpenToOthers)
    .map(file => warning(`${file}: a secret, in a file that others can read`, `chmod 600 ${quoted(file)}`))
}
