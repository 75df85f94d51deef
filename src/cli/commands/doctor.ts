import { Option } from 'commander'
import { anySignal } from '../../abort.ts'
import { type Command, examples } from '../command.ts'
import { aliasesIn, configFile } from '../context.ts'
import type { AliasUnderTest } from '../doctor/alias-under-test.ts'
import { FORMATS, jsonReport, type Report, type ReportedAlias, textReport } from '../doctor/report.ts'
import { WatchedOutput } from '../doctor/watched-output.ts'
import { COMPLETE, exitStatusOf } from '../exit-status.ts'
import { fanOut } from '../fan-out.ts'

interface DoctorOptions {
  format: (typeof FORMATS)[number]
}

export const doctor: Command = {
  declare: parser =>
    parser
      .argument('[alias...]', 'aliases to check (default: those of --alias)')
      .addOption(new Option('--format <format>', 'output format').choices(FORMATS).default('text'))
      .addHelpText(
        'after',
        examples(
          'esconn doctor',
          'esconn doctor logs search',
          `esconn doctor logs --format json | jq -r '.[].checks[] | select(.outcome == "failed") | .message'`,
        ),
      ),
  run: async (context, { format }: DoctorOptions, ...words) => {
    const { AliasUnderTest, ConfigSnapshot } = await import('../doctor/alias-under-test.ts')
    const snapshot = new ConfigSnapshot(context.io, configFile(context))
    const named = aliasesIn(words)
    const aliases = named.length > 0 ? named : context.session.aliases
    const results: ReportedAlias[] = aliases.map(alias => ({ alias, status: COMPLETE, checks: [] }))
    const closed = new AbortController()
    const out = new WatchedOutput(context.out, NEXT[format], error => closed.abort(error))
    const signal = anySignal(closed.signal, context.io.signal)
    const watched = { ...context, out, exchangeOptions: { ...context.exchangeOptions, signal } }
    if (format === 'json') out.watch()
    try {
      return await fanOut(watched, aliases, async (own, alias) => {
        const index = aliases.indexOf(alias)
        const result = results[index] as ReportedAlias
        const report = format === 'json' ? jsonReport(result) : textReport(own, index)
        return await checkAlias(new AliasUnderTest(alias, snapshot, own.exchangeOptions), report, result)
      })
    } finally {
      if (format === 'json') await out.write(`${JSON.stringify(results, null, 2)}\n`)
      out.stop()
    }
  },
}

/** How each line of text below an alias begins, and how the JSON document does. */
const NEXT = { text: '  ', json: '[\n  {' }

/** Returns the exit status of the first check that failed; `result` has it also if the checks are interrupted. */
async function checkAlias(subject: AliasUnderTest, report: Report, result: ReportedAlias): Promise<number> {
  const { runChecks } = await import('../doctor/run-checks.ts')
  await report.begin(subject.alias)
  try {
    for await (const check of runChecks(subject)) {
      await report.add(check)
      result.status ||= check.status ?? COMPLETE
    }
  } catch (error) {
    result.status = exitStatusOf(error)
    throw error
  }
  return result.status
}
