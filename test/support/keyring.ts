import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { preload } from './process.ts'

/** A replacement for the system's keyring: a file with the interface of the package. */
export interface Keyring {
  /** The environment for a process, so that it finds this one. */
  env: Record<string, string>
  /** Its secrets by `service/account`. */
  entries: () => Record<string, string>
}

/** The package may be missing, the keyring locked, or be that of the kernel. */
export type KeyringState = 'open' | 'absent' | 'locked' | 'kernel'

/** A keyring with these secrets; removed after the test. */
export function keyring(
  t: ExecutionContext,
  entries: Record<string, string> = {},
  state: KeyringState = 'open',
): Keyring {
  const directory = mkdtempSync(join(tmpdir(), 'esconn-keyring-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'entries.json')
  writeFileSync(file, JSON.stringify(entries))
  return {
    env: { ...preload('keyring.mjs'), TEST_KEYRING: file, TEST_KEYRING_STATE: state },
    entries: () => JSON.parse(readFileSync(file, 'utf8')),
  }
}
