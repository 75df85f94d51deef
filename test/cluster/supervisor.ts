import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporary } from './account.ts'

/** What the watchdog has reported so far. */
interface News {
  directory?: string
  pid?: number
  ended?: string
}

/** On a busy machine a server needs a minute or two to start. */
const patience = 300_000

/** This process's end of watchdog.js, which keeps one server and its directory until this process closes the channel. */
export class Supervisor {
  readonly news: News = {}
  readonly #child: ChildProcess

  constructor() {
    // In a separate session, it outlives this process for a moment, whatever ends it.
    this.#child = fork(join(import.meta.dirname, 'watchdog.js'), [join(temporary, 'esconn-')], {
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child.on('message', message => Object.assign(this.news, message))
    this.#child.on('error', error => this.#lost(error.message))
    this.#child.on('exit', () => this.#lost('its watchdog ended'))
  }

  #lost(why: string): void {
    this.news.ended ??= why
  }

  start(plan: object): void {
    this.#child.send(plan)
  }

  /** Waits until a condition is met, while the server is running. */
  async until<T>(look: () => T | undefined): Promise<T> {
    for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(25)) {
      if (this.news.ended !== undefined) throw new Error(this.news.ended)
      const found = look()
      if (found !== undefined) return found
    }
    throw new Error(`it took more than ${patience / 1000} s`)
  }

  kill(signal: NodeJS.Signals): void {
    const { pid, ended } = this.news
    if (pid !== undefined && ended === undefined) process.kill(-pid, signal)
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}
