import { connect } from 'node:net'
import { endFor, onTheWay } from './end.ts'
import { ok, type Step } from './finding.ts'
import { timed } from './limit.ts'
import type { Visit } from './visit.ts'

/** Whether somebody listens there. */
export const port: Step<Visit> = {
  name: 'port',
  needs: ['name'],
  look: async visit => {
    const { host, port, whose } = endFor(visit)
    const { took } = await timed(() => onTheWay(visit, 'no connection', signal => open(host, port, signal)))
    return [ok(`${whose}${port} is open (${took})`)]
  },
}

function open(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal }, () => {
      socket.destroy()
      resolve()
    })
    socket.on('error', reject)
  })
}
