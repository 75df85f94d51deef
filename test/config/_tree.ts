import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Configuration, loadConfig } from '../../src/config/configuration.ts'
import { ConfigError } from '../../src/errors.ts'

/** A new directory, with a project in `project/` and a home in `home/`. */
export interface Tree {
  root: string
  cwd: string
  env: Record<string, string>
  load: (config?: string | object) => Configuration
  /** What the user reads, with the root shown as `ROOT`: the message, and the advice on a second line. */
  complaint: (act: () => unknown) => string
  /** The same for something asynchronous. */
  refusal: (act: () => Promise<unknown>) => Promise<string>
}

export const ALIAS = 'aliases: { default: { node: http://localhost:9201 } }\n'

/** Writes files with mode 0600; the root is that of a repository, so that nothing above it is found. */
export function tree(t: ExecutionContext, files: Record<string, string | Buffer> = {}): Tree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'esconn-config-')))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  for (const folder of ['.git', 'project', 'home']) mkdirSync(join(root, folder))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), content, { mode: 0o600 })
  }
  const surroundings = {
    cwd: join(root, 'project'),
    env: { HOME: join(root, 'home') } as Record<string, string>,
  }
  return {
    root,
    ...surroundings,
    load: config => loadConfig({ ...surroundings, config }),
    complaint: act => complaintOf(act).replaceAll(root, 'ROOT'),
    refusal: async act => {
      const outcome = await Promise.resolve()
        .then(act)
        .then(
          () => () => {},
          error => () => {
            throw error
          },
        )
      return complaintOf(outcome).replaceAll(root, 'ROOT')
    },
  }
}

function complaintOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.advice === undefined ? error.message : `${error.message}\n${error.advice}`
  }
  return 'no complaint'
}
