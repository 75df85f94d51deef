import { Option } from 'commander'
import { UsageError, WireError } from '../../errors.ts'
import type { Command } from '../command.ts'
import type { Patient } from '../doctor/patient.ts'
import { FORMATS, type Report, reportTo } from '../doctor/report.ts'
import { COMPLETE } from '../exit.ts'
import { namedFile, namesIn } from '../named.ts'

interface Options {
  format: (typeof FORMATS)[number]
}

const EXAMPLES = `
Examples:
  esconn doctor
  esconn doctor logs search
  esconn doctor logs --format json | jq -r '.[].checks[] | select(.outcome == "failed") | .message'`

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look step by step at all that an alias needs, and say what to mend',
  declare: parser =>
    parser
      .argument('[alias...]', 'default: the alias that every command would ask')
      .addOption(
        new Option('--format <format>', 'how the result is written').choices(FORMATS).default('text'),
      )
      .addHelpText('after', EXAMPLES),
  run: async (context, { format }: Options, ...words) => {
    const { io, globals, out, registry, exchange } = context
    if (globals.curl || globals.dryRun) throw new UsageError('doctor sends requests, and has none to print')
    const report = reportTo(out, { format, color: globals.color, env: io.env })
    const aliases = namesIn(words, registry.alias)
    const statuses: number[] = []
    const { Patient, Ward } = await import('../doctor/patient.ts')
    const ward = new Ward(io, namedFile(context))
    for (const alias of new Set(aliases)) {
      await report.begin(alias)
      statuses.push(await examined(new Patient(alias, ward, exchange), report))
    }
    await report.close()
    return statuses.find(status => status !== COMPLETE) ?? COMPLETE
  },
}

/** Answers with the status of the first check that failed. */
async function examined(patient: Patient, report: Report): Promise<number> {
  const { examine } = await import('../doctor/examine.ts')
  let first = COMPLETE
  try {
    for await (const check of examine(patient)) {
      await report.add(check)
      first ||= check.status ?? COMPLETE
    }
  } catch (error) {
    throw error instanceof WireError ? error.of(patient.alias) : error // it may have been ended between two requests
  }
  await report.end(first)
  return first
}
