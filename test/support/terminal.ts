import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { BIN } from './process.ts'

/** A prompt, or anything else that is shown, and what is typed then; Ctrl-C is `\x03`. */
export type Turn = readonly [shown: string, typed: string]

/** What came of a dialogue. */
export interface Dialogue {
  /** All that the terminal showed, without the sequences by which lines are redrawn. */
  shown: string
  /** 128 and more for a process that a signal ended. */
  status: number
  /** Whether the terminal shows what is typed once the process has ended, as it did before. */
  echoes: boolean
}

/** A part of util-linux, which is on almost every Linux; the one of BSD takes other arguments. */
const SCRIPT = 'script'

/** Whether pseudo-terminals can be made here. */
export const hasTerminals = /util-linux/.test(spawnSync(SCRIPT, ['--version']).stdout?.toString() ?? '')

/** The built command line on a terminal of its own. Ends in any case when nothing was shown for a while. */
export async function dialogue(
  argv: readonly string[],
  turns: readonly Turn[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Dialogue> {
  const command = [process.execPath, BIN, ...argv].map(quoted).join(' ')
  const child = spawn(SCRIPT, ['-qefc', `${command}; echo "[status $?]"; stty -a`, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, SHELL: '/bin/sh', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const left = [...turns]
  const screen = { shown: '', unseen: '' }
  const silence = setTimeout(() => child.kill(), PATIENCE)
  child.stdout.on('data', (data: Buffer) => {
    silence.refresh()
    screen.shown += data
    screen.unseen += data
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

const PATIENCE = 20_000

function outcome(shown: string): Dialogue {
  const [, before = shown, status, settings = ''] = /^(.*)\[status (\d+)\](.*)$/s.exec(plain(shown)) ?? []
  return { shown: before, status: Number(status), echoes: / echo /.test(settings) }
}

const plain = (shown: string): string => shown.replace(/\x1b\[\d*[GJK]|\r/g, '')

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
