import { placeOf } from '../../config/inspect.ts'
import { type Finding, ok, type Step } from './finding.ts'
import type { Patient } from './patient.ts'

/** Whether the file may do what the alias asks of it. */
export const trust: Step<Patient> = {
  name: 'trust',
  needs: ['file'],
  look: patient => [allowed(patient)],
}

/** @throws {ConfigError} where trust is needed and has not been given */
function allowed({ target, layers, alias, env }: Patient): Finding {
  if (target === undefined) return ok('there is no file that would need any')
  const { origin, trust } = placeOf(layers, alias, env)
  if (origin === 'user') return ok('your own file')
  if (origin !== 'project') return ok('the file that you named')
  return ok(
    trust === 'trusted' ? "a project's file that you trust" : "a project's file; the alias needs no trust",
  )
}
