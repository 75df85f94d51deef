import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { configured } from '../../support/configured.ts'
import { esconn, type RunOptions } from '../../support/esconn.ts'
import { reply, type Script } from '../../support/raw.ts'

/** One check of `esconn doctor --format json`. */
export interface ReportedCheck {
  node?: string
  step: string
  outcome: 'ok' | 'warning' | 'failed' | 'skipped'
  message: string
  advice?: string
}

/** What doctor reported about one alias. */
export interface Result {
  status: number
  checks: ReportedCheck[]
  /** The checks of a step, as `outcome message` and, in a second line, the advice. */
  of: (step: string) => string[]
  stderr: string[]
}

/** Checks the alias `logs`, defined in a file that is named on the command line, so that it needs no trust. */
export async function runDoctor(
  t: ExecutionContext,
  definition: object,
  { argv = [], ...surroundings }: RunOptions & { argv?: string[] } = {},
): Promise<Result & { cwd: string }> {
  const cwd = configured(t, {})
  const file = join(cwd, 'config.json')
  writeFileSync(file, JSON.stringify({ aliases: { logs: definition } }))
  chmodSync(file, 0o600)
  const words = ['doctor', 'logs', '--format', 'json', '--config', file, ...argv]
  const { status, stdout, stderr } = await esconn(words, { cwd, ...surroundings })
  return { cwd, ...resultOf(t, { status, stdout, stderr }) }
}

/** What a run with `--format json` reported about its only alias. */
export function resultOf(
  t: ExecutionContext,
  { status, stdout, stderr }: { status: number; stdout: string; stderr: string[] },
): Result {
  const [only, ...others] = JSON.parse(stdout)
  t.deepEqual(others, [])
  t.is(only.status, status)
  const checks: ReportedCheck[] = only.checks
  const of = (step: string) => checks.filter(check => check.step === step).map(line)
  return { status, checks, of, stderr }
}

export const line = ({ outcome, message, advice }: ReportedCheck): string =>
  `${outcome} ${message}${advice === undefined ? '' : `\n${advice}`}`

/** A server with a reply for each of these paths. */
export const answers =
  (scripts: Record<string, Script>): Script =>
  (socket, request) => {
    const script = scripts[request.path.split('?')[0] ?? ''] ?? UNKNOWN
    return script(socket, request)
  }

const UNKNOWN = reply({ error: 'no handler found for uri', status: 400 }, 400)

export const PRODUCT = { 'x-elastic-product': 'Elasticsearch' }

/** The reply of Elasticsearch to `GET /`. */
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
