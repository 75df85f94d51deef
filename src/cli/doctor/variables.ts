import { unsetIn } from '../../config/faults.ts'
import { askingsOf } from '../../config/inspect.ts'
import { proxiesOf } from '../../config/settle.ts'
import { failures, ok, type Step } from './finding.ts'
import type { Patient } from './patient.ts'

/** Whether the variables that the alias asks for are set, and make sense where they stand. */
export const variables: Step<Patient> = {
  name: 'variables',
  needs: ['permissions'],
  look: patient => {
    const { target, env } = patient
    const askings = target ? askingsOf(target, env) : []
    const unset = target ? unsetIn(target, env) : []
    if (unset.length > 0) return unset.flatMap(failures)
    if (target) proxiesOf(patient.definition, env) // now that they can be filled in, what they hold is judged
    const names = [...new Set(askings.flatMap(({ variables }) => variables))]
    return [ok(names.map(name => stateOf(name, env[name])).join(', ') || 'none are asked for')]
  },
}

function stateOf(name: string, value: string | undefined): string {
  if (value) return `${name} is set`
  return value === '' ? `${name} is empty` : `${name} is not set (its default holds)`
}
