import { placeOf } from '../../config/inspect.ts'
import { ok, type Step, warning } from './finding.ts'
import type { Patient } from './patient.ts'

/** Whether a configuration is found, makes sense, and holds the alias. */
export const file: Step<Patient> = {
  name: 'file',
  look: patient => {
    const { layers, alias, env } = patient
    if (layers.length === 0) {
      void patient.target // without any configuration there is one alias alone
      return [
        warning(
          'no configuration found: the alias default is http://localhost:9200',
          'esconn config init writes one',
        ),
      ]
    }
    const { file = 'config', line, name } = placeOf(layers, alias, env)
    return [ok(`${file}:${line}${name === alias ? '' : ` (${alias} leads to ${name})`}`)]
  },
}
