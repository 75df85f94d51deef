import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'
import { ESCONN } from './process.ts'

/** A prompt, or any other output, and what is typed or done then; Ctrl-C is `\x03`. */
export type Turn = readonly [shown: string, then: string | (() => void)]

/** Rows and columns. */
export type TerminalSize = readonly [rows: number, columns: number]

/** Where a terminal is opened: without a size it does not say how large it is. */
interface Surroundings {
  cwd: string
  env: NodeJS.ProcessEnv
  size?: TerminalSize
}

/** The result of a dialogue. */
export interface Dialogue {
  /** All that was written to the terminal, without colours and cursor movements: a prompt once for each redraw. */
  shown: string
  /** 128 and more for a process that a signal ended. */
  status: number
  /** Whether the terminal shows what is typed once the process has ended, as it did before. */
  echoes: boolean
}

/** A part of util-linux, which almost every Linux has; that of BSD takes other arguments. */
const SCRIPT = 'script'

/** Why tests are skipped where pseudo-terminals cannot be created. */
export const NO_TERMINALS = 'pseudo-terminals are made by `script` of util-linux, which is not here'

/** Whether pseudo-terminals can be created here. */
export const hasTerminals = /util-linux/.test(spawnSync(SCRIPT, ['--version']).stdout?.toString() ?? '')

/** The command line on a new terminal, without colours. */
export async function dialogue(
  argv: readonly string[],
  turns: readonly Turn[],
  { env, ...surroundings }: Surroundings,
): Promise<Dialogue> {
  const command = `esconn ${argv.map(quoted).join(' ')}; echo "[status $?]"; stty -a`
  const written = await onTerminal(command, turns, { ...surroundings, env: { NO_COLOR: '1', ...env } })
  return outcome(plain(written.toString()))
}

/**
 * Runs a shell script on a new terminal, `esconn` in it being the command line. Ends in any case when nothing was
 * printed for a while.
 *
 * @returns all bytes that were written to the terminal
 */
export async function onTerminal(
  script: string,
  turns: readonly Turn[],
  { cwd, env, size }: Surroundings,
): Promise<Buffer> {
  const sized = size ? `stty rows ${size[0]} cols ${size[1]}` : ':'
  const own = `esconn() { ${ESCONN.map(quoted).join(' ')} "$@"; }`
  const child = spawn(SCRIPT, ['-qefc', `trap : INT; ${sized}; ${own}; ${script}`, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, SHELL: '/bin/sh', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const left = [...turns]
  const written: Buffer[] = []
  const decoder = new StringDecoder('utf8')
  let unseen = ''
  const silence = setTimeout(() => child.kill(), PATIENCE)
  child.stdout.on('data', (data: Buffer) => {
    silence.refresh()
    written.push(data)
    unseen += plain(decoder.write(data))
    for (let turn = left[0]; turn !== undefined && unseen.includes(turn[0]); turn = left[0]) {
      unseen = unseen.slice(unseen.indexOf(turn[0]) + turn[0].length)
      const [, then] = turn
      const act = typeof then === 'string' ? () => void child.stdin.write(then) : then
      setTimeout(act, 50) // a prompt is shown a moment before keys are read
      left.shift()
    }
  })
  await once(child, 'close')
  clearTimeout(silence)
  return Buffer.concat(written)
}

const PATIENCE = 60_000

function outcome(shown: string): Dialogue {
  const [, before = shown, status, settings = ''] = /^(.*)\[status (\d+)\](.*)$/s.exec(shown) ?? []
  return { shown: before, status: Number(status), echoes: / echo /.test(settings) }
}

const plain = (written: string): string => stripVTControlCharacters(written).replaceAll('\r', '')

/** A word for a shell. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** How a script makes its terminal known, by a file in this directory, and what makes it 40 columns wide from then on. */
export function resizable(directory: string): { opening: string; narrow: () => void } {
  const file = join(directory, 'tty')
  const device = () => readFileSync(file, 'utf8').trim()
  return {
    opening: `tty > ${quoted(file)}`,
    narrow: () => void execFileSync('stty', ['-F', device(), 'cols', '40']),
  }
}
