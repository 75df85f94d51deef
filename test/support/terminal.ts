import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { BIN } from './process.ts'

/** A prompt, or any other output, and what is typed then; Ctrl-C is `\x03`. */
export type Turn = readonly [shown: string, typed: string]

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

/** The built command line on a new terminal. Ends in any case when nothing was printed for a while. */
export async function dialogue(
  argv: readonly string[],
  turns: readonly Turn[],
  { cwd, env, size }: { cwd: string; env: NodeJS.ProcessEnv; size?: [rows: number, columns: number] },
): Promise<Dialogue> {
  const command = [process.execPath, BIN, ...argv].map(quoted).join(' ')
  const sized = size ? `stty rows ${size[0]} cols ${size[1]}; ` : ''
  const child = spawn(
    SCRIPT,
    ['-qefc', `trap : INT; ${sized}${command}; echo "[status $?]"; stty -a`, '/dev/null'],
    {
      cwd,
      env: { PATH: process.env.PATH, SHELL: '/bin/sh', TERM: 'xterm', NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const left = [...turns]
  const screen = { shown: '', unseen: '' }
  const silence = setTimeout(() => child.kill(), PATIENCE)
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    silence.refresh()
    screen.shown += plain(data)
    screen.unseen += plain(data)
    for (let turn = left[0]; turn !== undefined && screen.unseen.includes(turn[0]); turn = left[0]) {
      screen.unseen = screen.unseen.slice(screen.unseen.indexOf(turn[0]) + turn[0].length)
      const [, typed] = turn
      setTimeout(() => child.stdin.write(typed), 50) // a prompt is shown a moment before keys are read
      left.shift()
    }
  })
  await once(child, 'close')
  clearTimeout(silence)
  return outcome(screen.shown)
}

const PATIENCE = 60_000

function outcome(shown: string): Dialogue {
  const [, before = shown, status, settings = ''] = /^(.*)\[status (\d+)\](.*)$/s.exec(shown) ?? []
  return { shown: before, status: Number(status), echoes: / echo /.test(settings) }
}

const plain = (shown: string): string => stripVTControlCharacters(shown).replaceAll('\r', '')

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
