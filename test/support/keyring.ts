import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** A keyring that stands in for the system's: a file, behind the interface of the package. */
export interface Keyring {
  /** To be handed to a process, so that it finds this one. */
  env: Record<string, string>
  /** Its secrets by `service/account`. */
  entries: () => Record<string, string>
}

/** The package may not be installed, the keyring give and take nothing, or be the one of the kernel. */
export type KeyringState = 'open' | 'absent' | 'locked' | 'kernel'

/** A keyring with these secrets; gone when the test is. */
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
    env: { NODE_OPTIONS: `--import=${HOOK}`, TEST_KEYRING: file, TEST_KEYRING_STATE: state },
    entries: () => JSON.parse(readFileSync(file, 'utf8')),
  }
}

const HOOK = new URL('keyring.mjs', import.meta.url).href
