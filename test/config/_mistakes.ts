import test from 'ava'
import { ConfigMistakes } from '../../src/config/mistakes.ts'
import { parseYaml } from '../../src/config/syntax/yaml.ts'

/** The mistakes of a YAML text, each with its line and column. */
export const says = test.macro({
  exec: (t, text: string, ...said: string[]) => {
    const error = t.throws<ConfigMistakes>(() => parseYaml('rc', text), { instanceOf: ConfigMistakes })
    t.deepEqual(
      error?.mistakes.map(({ location, what }) => `${location}: ${what}`),
      said.map(line => `rc:${line}`),
    )
  },
  title: (title, text) => title || JSON.stringify(text),
})
