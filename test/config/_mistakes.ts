import test from 'ava'
import { Mistakes } from '../../src/config/mistakes.ts'
import { parseYaml } from '../../src/config/yaml.ts'

/** What is said of lines of YAML: each mistake with its line and column. */
export const says = test.macro({
  exec: (t, text: string, ...said: string[]) => {
    const error = t.throws<Mistakes>(() => parseYaml('rc', text), { instanceOf: Mistakes })
    t.deepEqual(
      error?.lines,
      said.map(line => `rc:${line}`),
    )
  },
  title: (title, text) => title || JSON.stringify(text),
})
