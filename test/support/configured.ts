import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** A directory with this configuration; removed after the test. */
export function configured(t: ExecutionContext, configuration: object | string): string {
  const directory = mkdtempSync(join(tmpdir(), 'esconn-test-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const text = typeof configuration === 'string' ? configuration : JSON.stringify(configuration)
  writeFileSync(join(directory, '.esconnrc'), text, { mode: 0o600 })
  return directory
}
