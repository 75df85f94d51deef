import { escapeControls } from '../../text.ts'
import type { Context } from '../context.ts'
import { chalkFor } from '../output/color.ts'
import type { Check, Outcome } from './check.ts'

export const FORMATS = ['text', 'json'] as const

/** Receives the checks of one alias as they are done. */
export interface Report {
  begin: (alias: string) => Promise<void>
  add: (check: Check) => Promise<void>
}

/** An alias in the JSON report. */
export interface ReportedAlias {
  alias: string
  status: number
  checks: Pick<Check, 'node' | 'step' | 'outcome' | 'message' | 'advice'>[]
}

/** Collects the checks; they are printed once all aliases are done. */
export const jsonReport = ({ checks }: ReportedAlias): Report => ({
  begin: async () => {},
  add: async ({ node, step, outcome, message, advice }) => {
    checks.push({ node, step, outcome, message, advice })
  },
})

/** Prints each check at once; `index` counts the aliases from 0. */
export function textReport(context: Context, index: number): Report {
  const { out } = context
  const chalk = chalkFor(context)
  const paint: Record<Outcome, (text: string) => string> = {
    ok: chalk.green,
    warning: chalk.yellow,
    failed: chalk.red,
    skipped: chalk.dim,
  }
  let shownNode: string | undefined
  return {
    begin: async alias => {
      await out.write(`${index > 0 ? '\n' : ''}${chalk.bold(escapeControls(alias))}\n`)
    },
    add: async ({ node, step, outcome, message, advice }) => {
      const heading = node === undefined || node === shownNode ? '' : `  ${chalk.bold(node)}\n`
      shownNode = node
      const indent = node === undefined ? '  ' : '    '
      const label = paint[outcome](outcome) + ' '.repeat(WIDTHS.outcome - outcome.length)
      const margin = indent.length + WIDTHS.outcome + WIDTHS.step
      const lines = [message, advice ?? []].flat().map(text => wrapText(text, margin, out.columns))
      const text = lines.join(`\n${' '.repeat(margin)}`)
      await out.write(`${heading}${indent}${label}${step.padEnd(WIDTHS.step)}${text}\n`)
    },
  }
}

/** Wider than any outcome, and than the name of any step. */
const WIDTHS = { outcome: 9, step: 13 }

/** Breaks a text into lines for a terminal of that many columns; all lines but the first are indented. */
function wrapText(text: string, indent: number, columns = Number.POSITIVE_INFINITY): string {
  const width = Math.max(columns - indent, MIN_WIDTH)
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

/** Lines do not become narrower than this, in columns. */
const MIN_WIDTH = 30
