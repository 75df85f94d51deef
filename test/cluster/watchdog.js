// Keeps one server running while the channel to its owner is open: even after a SIGKILL of the owner it is stopped.
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const grace = 3_000
const patience = 10_000
const directory = mkdtempSync(process.argv[2])
let server
let finishing = false

process.on('message', plan => start(plan))
for (const event of ['disconnect', 'SIGINT', 'SIGTERM', 'SIGHUP']) process.on(event, finish)
tell({ directory })

/** A server is a process group: the newer ones are a launcher with a child. */
function start({ command, args, options }) {
  const log = openSync(join(directory, 'output.log'), 'a')
  server = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] })
  server.on('error', error => tell({ ended: error.message }))
  server.on('spawn', () => tell({ pid: server.pid }))
  server.on('exit', (code, signal) => {
    reach('SIGKILL')
    gone(patience)
    tell({ ended: signal ?? `exit status ${code}` })
  })
}

async function finish() {
  if (finishing) return
  finishing = true
  reach('SIGTERM')
  reach('SIGCONT')
  if (!(await gone(grace))) reach('SIGKILL')
  await gone(patience)
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
  process.exit()
}

async function gone(limit) {
  for (let waited = 0; reach(0); waited += 20) {
    if (waited > limit) return false
    await sleep(20)
  }
  return true
}

/** Sends a signal to the whole group; false when the group is empty, after which its id may be reused. */
function reach(signal) {
  if (server?.pid === undefined) return false
  try {
    return process.kill(-server.pid, signal)
  } catch {
    server = undefined
    return false
  }
}

function tell(message) {
  if (process.connected) process.send(message, () => {})
}
