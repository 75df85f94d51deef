import { Chalk } from 'chalk'
import { visible } from '../../hits/visible.ts'
import type { Globals } from '../globals.ts'
import { type Io, isColoured, type Output } from '../io.ts'
import type { Check, Outcome } from './finding.ts'

/** How the result is written. */
export const FORMATS = ['text', 'json'] as const

/** Takes the checks as they come. */
export interface Report {
  begin: (alias: string) => Promise<void>
  add: (check: Check) => Promise<void>
  end: (status: number) => Promise<void>
  close: () => Promise<void>
}

interface Looks {
  format: (typeof FORMATS)[number]
  color: Globals['color']
  env: Io['env']
}

export function reportTo(out: Output, { format, color, env }: Looks): Report {
  if (format === 'json') return asJson(out)
  return asText(out, isColoured(out, { color, env }))
}

/** Words in lines of this width, each but the first behind so many spaces; in one line where nobody sees the width. */
function folded(text: string, indent: number, columns = Number.POSITIVE_INFINITY): string {
  const room = Math.max(columns - indent, NARROWEST)
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string
    if (line !== '' && line.length + 1 + word.length > room) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

/** Lines are not made narrower than this, in columns. */
const NARROWEST = 30

/** Longer than every outcome, and than the name of every step. */
const WIDTHS = { outcome: 9, step: 13 }

/** Lines, as soon as each is known. */
function asText(out: Output, coloured: boolean): Report {
  const chalk = new Chalk({ level: coloured ? 1 : 0 })
  const paint: Record<Outcome, (text: string) => string> = {
    ok: chalk.green,
    warning: chalk.yellow,
    failed: chalk.red,
    skipped: chalk.dim,
  }
  let node: string | undefined
  let aliases = 0
  return {
    begin: async alias => {
      node = undefined
      await out.write(`${aliases++ > 0 ? '\n' : ''}${chalk.bold(visible(alias))}\n`)
    },
    add: async check => {
      const heading = check.node === node || check.node === undefined ? '' : `  ${chalk.bold(check.node)}\n`
      node = check.node
      const indent = check.node === undefined ? '  ' : '    '
      const { outcome, step, message, advice } = check
      const begin = `${indent}${paint[outcome](outcome)}${' '.repeat(WIDTHS.outcome - outcome.length)}`
      const margin = indent.length + WIDTHS.outcome + WIDTHS.step
      const mend = advice ? `\n${' '.repeat(margin)}${folded(advice, margin, out.columns)}` : ''
      const said = folded(message, margin, out.columns)
      await out.write(`${heading}${begin}${step.padEnd(WIDTHS.step)}${said}${mend}\n`)
    },
    end: async () => {},
    close: async () => {},
  }
}

/** One document, at the end. */
function asJson(out: Output): Report {
  const aliases: { alias: string; status: number; checks: object[] }[] = []
  return {
    begin: async alias => {
      aliases.push({ alias, status: 0, checks: [] })
    },
    add: async ({ node, step, outcome, message, advice }) => {
      aliases.at(-1)?.checks.push({ node, step, outcome, message, advice })
    },
    end: async status => {
      Object.assign(aliases.at(-1) ?? {}, { status })
    },
    close: () => out.write(`${JSON.stringify(aliases, null, 2)}\n`),
  }
}
