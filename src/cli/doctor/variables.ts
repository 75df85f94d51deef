import { type Asking, askingsOf } from '../../config/inspect.ts'
import { ConfigError } from '../../errors.ts'
import { type Finding, failures, ok, type Step } from './finding.ts'
import type { Patient } from './patient.ts'

/** Whether the variables that the alias asks for are set, and make sense where they stand. */
export const variables: Step<Patient> = {
  name: 'variables',
  needs: ['permissions'],
  look: patient => {
    const { target, env } = patient
    const askings = target ? askingsOf(target, env) : []
    const missing = askings.flatMap(missingIn)
    if (missing.length > 0) return missing
    void patient.definition // now that they can be filled in, what they hold is judged
    const names = [...new Set(askings.flatMap(({ variables }) => variables))]
    return [ok(names.map(name => stateOf(name, env[name])).join(', ') || 'none are asked for')]
  },
}

function missingIn({ place, faults }: Asking): Finding[] {
  const advice = 'export it, or write a default behind its name (:-default)'
  return faults.flatMap(fault => {
    const isUnset = fault.startsWith('the variable')
    return failures(new ConfigError(`${place}: ${fault}`, isUnset ? { advice } : {}))
  })
}

function stateOf(name: string, value: string | undefined): string {
  if (value) return `${name} is set`
  return value === '' ? `${name} is empty` : `${name} is not set (its default holds)`
}
