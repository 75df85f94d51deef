import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { configured } from '../../support/configured.ts'
import { esconn, type Surroundings } from '../../support/esconn.ts'
import { reply, type Script } from '../../support/raw.ts'

/** One check of `esconn doctor --format json`. */
export interface Check {
  node?: string
  step: string
  outcome: 'ok' | 'warning' | 'failed' | 'skipped'
  message: string
  advice?: string
}

/** What doctor said of one alias. */
export interface Result {
  status: number
  checks: Check[]
  /** The checks of a step, as `outcome message` and, in a second line, the advice. */
  of: (step: string) => string[]
  stderr: string[]
}

/** Examines the alias `logs`; its definition stands in a file that is named, so that nothing in it needs trust. */
export async function examine(
  t: ExecutionContext,
  definition: object,
  { argv = [], ...surroundings }: Surroundings & { argv?: string[] } = {},
): Promise<Result & { cwd: string }> {
  const cwd = configured(t, {})
  const file = join(cwd, 'config.json')
  writeFileSync(file, JSON.stringify({ aliases: { logs: definition } }))
  chmodSync(file, 0o600)
  const words = ['doctor', 'logs', '--format', 'json', '--config', file, ...argv]
  const { status, stdout, stderr } = await esconn(words, { cwd, ...surroundings })
  return { cwd, ...resultOf(t, { status, stdout, stderr }) }
}

/** What a run with `--format json` said of its only alias. */
export function resultOf(
  t: ExecutionContext,
  { status, stdout, stderr }: { status: number; stdout: string; stderr: string[] },
): Result {
  const [only, ...others] = JSON.parse(stdout)
  t.deepEqual(others, [])
  t.is(only.status, status)
  const checks: Check[] = only.checks
  const of = (step: string) => checks.filter(check => check.step === step).map(line)
  return { status, checks, of, stderr }
}

export const line = ({ outcome, message, advice }: Check): string =>
  `${outcome} ${message}${advice === undefined ? '' : `\n${advice}`}`

/** A server that answers by path, and knows no other. */
export const answers =
  (scripts: Record<string, Script>): Script =>
  (socket, request) => {
    const script = scripts[request.path.split('?')[0] ?? ''] ?? UNKNOWN
    return script(socket, request)
  }

const UNKNOWN = reply({ error: 'no handler found for uri', status: 400 }, 400)

export const PRODUCT = { 'x-elastic-product': 'Elasticsearch' }

/** What Elasticsearch answers at `GET /`. */
export const root = (over: object = {}, headers: Record<string, string> = {}): Script =>
  reply(
    {
      name: 'es1',
      cluster_name: 'logs-cluster',
      cluster_uuid: 'u-1',
      version: { number: '9.5.3', build_flavor: 'default' },
      ...over,
    },
    200,
    { ...PRODUCT, ...headers },
  )
