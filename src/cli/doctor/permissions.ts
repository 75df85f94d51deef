import { warningsOf } from '../../config/layers.ts'
import { ok, type Step, warning } from './finding.ts'
import type { Patient } from './patient.ts'

/** Whether the configuration gives secrets away to other users of this machine. */
export const permissions: Step<Patient> = {
  name: 'permissions',
  needs: ['trust'],
  look: ({ layers }) => {
    const warnings = layers.flatMap(warningsOf)
    return warnings.length > 0 ? warnings.map(mended) : [ok('no secret stands where others can read it')]
  },
}

/** The mend stands in brackets at the end. */
function mended(sentence: string) {
  const [, what = sentence, advice] = /^(.*) \((chmod .*)\)$/s.exec(sentence) ?? []
  return warning(what, advice)
}
