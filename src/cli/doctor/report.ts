import { Chalk } from 'chalk'
import { visible } from '../../hits/visible.ts'
import type { Globals } from '../globals.ts'
import type { Io, Output } from '../io.ts'
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
  const coloured =
    color === 'always' || (color !== 'never' && out.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb')
  return asText(out, coloured)
}

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
      const mend = advice ? `\n${indent}${' '.repeat(WIDTHS.outcome + WIDTHS.step)}${advice}` : ''
      await out.write(`${heading}${begin}${step.padEnd(WIDTHS.step)}${message}${mend}\n`)
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
